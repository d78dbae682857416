/**
 * Sends and receives datagrams in batches, with Linux's system calls, which halves the cost of each.
 * The socket is Deno's: Deno opens it, waits for datagrams, and closes it. An edge.
 *
 * @module
 */

import {
  GUEST_SOCKET_BUFFER_BYTES,
  MAX_BATCHED_DATAGRAM_BYTES,
  MAX_REMEMBERED_ADDRESSES,
  UDP_BATCH,
} from "../limits.ts";
import { openLibc } from "./libc.ts";
import {
  addressOf,
  BATCH_SYMBOLS,
  enlargeBuffers,
  hasBatchCalls,
  MessageFlag,
  MessageHeaders,
  udpDescriptor,
} from "./linux_sockets.ts";
import { formatIpv4, parseIpv4, type TransportAddress } from "./transport_address.ts";

/** The batches of one socket, one in each direction. */
export class SocketBatches {
  readonly #libc: Deno.DynamicLibrary<typeof BATCH_SYMBOLS>;
  readonly #fd: number;

  readonly #received: MessageHeaders;
  readonly #receiveBuffer = new Uint8Array(UDP_BATCH * MAX_BATCHED_DATAGRAM_BYTES);
  #receivedCount = 0;

  readonly #queued: MessageHeaders;
  readonly #sendBuffer = new Uint8Array(UDP_BATCH * MAX_BATCHED_DATAGRAM_BYTES);
  readonly #sendAddress: number;
  #queuedCount = 0;

  /** Texts of IPv4 addresses by signed number, and back. */
  readonly #texts = new Map<number, string>();
  readonly #numbers = new Map<string, number>();

  private constructor(libc: Deno.DynamicLibrary<typeof BATCH_SYMBOLS>, fd: number) {
    const { symbols } = this.#libc = libc;
    this.#fd = fd;
    this.#received = new MessageHeaders(symbols, UDP_BATCH);
    this.#queued = new MessageHeaders(symbols, UDP_BATCH);
    this.#sendAddress = addressOf(symbols, this.#sendBuffer);
    const receiveAddress = addressOf(symbols, this.#receiveBuffer);
    for (let i = 0; i < UDP_BATCH; i++) {
      const slot = receiveAddress + i * MAX_BATCHED_DATAGRAM_BYTES;
      this.#received.point(i, slot, MAX_BATCHED_DATAGRAM_BYTES);
    }
  }

  /**
   * Finds the socket's file descriptor, and asks for larger buffers.
   *
   * @param socket bound to an IPv4 address. It must stay open as long as the batches are used.
   * @returns undefined if that is not possible: on another system, without the permission to call
   *   the C library, if the socket is not found, or if the calls for batches do not work.
   */
  static of(socket: Deno.DatagramConn): SocketBatches | undefined {
    let libc: Deno.DynamicLibrary<typeof BATCH_SYMBOLS>;
    try {
      libc = openLibc(BATCH_SYMBOLS);
    } catch {
      return undefined; // another system or C library, or no permission
    }
    const fd = udpDescriptor(libc.symbols, (socket.addr as Deno.NetAddr).port);
    if (fd !== undefined && hasBatchCalls(libc.symbols, fd)) {
      try {
        const batches = new SocketBatches(libc, fd);
        enlargeBuffers(libc.symbols, fd, GUEST_SOCKET_BUFFER_BYTES);
        return batches;
      } catch {
        // The kernel cannot be told where the arrays are.
      }
    }
    libc.close();
    return undefined;
  }

  /** Whether the batch is full: {@linkcode flush} must be called before the next datagram. */
  get isFull(): boolean {
    return this.#queuedCount === UDP_BATCH;
  }

  /**
   * Copies a datagram into the batch to be sent.
   *
   * @returns false if it is too large for the batch, or its address is not IPv4.
   */
  queue(datagram: Uint8Array, to: TransportAddress): boolean {
    const { length } = datagram;
    const ip = this.#numberOf(to.address);
    if (length > MAX_BATCHED_DATAGRAM_BYTES || ip === undefined) return false;
    const index = this.#queuedCount++;
    const start = index * MAX_BATCHED_DATAGRAM_BYTES;
    this.#sendBuffer.set(datagram, start);
    this.#queued.point(index, this.#sendAddress + start, length);
    this.#queued.address(index, ip, to.port);
    return true;
  }

  /**
   * Sends the batch in order, without waiting.
   *
   * @param refused gets the index of each datagram that the system did not take, counted from the
   *   first one queued.
   */
  flush(refused: (index: number) => void): void {
    const count = this.#queuedCount;
    this.#queuedCount = 0;
    for (let sent = 0; sent < count;) {
      const { sendmmsg } = this.#libc.symbols;
      const taken = sendmmsg(this.#fd, this.#queued.from(sent), count - sent, MessageFlag.dontWait);
      if (taken > 0) sent += taken;
      else refused(sent++);
    }
  }

  /**
   * Receives the waiting datagrams, up to one batch.
   *
   * @returns the number of datagrams. It is also 0 if the socket has an error; Deno reports it at the
   *   next receive.
   */
  receive(): number {
    this.#received.reset(this.#receivedCount);
    const { recvmmsg } = this.#libc.symbols;
    const { dontWait } = MessageFlag;
    const count = recvmmsg(this.#fd, this.#received.bytes, UDP_BATCH, dontWait, null);
    this.#receivedCount = Math.max(0, count);
    return this.#receivedCount;
  }

  /**
   * A received datagram, as a view that is valid until the next {@linkcode receive}; undefined if the
   * datagram was cut off.
   */
  datagram(index: number): Uint8Array | undefined {
    const length = this.#received.lengthOf(index);
    const start = index * MAX_BATCHED_DATAGRAM_BYTES;
    return length < 0 ? undefined : this.#receiveBuffer.subarray(start, start + length);
  }

  /** The source of a received datagram. */
  source(index: number): TransportAddress {
    const address = this.#textOf(this.#received.ipOf(index));
    return { address, port: this.#received.portOf(index) };
  }

  /** Closes the C library. The socket stays open. */
  close(): void {
    this.#libc.close();
  }

  #textOf(ip: number): string {
    let text = this.#texts.get(ip);
    if (text === undefined) {
      if (this.#texts.size >= MAX_REMEMBERED_ADDRESSES) this.#texts.clear();
      this.#texts.set(ip, text = formatIpv4(ip >>> 0));
    }
    return text;
  }

  #numberOf(address: string): number | undefined {
    let ip = this.#numbers.get(address);
    if (ip === undefined) {
      ip = parseIpv4(address);
      if (ip === undefined) return undefined;
      if (this.#numbers.size >= MAX_REMEMBERED_ADDRESSES) this.#numbers.clear();
      this.#numbers.set(address, ip |= 0);
    }
    return ip;
  }
}
