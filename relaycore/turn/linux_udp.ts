/**
 * A UDP socket that uses Linux's system calls directly. `recvmmsg` and `sendmmsg` handle a batch of
 * datagrams at a time, and the receive buffer can be larger than Deno allows. The socket blocks its
 * thread, so it must run in a worker.
 *
 * The structures of these calls are in `net/linux_sockets.ts`. This file knows nothing about TURN.
 *
 * @module
 */

import { TURN_BATCH, TURN_MAX_DATAGRAM_BYTES, TURN_SOCKET_BUFFER_BYTES } from "../limits.ts";
import { openLibc } from "../net/libc.ts";
import {
  addressOf,
  AF_INET,
  BATCH_SYMBOLS,
  boundPort,
  bytesOf,
  enlargeBuffers,
  hasBatchCalls,
  MessageFlag,
  MessageHeaders,
  SOCK_DGRAM,
  socketAddress,
  SocketOption,
  SOL_SOCKET,
} from "../net/linux_sockets.ts";

/** Programs that the hub starts do not inherit the socket. */
const SOCK_CLOEXEC = 0x80000;

const SYMBOLS = {
  ...BATCH_SYMBOLS,
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  usleep: { parameters: ["u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** A bound socket with the buffer for one batch of datagrams. */
export class LinuxUdpSocket {
  /** All datagrams of the batch: the one with index i starts at `i * slotBytes + headroom`. */
  readonly buffer: Uint8Array<ArrayBuffer>;
  readonly slotBytes: number;
  readonly headroom: number;

  readonly #libc = openLibc(SYMBOLS);
  readonly #fd: number;
  readonly #bufferAddress: number;

  readonly #received = new MessageHeaders(this.#libc.symbols, TURN_BATCH);
  readonly #queued = new MessageHeaders(this.#libc.symbols, TURN_BATCH);
  #queueLength = 0;

  /** Datagrams that the operating system refused to send. */
  sendErrors = 0;

  /**
   * Binds all IPv4 interfaces.
   *
   * @param port the port to bind; 0 for any free port.
   * @param room bytes kept free before and after each datagram.
   * @param receiveTimeoutMs the longest that {@link receive} blocks.
   * @throws Error if the port cannot be bound, or the system lacks a call that this socket needs.
   */
  constructor(
    port: number,
    room: { readonly before: number; readonly after: number },
    receiveTimeoutMs: number,
  ) {
    this.headroom = room.before;
    this.slotBytes = (room.before + TURN_MAX_DATAGRAM_BYTES + room.after + 7) & ~7;
    this.buffer = new Uint8Array(TURN_BATCH * this.slotBytes);
    this.#bufferAddress = addressOf(this.#libc.symbols, this.buffer);
    this.#fd = this.#open(port, receiveTimeoutMs);
    for (let i = 0; i < TURN_BATCH; i++) {
      const slot = this.#bufferAddress + i * this.slotBytes + this.headroom;
      this.#received.point(i, slot, TURN_MAX_DATAGRAM_BYTES);
    }
  }

  /** The port that the socket is bound to. */
  get port(): number {
    return boundPort(this.#libc.symbols, this.#fd) ?? 0;
  }

  /**
   * Receives a batch of datagrams into {@link buffer}.
   *
   * @param wait whether to wait for the first datagram, for at most the timeout. Further datagrams
   *   are taken only if they are there already.
   * @returns the number of datagrams received.
   */
  receive(wait: boolean): number {
    this.#received.reset(this.#receivedCount);
    const count = this.#libc.symbols.recvmmsg(
      this.#fd,
      this.#received.bytes,
      TURN_BATCH,
      wait ? MessageFlag.waitForOne : MessageFlag.dontWait,
      null,
    );
    this.#receivedCount = Math.max(0, count);
    return this.#receivedCount;
  }
  #receivedCount = 0;

  /** The length of a datagram of the batch, or -1 if it did not fit. */
  lengthOf(index: number): number {
    return this.#received.lengthOf(index);
  }

  /** The sender's address, as a signed 32-bit number. */
  ipOf(index: number): number {
    return this.#received.ipOf(index);
  }

  /** The sender's port. */
  portOf(index: number): number {
    return this.#received.portOf(index);
  }

  /**
   * Queues a datagram that lies in {@link buffer}; {@link flush} sends it. Its bytes must not
   * change until then. At most as many datagrams can be queued as were received.
   */
  queue(start: number, end: number, ip: number, port: number): void {
    const index = this.#queueLength++;
    this.#queued.point(index, this.#bufferAddress + start, end - start);
    this.#queued.address(index, ip, port);
  }

  /**
   * Sends the queued datagrams in order. If the system has no room for a datagram, it is dropped:
   * waiting would delay all clients because of one slow link.
   */
  flush(): void {
    let sent = 0;
    while (sent < this.#queueLength) {
      const count = this.#libc.symbols.sendmmsg(
        this.#fd,
        this.#queued.from(sent),
        this.#queueLength - sent,
        MessageFlag.dontWait,
      );
      if (count > 0) {
        sent += count;
        continue;
      }
      sent++;
      this.sendErrors++;
    }
    this.#queueLength = 0;
  }

  /** Sleeps while datagrams gather, so that the thread wakes up once for several of them. */
  gather(microseconds: number): void {
    this.#libc.symbols.usleep(microseconds);
  }

  /** Frees the port. The socket must not be used afterwards. */
  close(): void {
    this.#libc.symbols.close(this.#fd);
    this.#libc.close();
  }

  #open(port: number, receiveTimeoutMs: number): number {
    const { socket, bind, setsockopt, close } = this.#libc.symbols;
    const fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) throw new Error("no socket to be had");
    enlargeBuffers(this.#libc.symbols, fd, TURN_SOCKET_BUFFER_BYTES);
    const timeval = bytesOf(BigInt64Array.of(
      BigInt(Math.floor(receiveTimeoutMs / 1000)),
      BigInt(receiveTimeoutMs % 1000 * 1000),
    ));
    setsockopt(fd, SOL_SOCKET, SocketOption.receiveTimeout, timeval, timeval.length);

    const name = socketAddress(port);
    const isBound = bind(fd, name, name.length) === 0;
    if (isBound && hasBatchCalls(this.#libc.symbols, fd)) return fd;
    close(fd);
    this.#libc.close();
    throw new Error(isBound ? "no batches to be had" : `UDP port ${port} cannot be bound`);
  }
}
