/**
 * A UDP socket that uses Linux's system calls directly. `recvmmsg` and `sendmmsg` handle a batch of
 * datagrams at a time, and the receive buffer can be larger than Deno allows. The socket blocks its
 * thread, so it must run in a worker.
 *
 * This file knows the layout of the C structures on 64-bit little-endian Linux. It knows nothing
 * about TURN.
 *
 * @module
 */

import { TURN_BATCH, TURN_MAX_DATAGRAM_BYTES, TURN_SOCKET_BUFFER_BYTES } from "../limits.ts";
import { openLibc } from "./libc.ts";

const AF_INET = 2;
const SOCK_DGRAM = 2;
/** Programs that the hub starts do not inherit the socket. */
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_RCVTIMEO = 20;
const MSG_DONTWAIT = 0x40;
const MSG_TRUNC = 0x20;
const MSG_WAITFORONE = 0x10000;

/** `struct mmsghdr`, and the offsets of its members, in 32-bit words. */
const MMSGHDR = { words: 16, name: 0, nameLength: 2, iov: 4, iovLength: 6, flags: 12, length: 14 };
/** `struct iovec`, in 32-bit words as well. */
const IOVEC = { words: 4, base: 0, length: 2 };
/** `struct sockaddr_in`, in bytes. */
const SOCKADDR = { bytes: 16, port: 2, address: 4 };

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  recvmmsg: { parameters: ["i32", "buffer", "u32", "i32", "pointer"], result: "i32" },
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  usleep: { parameters: ["u32"], result: "i32" },
  memmove: { parameters: ["buffer", "buffer", "usize"], result: "u64" },
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

  readonly #received = new Uint32Array(TURN_BATCH * MMSGHDR.words);
  readonly #receivedBytes = new Uint8Array(this.#received.buffer);
  readonly #receivedIov = new Uint32Array(TURN_BATCH * IOVEC.words);
  readonly #sources = new DataView(new ArrayBuffer(TURN_BATCH * SOCKADDR.bytes));

  readonly #queued = new Uint32Array(TURN_BATCH * MMSGHDR.words);
  readonly #queuedIov = new Uint32Array(TURN_BATCH * IOVEC.words);
  readonly #destinations = new DataView(new ArrayBuffer(TURN_BATCH * SOCKADDR.bytes));
  #queueLength = 0;

  /** Datagrams that the operating system refused to send. */
  sendErrors = 0;

  /**
   * Binds all IPv4 interfaces.
   *
   * @param port the port to bind; 0 for any free port.
   * @param room bytes kept free before and after each datagram.
   * @param receiveTimeoutMs the longest that {@link receive} blocks.
   * @throws Error if the port cannot be bound.
   */
  constructor(
    port: number,
    room: { readonly before: number; readonly after: number },
    receiveTimeoutMs: number,
  ) {
    this.headroom = room.before;
    this.slotBytes = (room.before + TURN_MAX_DATAGRAM_BYTES + room.after + 7) & ~7;
    this.buffer = new Uint8Array(TURN_BATCH * this.slotBytes);
    this.#bufferAddress = this.#addressOf(this.buffer);
    this.#fd = this.#open(port, receiveTimeoutMs);
    this.#wire();
  }

  /** The port that the socket is bound to. */
  get port(): number {
    const name = new DataView(new ArrayBuffer(SOCKADDR.bytes));
    const length = Uint32Array.of(SOCKADDR.bytes);
    this.#libc.symbols.getsockname(this.#fd, bytesOf(name), bytesOf(length));
    return name.getUint16(SOCKADDR.port);
  }

  /**
   * Receives a batch of datagrams into {@link buffer}.
   *
   * @param wait whether to wait for the first datagram, for at most the timeout. Further datagrams
   *   are taken only if they are there already.
   * @returns the number of datagrams received.
   */
  receive(wait: boolean): number {
    // The kernel reads this length as the capacity, and writes the actual length over it. Only the
    // headers that it used last time have to be reset.
    for (let i = 0; i < this.#receivedCount; i++) {
      this.#received[i * MMSGHDR.words + MMSGHDR.nameLength] = SOCKADDR.bytes;
    }
    const count = this.#libc.symbols.recvmmsg(
      this.#fd,
      this.#receivedBytes,
      TURN_BATCH,
      wait ? MSG_WAITFORONE : MSG_DONTWAIT,
      null,
    );
    this.#receivedCount = Math.max(0, count);
    return this.#receivedCount;
  }
  #receivedCount = 0;

  /** The length of a datagram of the batch, or -1 if it did not fit. */
  lengthOf(index: number): number {
    const header = index * MMSGHDR.words;
    if (this.#received[header + MMSGHDR.flags] & MSG_TRUNC) return -1;
    return this.#received[header + MMSGHDR.length];
  }

  /** The sender's address, as a signed 32-bit number. */
  ipOf(index: number): number {
    return this.#sources.getInt32(index * SOCKADDR.bytes + SOCKADDR.address);
  }

  /** The sender's port. */
  portOf(index: number): number {
    return this.#sources.getUint16(index * SOCKADDR.bytes + SOCKADDR.port);
  }

  /**
   * Queues a datagram that lies in {@link buffer}; {@link flush} sends it. Its bytes must not
   * change until then. At most as many datagrams can be queued as were received.
   */
  queue(start: number, end: number, ip: number, port: number): void {
    const index = this.#queueLength++;
    writeAddress(this.#queuedIov, index * IOVEC.words + IOVEC.base, this.#bufferAddress + start);
    this.#queuedIov[index * IOVEC.words + IOVEC.length] = end - start;
    const destination = index * SOCKADDR.bytes;
    this.#destinations.setUint16(destination + SOCKADDR.port, port);
    this.#destinations.setInt32(destination + SOCKADDR.address, ip);
  }

  /**
   * Sends the queued datagrams in order. If the system has no room for a datagram, it is dropped:
   * waiting would delay all clients because of one slow link.
   */
  flush(): void {
    let sent = 0;
    while (sent < this.#queueLength) {
      const rest = sent === 0 ? this.#queued : this.#queued.subarray(sent * MMSGHDR.words);
      const count = this.#libc.symbols.sendmmsg(
        this.#fd,
        bytesOf(rest),
        this.#queueLength - sent,
        MSG_DONTWAIT,
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
    const size = bytesOf(Uint32Array.of(TURN_SOCKET_BUFFER_BYTES));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, size.length);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, size, size.length);
    const timeval = bytesOf(BigInt64Array.of(
      BigInt(Math.floor(receiveTimeoutMs / 1000)),
      BigInt(receiveTimeoutMs % 1000 * 1000),
    ));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeval, timeval.length);

    const name = new DataView(new ArrayBuffer(SOCKADDR.bytes));
    name.setUint16(0, AF_INET, true);
    name.setUint16(SOCKADDR.port, port);
    if (bind(fd, bytesOf(name), SOCKADDR.bytes) !== 0) {
      close(fd);
      this.#libc.close();
      throw new Error(`UDP port ${port} cannot be bound`);
    }
    return fd;
  }

  /**
   * Sets the pointers between the structures, once. Their memory does not move: V8 keeps only
   * arrays of up to 64 bytes on its heap. The structures live as long as the socket.
   */
  #wire(): void {
    const wire = (
      headers: Uint32Array<ArrayBuffer>,
      iovs: Uint32Array<ArrayBuffer>,
      names: DataView<ArrayBuffer>,
    ) => {
      for (let i = 0; i < TURN_BATCH; i++) {
        const header = i * MMSGHDR.words;
        const iov = i * IOVEC.words;
        const slot = this.#bufferAddress + i * this.slotBytes + this.headroom;
        names.setUint16(i * SOCKADDR.bytes, AF_INET, true);
        writeAddress(headers, header + MMSGHDR.name, this.#addressOf(names) + i * SOCKADDR.bytes);
        headers[header + MMSGHDR.nameLength] = SOCKADDR.bytes;
        writeAddress(headers, header + MMSGHDR.iov, this.#addressOf(iovs) + 4 * iov);
        headers[header + MMSGHDR.iovLength] = 1;
        writeAddress(iovs, iov + IOVEC.base, slot);
        iovs[iov + IOVEC.length] = TURN_MAX_DATAGRAM_BYTES;
      }
    };
    wire(this.#received, this.#receivedIov, this.#sources);
    wire(this.#queued, this.#queuedIov, this.#destinations);
  }

  /**
   * The address of an array in memory. It is a whole number below 2^53, as all addresses of user
   * space are.
   *
   * `memmove` returns the destination address that it is given; here it moves zero bytes.
   * `Deno.UnsafePointer` returns the same address, but needs the permission for all native code.
   * `memmove` needs only the permission for one library.
   */
  #addressOf(view: ArrayBufferView<ArrayBuffer>): number {
    const bytes = bytesOf(view);
    return Number(this.#libc.symbols.memmove(bytes, bytes, 0n));
  }
}

function bytesOf(view: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Writes a 64-bit pointer as two words, without a BigInt. */
function writeAddress(words: Uint32Array, index: number, address: number): void {
  words[index] = address % 0x1_0000_0000;
  words[index + 1] = Math.floor(address / 0x1_0000_0000);
}
