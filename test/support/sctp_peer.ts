/**
 * The client's side of SCTP for tests: chunks and packets as bytes, and a client that sends what a
 * test wants. It shares no code with the hub or with werift.
 *
 * @module
 */

/** Chunk types (RFC 9260 §3.2, RFC 6525, RFC 3758). */
export const ChunkType = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
  reconfig: 130,
  forwardTsn: 192,
} as const;

/** Flags of a DATA chunk. */
export const Flag = { last: 1, first: 2, whole: 3, unordered: 4 } as const;

const STATE_COOKIE = 7;
const PORT = 5000;

/** Numbers as bytes, each with its width in bytes: `bytes([4, tsn], [2, stream])`. */
export function bytes(...fields: readonly (readonly [width: number, value: number])[]): Uint8Array {
  const out: number[] = [];
  for (const [width, value] of fields) {
    for (let i = width - 1; i >= 0; i--) out.push(Math.floor(value / 2 ** (8 * i)) & 255);
  }
  return new Uint8Array(out);
}

/** Arrays, one after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** A chunk with correct length and padding. */
export function chunk(type: number, body: Uint8Array, flags = 0): Uint8Array<ArrayBuffer> {
  const length = 4 + body.length;
  return concat(
    bytes([1, type], [1, flags], [2, length]),
    body,
    new Uint8Array((4 - length % 4) % 4),
  );
}

/** A parameter or error cause with correct length and padding. */
export function parameter(type: number, value: Uint8Array): Uint8Array {
  const length = 4 + value.length;
  return concat(bytes([2, type], [2, length]), value, new Uint8Array((4 - length % 4) % 4));
}

/** The differences from the default DATA chunk. */
export interface DataOptions {
  readonly tsn: number;
  readonly payload: Uint8Array;
  readonly flags?: number;
  readonly stream?: number;
  readonly sequence?: number;
  readonly protocol?: number;
}

/** A DATA chunk, by default a whole text message on stream 0. */
export function data(options: DataOptions): Uint8Array<ArrayBuffer> {
  const { tsn, payload, flags = Flag.whole, stream = 0, sequence = 0, protocol = 51 } = options;
  return chunk(
    ChunkType.data,
    concat(bytes([4, tsn], [2, stream], [2, sequence], [4, protocol]), payload),
    flags,
  );
}

/** A SACK chunk. */
export function sack(
  cumulativeTsn: number,
  gaps: readonly (readonly [first: number, last: number])[] = [],
  { window = 1 << 20, duplicates = [] }: { window?: number; duplicates?: readonly number[] } = {},
): Uint8Array<ArrayBuffer> {
  return chunk(
    ChunkType.sack,
    bytes(
      [4, cumulativeTsn],
      [4, window],
      [2, gaps.length],
      [2, duplicates.length],
      ...gaps.flatMap(([first, last]) => [[2, first], [2, last]] as const),
      ...duplicates.map((tsn) => [4, tsn] as const),
    ),
  );
}

/** A DATA_CHANNEL_OPEN message (RFC 8832 §5.1). */
export function dataChannelOpen(label: string): Uint8Array {
  const text = new TextEncoder().encode(label);
  return concat(bytes([1, 3], [1, 0], [2, 0], [4, 0], [2, text.length], [2, 0]), text);
}

/** A packet with a correct checksum. */
export function packet(tag: number, ...chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = concat(bytes([2, PORT], [2, PORT], [4, tag], [4, 0]), ...chunks);
  return seal(out);
}

/** Writes the checksum into a packet (RFC 9260 §6.8), and returns it. */
export function seal<T extends Uint8Array>(packet: T): T {
  if (packet.length < 12) return packet;
  const view = new DataView(packet.buffer, packet.byteOffset);
  view.setUint32(8, 0);
  view.setUint32(8, crc32c(packet), true);
  return packet;
}

const CRC32C = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0x82f63b78 : n >>> 1;
  return n >>> 0;
});

function crc32c(data: Uint8Array): number {
  let crc = ~0;
  for (const byte of data) crc = CRC32C[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** A chunk that was received. */
export interface ReceivedChunk {
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
}

/** The chunks of a packet from the hub. They must be well-formed. */
export function chunksOf(packet: Uint8Array): ReceivedChunk[] {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const chunks: ReceivedChunk[] = [];
  for (let offset = 12; offset < packet.length;) {
    const length = view.getUint16(offset + 2);
    chunks.push({
      type: packet[offset],
      flags: packet[offset + 1],
      body: packet.subarray(offset + 4, offset + length),
    });
    offset += (length + 3) & ~3;
  }
  return chunks;
}

/** A number in received bytes. */
export function read(body: Uint8Array, offset: number, width: 1 | 2 | 4): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + body[offset + i];
  return value;
}

/** The options of a client. */
export interface SctpPeerOptions {
  readonly initialTsn?: number;
  readonly tag?: number;
  /** Whether DATA of the hub is acknowledged. */
  readonly acknowledges?: boolean;
}

/** A client that sets up an association correctly, and then sends what a test wants. */
export class SctpPeer {
  readonly #send: (packet: Uint8Array) => void;
  readonly #tag: number;
  readonly initialTsn: number;
  acknowledges: boolean;
  /** The hub's verification tag, to be put into packets; 0 before its INIT ACK. */
  peerTag = 0;
  /** The cookie of the hub's INIT ACK. */
  cookie: Uint8Array = new Uint8Array();
  /** The TSN of the next DATA chunk. */
  nextTsn: number;
  /** The hub's first TSN. */
  peerInitialTsn = 0;
  /** The hub's cumulative TSN. */
  peerTsn = 0;
  isOpen = false;
  isAborted = false;
  /** The hub's other chunks, which are not set-up, DATA or heartbeats, in order. */
  readonly received: ReceivedChunk[] = [];
  /** Messages of one chunk from the hub. */
  readonly messages: { readonly stream: number; readonly payload: Uint8Array }[] = [];
  #sequence = 0;

  constructor(send: (packet: Uint8Array) => void, options: SctpPeerOptions = {}) {
    this.#send = send;
    this.#tag = options.tag ?? 0x01020304;
    this.initialTsn = this.nextTsn = options.initialTsn ?? 1000;
    this.acknowledges = options.acknowledges ?? true;
  }

  /** The INIT packet. */
  init(): Uint8Array {
    return packet(0, this.initChunk());
  }

  initChunk(): Uint8Array<ArrayBuffer> {
    return chunk(
      ChunkType.init,
      concat(
        bytes([4, this.#tag], [4, 1 << 20], [2, 1024], [2, 1024], [4, this.initialTsn]),
        parameter(0xc000, new Uint8Array()),
        parameter(0x8008, new Uint8Array([ChunkType.reconfig, ChunkType.forwardTsn])),
      ),
    );
  }

  /** Begins the set-up; it goes on by itself in {@link receive}. */
  connect(): void {
    this.#send(this.init());
  }

  /** Sends chunks in one packet. */
  send(...chunks: readonly Uint8Array[]): void {
    this.#send(packet(this.peerTag, ...chunks));
  }

  /** A DATA chunk with the next TSN and stream sequence number. */
  next(payload: Uint8Array | string, options: Partial<DataOptions> = {}): Uint8Array<ArrayBuffer> {
    const flags = options.flags ?? Flag.whole;
    const chunk = data({
      tsn: this.nextTsn,
      sequence: this.#sequence,
      payload: typeof payload === "string" ? new TextEncoder().encode(payload) : payload,
      ...options,
    });
    this.nextTsn = (this.nextTsn + 1) >>> 0;
    if ((flags & Flag.last) !== 0) this.#sequence = (this.#sequence + 1) & 0xffff;
    return chunk;
  }

  /** Opens a channel on stream 0. */
  open(label = "hub"): void {
    this.send(this.next(dataChannelOpen(label), { protocol: 50 }));
  }

  /** Receives a packet of the hub. */
  receive(bytes: Uint8Array): void {
    for (const chunk of chunksOf(bytes)) this.#chunk(chunk);
  }

  #chunk(received: ReceivedChunk): void {
    const { type, body } = received;
    switch (type) {
      case ChunkType.initAck: {
        this.peerTag = read(body, 0, 4);
        this.peerInitialTsn = read(body, 12, 4);
        this.peerTsn = (this.peerInitialTsn - 1) >>> 0;
        for (let offset = 16; offset + 4 <= body.length;) {
          const length = read(body, offset + 2, 2);
          if (read(body, offset, 2) === STATE_COOKIE) {
            this.cookie = body.slice(offset + 4, offset + length);
          }
          offset += (length + 3) & ~3;
        }
        return this.send(chunk(ChunkType.cookieEcho, this.cookie));
      }
      case ChunkType.cookieAck:
        this.isOpen = true;
        return;
      case ChunkType.heartbeat:
        return this.send(chunk(ChunkType.heartbeatAck, body));
      case ChunkType.data: {
        const tsn = read(body, 0, 4);
        if (tsn === (this.peerTsn + 1) >>> 0) {
          this.peerTsn = tsn;
          this.messages.push({ stream: read(body, 4, 2), payload: body.slice(12) });
        }
        if (this.acknowledges) this.send(sack(this.peerTsn));
        return;
      }
      case ChunkType.abort:
        this.isAborted = true;
    }
    this.received.push({ ...received, body: body.slice() });
  }
}
