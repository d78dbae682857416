/**
 * Sends and receives on a UDP socket with Linux's system calls directly. `recvmmsg` and `sendmmsg`
 * handle a batch of datagrams at a time, and the receive buffer can be larger than Deno allows. The
 * socket blocks its thread, so it must be used in a worker.
 *
 * The structures of these calls are in `net/linux_sockets.ts`. This file knows nothing about TURN.
 *
 * @module
 */

import { TURN_BATCH, TURN_MAX_DATAGRAM_BYTES, TURN_SOCKET_BUFFER_BYTES } from "../limits.ts";
import { openLibc } from "../net/libc.ts";
import {
  addressOf,
  BATCH_SYMBOLS,
  bytesOf,
  enlargeBuffers,
  hasBatchCalls,
  MessageFlag,
  MessageHeaders,
  SocketOption,
  SOL_SOCKET,
  udpDescriptor,
} from "../net/linux_sockets.ts";

/** Commands of `fcntl`. Programs that the hub starts do not inherit the duplicate. */
const FileControl = { setFlags: 4, duplicateForThisProgram: 1030 } as const;
/** No flag, so calls on the socket may block. */
const BLOCKING = 0;

const SYMBOLS = {
  ...BATCH_SYMBOLS,
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  usleep: { parameters: ["u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** A datagram and its source. */
export interface ReceivedDatagram {
  readonly bytes: Uint8Array;
  /** The IPv4 address as a signed 32-bit number. */
  readonly ip: number;
  readonly port: number;
}

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
   * Takes over a socket that this program has opened: it duplicates the file descriptor, so that the
   * socket stays bound when Deno closes its own.
   *
   * @param port that the socket is bound to. Deno must no longer receive or send on it.
   * @param room bytes kept free before and after each datagram.
   * @param receiveTimeoutMs the longest that {@link receive} blocks.
   * @throws Error if the C library cannot be called, the socket is not found, or the system lacks a
   *   call that this class needs.
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
    this.#fd = this.#takeOver(port, receiveTimeoutMs);
    for (let i = 0; i < TURN_BATCH; i++) {
      const slot = this.#bufferAddress + i * this.slotBytes + this.headroom;
      this.#received.point(i, slot, TURN_MAX_DATAGRAM_BYTES);
    }
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

  /**
   * Puts a datagram that Deno received into {@link buffer}, as a batch of one.
   *
   * @param datagram of at most `TURN_MAX_DATAGRAM_BYTES`.
   * @returns the number of datagrams, which is 1.
   */
  place({ bytes, ip, port }: ReceivedDatagram): number {
    this.buffer.set(bytes, this.headroom);
    this.#received.address(0, ip, port);
    this.#received.setLength(0, bytes.length);
    return 1;
  }

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

  #takeOver(port: number, receiveTimeoutMs: number): number {
    const { fcntl, setsockopt } = this.#libc.symbols;
    const opened = udpDescriptor(this.#libc.symbols, port);
    const hasBatches = opened !== undefined && hasBatchCalls(this.#libc.symbols, opened);
    const fd = hasBatches ? fcntl(opened, FileControl.duplicateForThisProgram, 0) : -1;
    if (fd < 0) {
      this.#libc.close();
      throw new Error(
        opened === undefined
          ? `the socket on UDP port ${port} is not found`
          : "the system does not send and receive in batches",
      );
    }
    enlargeBuffers(this.#libc.symbols, fd, TURN_SOCKET_BUFFER_BYTES);
    const timeval = bytesOf(BigInt64Array.of(
      BigInt(Math.floor(receiveTimeoutMs / 1000)),
      BigInt(receiveTimeoutMs % 1000 * 1000),
    ));
    setsockopt(fd, SOL_SOCKET, SocketOption.receiveTimeout, timeval, timeval.length);
    // Deno's descriptor shares this flag, so nothing may fail from here on.
    fcntl(fd, FileControl.setFlags, BLOCKING);
    return fd;
  }
}
