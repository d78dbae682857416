/**
 * Reads the numbers and vectors that handshake messages are made of (RFC 5246 §4). Bytes that end too
 * early are a `decode_error`.
 *
 * @module
 */

import { AlertDescription, HandshakeError } from "./alert.ts";

/** A place in the body of a message. */
export class Reader {
  readonly #bytes: Uint8Array;
  /** The message it reads, for errors. */
  readonly #message: string;
  #offset: number;

  /**
   * @param message the name of the message, for errors.
   * @param offset where to begin.
   */
  constructor(bytes: Uint8Array, message: string, offset = 0) {
    this.#bytes = bytes;
    this.#message = message;
    this.#offset = offset;
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  /** An unsigned number of so many bytes. */
  number(byteLength: 1 | 2 | 3): number {
    let value = 0;
    for (const byte of this.bytes(byteLength)) value = value << 8 | byte;
    return value;
  }

  /** The next bytes, as a view. */
  bytes(length: number): Uint8Array {
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw this.malformed();
    const bytes = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return bytes;
  }

  /** A vector that has its length in so many bytes before it. */
  vector(lengthBytes: 1 | 2 | 3): Reader {
    return new Reader(this.bytes(this.number(lengthBytes)), this.#message);
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#offset);
  }

  /** All that is left, as numbers of so many bytes; there has to be at least one. */
  numbers(byteLength: 1 | 2): number[] {
    const numbers: number[] = [];
    do numbers.push(this.number(byteLength)); while (!this.isAtEnd);
    return numbers;
  }

  /** Makes sure that nothing is left over. */
  end(): void {
    if (!this.isAtEnd) throw this.malformed();
  }

  /** The error for a message that cannot be read. */
  malformed(): HandshakeError {
    return new HandshakeError(AlertDescription.decodeError, `a malformed ${this.#message}`);
  }
}
