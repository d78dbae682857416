/**
 * One SCTP association with a guest (RFC 9260, RFC 8261), the hub being the passive side: packets and
 * the time in; packets, events and the next deadline out. It knows nothing of data channels above it
 * nor of DTLS below.
 *
 * It has two planes. werift handles set-up and end (`setup_plane.ts`). The hub's own code handles
 * data: receiving (`inbound.ts`, `acknowledgement.ts`), sending (`outbound.ts`), and closing
 * streams (`stream_reset.ts`). The planes share two tags, two TSNs and two windows, which are read
 * from the INIT and the INIT ACK.
 *
 * @module
 */

import {
  BUFFERED_MESSAGE_OVERHEAD_BYTES,
  MAX_BUFFERED_BYTES,
  MAX_STREAMS_PER_GUEST,
  SCTP_COOKIE_LIFETIME_MS,
  SCTP_MAX_BURST_PACKETS,
} from "../limits.ts";
import { Acknowledgement } from "./acknowledgement.ts";
import {
  Chunk,
  CHUNK_HEADER_LENGTH,
  COMMON_HEADER_LENGTH,
  DATA_HEADER_LENGTH,
  DataFlag,
  encodeChunk,
  InitField,
  padded,
  uint16,
  uint32,
  writeUint16,
  writeUint32,
} from "./chunk.ts";
import { hasRightChecksum } from "./crc32c.ts";
import { isKnownChunk, isReported, isSkipped, isWellFormed } from "./gate.ts";
import { type DataChunk, InboundData } from "./inbound.ts";
import { OutboundData } from "./outbound.ts";
import { PacketWriter } from "./packet_writer.ts";
import type { ReceivePool } from "./receive_pool.ts";
import type { SetupPlane } from "./setup_plane.ts";
import { type ResetStreams, StreamReset } from "./stream_reset.ts";

/** What has happened to an association. */
export type SctpEvent =
  /** A whole message. The array is the receiver's to keep. */
  | {
    readonly kind: "message";
    readonly streamId: number;
    readonly protocol: number;
    readonly data: Uint8Array;
  }
  /** The guest has reset these streams: their data channels are closed (RFC 8831 §6.7). */
  | { readonly kind: "streams-reset"; readonly streams: ResetStreams }
  /** The guest has ended the association, or has exceeded a limit. The last event. */
  | { readonly kind: "ended"; readonly reason: string };

/** The halves of an association whose INIT has come. */
interface Planes {
  readonly ownTag: number;
  readonly guestTag: number;
  readonly inbound: InboundData;
  readonly outbound: OutboundData;
  readonly reset: StreamReset;
}

/** A verification tag that is the receiver's own sender's (RFC 9260 §8.5.1). */
const REFLECTED_TAG = 1;

/** The error cause for a chunk that is not known, and how much of one is told back (§3.3.10.6). */
const UNRECOGNIZED_CHUNK = 6;
const MAX_REPORTED_BYTES = 64;

const NO_EVENTS: readonly SctpEvent[] = [];

/** Packets are made one at a time, and handed on before the next, so one buffer does for all. */
const writer = new PacketWriter();

/** One SCTP association. */
export class SctpAssociation {
  readonly #pool: ReceivePool;
  readonly #setup: SetupPlane;
  #planes: Planes | undefined;
  /** The INIT that the planes are made of, and when it came. */
  #init: Uint8Array | undefined;
  #initAt = 0;
  #state: "closed" | "open" | "ended" = "closed";
  readonly #acknowledgement = new Acknowledgement();
  readonly #streams = new Set<number>();
  /** Chunks to be sent before all DATA. */
  readonly #control: Uint8Array[] = [];
  /** An INIT ACK, which has a packet to itself (§6.10). */
  #initAck: Uint8Array | undefined;
  #events: SctpEvent[] = [];

  /**
   * @param pool what all guests of the socket share.
   * @param setup likewise.
   */
  constructor(pool: ReceivePool, setup: SetupPlane) {
    this.#pool = pool;
    this.#setup = setup;
  }

  /**
   * When {@link poll} must be called, even if nothing arrives and nothing is sent. A time in the past
   * means at once; undefined means never.
   */
  get nextDeadline(): number | undefined {
    if (this.#state !== "open") return undefined;
    const { outbound, reset } = this.#planes!;
    return earliest(
      earliest(this.#acknowledgement.deadline, outbound.deadline),
      reset.deadline,
    );
  }

  /** Bytes that the guest has not acknowledged, with their overhead, and those of unfinished messages. */
  get heldBytes(): number {
    if (this.#isEnded || this.#planes === undefined) return 0;
    return this.#planes.outbound.bufferedBytes + this.#planes.inbound.heldBytes;
  }

  /** The guest is reached by another path: what is under way is sent again at the next {@link poll}. */
  pathChanged(now: number): void {
    this.#planes?.outbound.pathChanged(now);
  }

  /** What has happened since the last call, in order. */
  takeEvents(): readonly SctpEvent[] {
    if (this.#events.length === 0) return NO_EVENTS;
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /**
   * Takes one packet of the guest. Invalid packets are dropped.
   *
   * @param bytes kept by the events that come of it: not to be changed any more.
   * @param now milliseconds on a clock that never jumps.
   */
  receive(bytes: Uint8Array, now: number): void {
    if (this.#state === "ended") return;
    const packet = plainBytes(bytes);
    if (!isWellFormed(packet) || !hasRightChecksum(packet)) return;
    const tag = uint32(packet, 4);
    if (packet[COMMON_HEADER_LENGTH] === Chunk.init) {
      if (tag === 0) this.#receiveInit(packet, now);
      return;
    }
    if (this.#planes === undefined || !this.#isRightTag(packet, tag)) return;
    const { inbound } = this.#planes;
    const hadGap = inbound.hasGap;
    let hasData = false;
    let isUrgent = false;
    for (let at = COMMON_HEADER_LENGTH; at < packet.length && !this.#isEnded;) {
      const type = packet[at];
      if (type === Chunk.data || type === Chunk.forwardTsn) {
        if (this.#state === "open") {
          hasData = true;
          if ((packet[at + 1] & DataFlag.immediately) !== 0) isUrgent = true;
          this.#receiveData(packet, at);
        }
      } else if (isKnownChunk(type)) this.#receiveControl(packet, at, now);
      else {
        if (isReported(type)) this.#report(packet, at);
        if (!isSkipped(type)) break;
      }
      at = padded(at + uint16(packet, at + 2));
    }
    if (!hasData || this.#isEnded) return;
    isUrgent ||= hadGap || inbound.hasGap || inbound.hasDuplicates;
    this.#acknowledgement.packetReceived(isUrgent, now);
    this.#streamsReset(this.#planes.reset.afterData((chunk) => this.#control.push(chunk)));
  }

  /**
   * Queues one message of at least one byte, reliable and in order, which must not be changed any
   * more.
   *
   * @returns false if the message is not queued, because so much waits already that the guest
   *   cannot be reading.
   */
  send(streamId: number, protocol: number, data: Uint8Array): boolean {
    if (this.#state !== "open" || data.length === 0) return true;
    const { outbound } = this.#planes!;
    const bytes = data.length + BUFFERED_MESSAGE_OVERHEAD_BYTES;
    if (outbound.bufferedBytes + bytes > MAX_BUFFERED_BYTES) return false;
    outbound.send(streamId, protocol, data);
    return true;
  }

  /**
   * Does what is due, and makes the packets that can be sent now. Call it at {@link nextDeadline}, and
   * once at the end of each turn of the event loop in which packets arrived or messages were sent.
   *
   * @param send called with each packet: a view that is valid until `send` returns.
   */
  poll(now: number, send: (packet: Uint8Array) => void): void {
    if (this.#planes === undefined) return;
    const { guestTag, inbound, outbound, reset } = this.#planes;
    if (this.#initAck !== undefined) {
      writer.begin(guestTag);
      writer.chunk(this.#initAck);
      this.#initAck = undefined;
      send(writer.finish());
    }
    if (this.#state === "open") {
      if (outbound.deadline !== undefined && now >= outbound.deadline) {
        outbound.handleTimeout(now);
        if (outbound.isGivenUp) this.#end("does not answer");
      }
      reset.poll(now, (chunk) => this.#control.push(chunk));
    }
    for (let packets = 0;; packets++) {
      writer.begin(guestTag);
      while (this.#control.length > 0 && writer.chunk(this.#control[0])) this.#control.shift();
      if (this.#state === "open") {
        const isPaced = packets >= SCTP_MAX_BURST_PACKETS;
        const maySend = !isPaced && outbound.maySend;
        const ack = this.#acknowledgement;
        if (ack.isDue(now) || (ack.isOwed && (maySend || !writer.isEmpty))) {
          if (writer.chunk(inbound.takeSack())) ack.sent();
        }
        if (!isPaced) outbound.fill(writer, now);
      }
      if (writer.isEmpty) return;
      send(writer.finish());
    }
  }

  /** Aborts the association; the next {@link poll} tells the guest, which sees its channel close. */
  close(): void {
    // Before it is open, a guest has nothing that could be aborted.
    if (!this.#isEnded) this.#stop(this.#state === "open" ? undefined : []);
  }

  get #isEnded(): boolean {
    return this.#state === "ended";
  }

  /** §8.5; an ABORT may carry the guest's own tag back. */
  #isRightTag(packet: Uint8Array, tag: number): boolean {
    const { ownTag, guestTag } = this.#planes!;
    if (tag === ownTag) return true;
    const isReflected = (packet[COMMON_HEADER_LENGTH + 1] & REFLECTED_TAG) !== 0;
    return packet[COMMON_HEADER_LENGTH] === Chunk.abort && isReflected && tag === guestTag;
  }

  /** Lets werift answer an INIT, and learns from both what the data plane has to know. */
  #receiveInit(packet: Uint8Array, now: number): void {
    // In an open association it can only be a late repetition (§5.2.2): a guest that starts anew
    // does so with a new handshake.
    if (this.#state !== "closed") return;
    const length = uint16(packet, COMMON_HEADER_LENGTH + 2);
    if (padded(COMMON_HEADER_LENGTH + length) < packet.length) return; // not alone (§6.10)
    const init = packet.slice(COMMON_HEADER_LENGTH);
    const guestTag = uint32(init, InitField.initiateTag);
    const streams = Math.min(
      uint16(init, InitField.outboundStreams),
      uint16(init, InitField.inboundStreams),
    );
    if (guestTag === 0 || streams === 0) return; // §3.3.2
    const answer = this.#setup.answerInit(init, now);
    if (answer === undefined) return;
    this.#init = init;
    this.#initAt = now;
    this.#planes?.inbound.close();
    const guestTsn = uint32(init, InitField.initialTsn);
    const ownTsn = uint32(answer, InitField.initialTsn);
    const inbound = new InboundData(guestTsn, this.#pool);
    const outbound = new OutboundData(ownTsn, uint32(init, InitField.window));
    this.#planes = {
      ownTag: uint32(answer, InitField.initiateTag),
      guestTag,
      inbound,
      outbound,
      reset: new StreamReset(inbound, outbound, guestTsn, ownTsn),
    };
    writeUint32(answer, InitField.window, inbound.window);
    this.#initAck = answer;
  }

  #receiveControl(packet: Uint8Array, at: number, now: number): void {
    const { outbound, reset } = this.#planes!;
    const type = packet[at];
    const chunk = () => packet.subarray(at, padded(at + uint16(packet, at + 2)));
    if (type === Chunk.cookieEcho) return this.#receiveCookie(chunk(), now);
    if (type === Chunk.abort) return this.#end("closed by the guest", []);
    if (this.#state !== "open") return;
    switch (type) {
      case Chunk.sack:
        outbound.receiveSack(packet, at, now);
        break;
      case Chunk.reconfig:
        this.#streamsReset(reset.receive(packet, at, (answer) => this.#control.push(answer)));
        break;
      case Chunk.heartbeat:
        this.#control.push(...this.#setup.answer(chunk()));
        break;
      case Chunk.shutdown:
        // A guest that shuts down in order (§9.2) no longer wants what is under way.
        this.#end("closed by the guest", this.#setup.answerShutdown(this.#init!, chunk()));
        break;
    }
  }

  /** The guest brings the cookie back: the association is open (§5.1, D). */
  #receiveCookie(chunk: Uint8Array, now: number): void {
    let answers = this.#setup.answer(chunk);
    const isStale = answers.some(([type]) => type === Chunk.error);
    if (isStale && now - this.#initAt < SCTP_COOKIE_LIFETIME_MS) {
      // werift uses the wall clock, which has been changed since: it gets a cookie of the present
      // time.
      const fresh = this.#setup.freshCookie(this.#init!, now);
      if (fresh !== undefined) answers = this.#setup.answer(encodeChunk(Chunk.cookieEcho, fresh));
    }
    this.#control.push(...answers);
    const isAccepted = answers.some(([type]) => type === Chunk.cookieAck);
    if (isAccepted && this.#state === "closed") this.#state = "open";
  }

  #receiveData(packet: Uint8Array, at: number): void {
    const { inbound, outbound } = this.#planes!;
    const deliver = (message: { streamId: number; protocol: number; data: Uint8Array }) => {
      const { streamId, protocol, data } = message;
      this.#events.push({ kind: "message", streamId, protocol, data });
    };
    if (packet[at] === Chunk.forwardTsn) {
      if (!inbound.forward(uint32(packet, at + 4), deliver)) this.#end(TOO_LARGE);
      return;
    }
    const streamId = uint16(packet, at + 8);
    this.#streams.add(streamId);
    // A guest that closes its side of streams, and does not let the hub close the other, uses more.
    const isTooMany = this.#streams.size > MAX_STREAMS_PER_GUEST ||
      outbound.streamCount > 2 * MAX_STREAMS_PER_GUEST;
    if (isTooMany) return this.#end("too many streams");
    const chunk: DataChunk = {
      flags: packet[at + 1],
      tsn: uint32(packet, at + 4),
      streamId,
      protocol: uint32(packet, at + 12),
      userData: packet.subarray(at + DATA_HEADER_LENGTH, at + uint16(packet, at + 2)),
    };
    if (!inbound.receive(chunk, deliver)) this.#end(TOO_LARGE);
  }

  #streamsReset(streams: ResetStreams | undefined): void {
    if (streams === undefined) return;
    if (streams === "all") this.#streams.clear();
    else for (const id of streams) this.#streams.delete(id);
    this.#events.push({ kind: "streams-reset", streams });
  }

  /** Tells the guest that a chunk is not understood, once for a packet (§3.2). */
  #report(packet: Uint8Array, at: number): void {
    if (this.#control.some(([type]) => type === Chunk.error)) return;
    const length = Math.min(uint16(packet, at + 2), MAX_REPORTED_BYTES);
    const cause = new Uint8Array(CHUNK_HEADER_LENGTH + length);
    writeUint16(cause, 0, UNRECOGNIZED_CHUNK);
    writeUint16(cause, 2, cause.length);
    cause.set(packet.subarray(at, at + length), CHUNK_HEADER_LENGTH);
    this.#control.push(encodeChunk(Chunk.error, cause));
  }

  #end(reason: string, goodbye?: readonly Uint8Array[]): void {
    if (this.#isEnded) return;
    this.#stop(goodbye);
    this.#events.push({ kind: "ended", reason });
  }

  /** @param goodbye what is said to the guest instead of an ABORT. */
  #stop(goodbye?: readonly Uint8Array[]): void {
    this.#state = "ended";
    this.#control.splice(0, Infinity, ...goodbye ?? [encodeChunk(Chunk.abort, new Uint8Array())]);
    this.#initAck = undefined;
    this.#planes?.inbound.close();
  }
}

const TOO_LARGE = "sent a message over 256 KiB";

/** The same bytes in a plain Uint8Array. A Buffer's slice() does not copy, and its subarray() is slow. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
