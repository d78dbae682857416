/**
 * Reads the numbers and vectors that handshake messages are made of (RFC 5246 §4). Bytes that end too
 * early are a `decode_error`.
 *
 * @module
 */

import { AlertDescription, HandshakeError } from "./alert.ts";

/** A position in the body of a message. */
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

  /** An unsigned number of the given size. */
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

  /** A vector whose length is in the given number of bytes before it. */
  vector(lengthBytes: 1 | 2 | 3): Reader {
    return new Reader(this.bytes(this.number(lengthBytes)), this.#message);
  }

  /** The remaining bytes, as a view. */
  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#offset);
  }

  /** The remaining bytes, as numbers of the given size; there must be at least one. */
  numbers(byteLength: 1 | 2): number[] {
    const numbers: number[] = [];
    do numbers.push(this.number(byteLength)); while (!this.isAtEnd);
    return numbers;
  }

  /** Makes sure that no bytes are left. */
  end(): void {
    if (!this.isAtEnd) throw this.malformed();
  }

  /** The error for a message that cannot be read. */
  malformed(): HandshakeError {
    return new HandshakeError(AlertDescription.decodeError, `a malformed ${this.#message}`);
  }
}
