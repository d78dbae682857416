/**
 * Declarations for Linux's system calls on UDP sockets: the functions of the C library, the constants,
 * and the layout of the C structures on 64-bit little-endian Linux. It opens nothing and makes no
 * decisions.
 *
 * @module
 */

import { MAX_FILE_DESCRIPTORS_SEARCHED } from "../limits.ts";

/** Address family and socket type. */
const AF_INET = 2;
const SOCK_DGRAM = 2;

/** Socket options. The two forced ones may exceed the system's limits; they need privileges. */
export const SOL_SOCKET = 1;
export const SocketOption = {
  type: 3,
  sendBuffer: 7,
  receiveBuffer: 8,
  receiveTimeout: 20,
  forcedSendBuffer: 32,
  forcedReceiveBuffer: 33,
} as const;

/** Flags of the calls that send and receive. */
export const MessageFlag = { truncated: 0x20, dontWait: 0x40, waitForOne: 0x10000 } as const;

/** Functions of the C library that work on batches of datagrams. */
export const BATCH_SYMBOLS = {
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  recvmmsg: { parameters: ["i32", "buffer", "u32", "i32", "pointer"], result: "i32" },
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  memmove: { parameters: ["buffer", "buffer", "usize"], result: "u64" },
} as const;

/** The C library with at least these functions. */
export type BatchLibrary = Pick<
  Deno.DynamicLibrary<typeof BATCH_SYMBOLS>["symbols"],
  keyof typeof BATCH_SYMBOLS
>;

/** `struct mmsghdr`, and the offsets of its members, in 32-bit words. */
const MMSGHDR = { words: 16, name: 0, nameLength: 2, iov: 4, iovLength: 6, flags: 12, length: 14 };
/** `struct iovec`, in 32-bit words as well. */
const IOVEC = { words: 4, base: 0, length: 2 };
/** `struct sockaddr_in`, in bytes. */
const SOCKADDR = { bytes: 16, port: 2, address: 4 };

/** The bytes of another view. */
export function bytesOf(view: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/**
 * The file descriptor of this program's UDP socket on a port. Deno has no call that returns it.
 *
 * @param port of a socket that is bound to an IPv4 address.
 * @returns undefined if there is none among the first files of the program.
 */
export function udpDescriptor(libc: BatchLibrary, port: number): number | undefined {
  for (let fd = 0; fd < MAX_FILE_DESCRIPTORS_SEARCHED; fd++) {
    if (boundPort(libc, fd) !== port) continue;
    // A page may have the same number as its TCP port.
    if (numberOption(libc, fd, SocketOption.type) === SOCK_DGRAM) return fd;
  }
  return undefined;
}

/** The port that an IPv4 socket is bound to, or undefined if the file is no such socket. */
function boundPort(libc: BatchLibrary, fd: number): number | undefined {
  const name = new DataView(new ArrayBuffer(SOCKADDR.bytes));
  const length = bytesOf(Uint32Array.of(name.byteLength));
  if (libc.getsockname(fd, bytesOf(name), length) !== 0) return undefined;
  return name.getUint16(0, true) === AF_INET ? name.getUint16(SOCKADDR.port) : undefined;
}

/**
 * Whether the system has the calls for batches, and allows them: a sandbox may not, and a system that
 * only resembles Linux may lack them. An empty batch tells, and does nothing.
 */
export function hasBatchCalls(libc: BatchLibrary, fd: number): boolean {
  const none = new Uint8Array(4 * MMSGHDR.words);
  return libc.recvmmsg(fd, none, 0, MessageFlag.dontWait, null) === 0 &&
    libc.sendmmsg(fd, none, 0, MessageFlag.dontWait) === 0;
}

/** A socket option that is a number, or undefined if the file is no socket. */
function numberOption(libc: BatchLibrary, fd: number, option: number): number | undefined {
  const value = new Int32Array(1);
  const length = bytesOf(Uint32Array.of(value.byteLength));
  if (libc.getsockopt(fd, SOL_SOCKET, option, bytesOf(value), length) !== 0) return undefined;
  return value[0];
}

/**
 * Asks for larger buffers of a socket. The system grants as much as its limits allow, and all of it
 * to a privileged program. It never makes a buffer smaller than it was.
 */
export function enlargeBuffers(libc: BatchLibrary, fd: number, bytes: number): void {
  const { sendBuffer, receiveBuffer, forcedSendBuffer, forcedReceiveBuffer } = SocketOption;
  const size = bytesOf(Int32Array.of(bytes));
  for (
    const [option, forced] of [[sendBuffer, forcedSendBuffer], [receiveBuffer, forcedReceiveBuffer]]
  ) {
    if ((numberOption(libc, fd, option) ?? Infinity) >= bytes) continue;
    if (libc.setsockopt(fd, SOL_SOCKET, forced, size, size.length) === 0) continue;
    libc.setsockopt(fd, SOL_SOCKET, option, size, size.length);
  }
}

/**
 * The address of an array in memory. Memory does not move: V8 keeps only arrays of up to 64 bytes on
 * its heap.
 *
 * `memmove` returns the destination address that it is given; here it moves zero bytes.
 * `Deno.UnsafePointer` returns the same address, but needs the permission for all native code.
 * `memmove` needs only the permission for one library.
 *
 * @throws {RangeError} if the address is not below 2^53, as that of every array is unless the system
 *   marks memory with tags. The kernel must not get a rounded address.
 */
export function addressOf(libc: BatchLibrary, view: ArrayBufferView<ArrayBuffer>): number {
  const bytes = bytesOf(view);
  const address = Number(libc.memmove(bytes, bytes, 0n));
  if (!(address > 0 && Number.isSafeInteger(address))) throw new RangeError("a tagged address");
  return address;
}

/**
 * The structures that describe a batch of datagrams to `sendmmsg` and `recvmmsg`: for each datagram
 * its place in memory and the address at the other end. They live as long as this object.
 */
export class MessageHeaders {
  /** For the system call. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #headers: Uint32Array<ArrayBuffer>;
  readonly #iovs: Uint32Array<ArrayBuffer>;
  readonly #names: DataView<ArrayBuffer>;

  /** @param count the largest number of datagrams, at least five (see {@linkcode addressOf}). */
  constructor(libc: BatchLibrary, count: number) {
    this.#headers = new Uint32Array(count * MMSGHDR.words);
    this.#iovs = new Uint32Array(count * IOVEC.words);
    this.#names = new DataView(new ArrayBuffer(count * SOCKADDR.bytes));
    this.bytes = bytesOf(this.#headers);
    const names = addressOf(libc, this.#names);
    const iovs = addressOf(libc, this.#iovs);
    for (let i = 0; i < count; i++) {
      const header = i * MMSGHDR.words;
      this.#names.setUint16(i * SOCKADDR.bytes, AF_INET, true);
      writeAddress(this.#headers, header + MMSGHDR.name, names + i * SOCKADDR.bytes);
      this.#headers[header + MMSGHDR.nameLength] = SOCKADDR.bytes;
      writeAddress(this.#headers, header + MMSGHDR.iov, iovs + 4 * i * IOVEC.words);
      this.#headers[header + MMSGHDR.iovLength] = 1;
    }
  }

  /** The structures from one datagram on, for the system call. */
  from(index: number): Uint8Array<ArrayBuffer> {
    return index === 0 ? this.bytes : this.bytes.subarray(4 * index * MMSGHDR.words);
  }

  /** Says where a datagram lies, or may be written to. */
  point(index: number, address: number, length: number): void {
    writeAddress(this.#iovs, index * IOVEC.words + IOVEC.base, address);
    this.#iovs[index * IOVEC.words + IOVEC.length] = length;
  }

  /** Says where a datagram goes, or came from. The IPv4 address is a 32-bit number, signed or unsigned. */
  address(index: number, ip: number, port: number): void {
    this.#names.setUint16(index * SOCKADDR.bytes + SOCKADDR.port, port);
    this.#names.setInt32(index * SOCKADDR.bytes + SOCKADDR.address, ip);
  }

  /**
   * Prepares headers for receiving. The kernel reads the length of a name as the capacity, and writes
   * the actual length over it.
   *
   * @param count the headers that it used last time.
   */
  reset(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#headers[i * MMSGHDR.words + MMSGHDR.nameLength] = SOCKADDR.bytes;
    }
  }

  /** Sets the length of a datagram that fits, as receiving it would. */
  setLength(index: number, length: number): void {
    const header = index * MMSGHDR.words;
    this.#headers[header + MMSGHDR.flags] = 0;
    this.#headers[header + MMSGHDR.length] = length;
  }

  /** The length of a received datagram, or -1 if it did not fit. */
  lengthOf(index: number): number {
    const header = index * MMSGHDR.words;
    if (this.#headers[header + MMSGHDR.flags] & MessageFlag.truncated) return -1;
    return this.#headers[header + MMSGHDR.length];
  }

  /** The address that a datagram came from, as a signed 32-bit number. */
  ipOf(index: number): number {
    return this.#names.getInt32(index * SOCKADDR.bytes + SOCKADDR.address);
  }

  /** The port that a datagram came from. */
  portOf(index: number): number {
    return this.#names.getUint16(index * SOCKADDR.bytes + SOCKADDR.port);
  }
}

/** Writes a 64-bit pointer as two words, without a BigInt. */
function writeAddress(words: Uint32Array, index: number, address: number): void {
  words[index] = address % 0x1_0000_0000;
  words[index + 1] = Math.floor(address / 0x1_0000_0000);
}
