/**
 * One SCTP association with a guest (RFC 9260, RFC 8261), in which the hub is the passive side.
 * Packets and the time go in; packets, events and the next deadline come out. It knows neither the
 * data channels above it nor DTLS below it.
 *
 * It has two planes. werift handles set-up and end (`setup_plane.ts`). The hub's own code handles
 * data: receiving (`inbound.ts`, `acknowledgement.ts`), sending (`outbound.ts`), and closing
 * streams (`stream_reset.ts`). All that the data plane needs to know of the set-up are the tags,
 * the first TSNs and the windows in the INIT and the INIT ACK.
 *
 * @module
 */

import { isEqual } from "../bytes.ts";
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

/** What has happened in an association. */
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

/** The data plane: it exists once the guest's INIT has arrived. */
interface DataPlane {
  readonly ownTag: number;
  readonly guestTag: number;
  readonly inbound: InboundData;
  readonly outbound: OutboundData;
  readonly reset: StreamReset;
}

/**
 * The T bit of an ABORT: its verification tag is the one that its receiver sends (RFC 9260 §8.5.1).
 */
const REFLECTED_TAG = 1;

/** The error cause for an unknown chunk (§3.3.10.6), and how many bytes of the chunk it quotes. */
const UNRECOGNIZED_CHUNK = 6;
const MAX_REPORTED_BYTES = 64;

const NO_EVENTS: readonly SctpEvent[] = [];

/** All associations share one buffer: a packet is sent before the next one is begun. */
const writer = new PacketWriter();

/** One SCTP association. */
export class SctpAssociation {
  readonly #pool: ReceivePool;
  readonly #setup: SetupPlane;
  #plane: DataPlane | undefined;
  /** The latest INIT before the association was open, and when it arrived. */
  #init: Uint8Array | undefined;
  #initAt = 0;
  #state: "closed" | "open" | "ended" = "closed";
  readonly #acknowledgement = new Acknowledgement();
  /** Streams on which the guest has sent DATA, and which it has not reset since. */
  readonly #streams = new Set<number>();
  /** Chunks to be sent, ahead of any DATA. */
  readonly #control: Uint8Array[] = [];
  /** An INIT ACK, which has a packet to itself (§6.10). */
  #initAck: Uint8Array | undefined;
  #events: SctpEvent[] = [];

  /**
   * @param pool the receive window, shared by all guests of the socket.
   * @param setup also shared by all guests of the socket.
   */
  constructor(pool: ReceivePool, setup: SetupPlane) {
    this.#pool = pool;
    this.#setup = setup;
  }

  /**
   * When {@link poll} must be called, even if nothing arrives and nothing is sent. A time in the
   * past means at once; undefined means never.
   */
  get nextDeadline(): number | undefined {
    if (this.#state !== "open") return undefined;
    const { outbound, reset } = this.#plane!;
    return earliest(
      earliest(this.#acknowledgement.deadline, outbound.deadline),
      reset.deadline,
    );
  }

  /** Bytes that the guest has not acknowledged, with their overhead, and those of unfinished messages. */
  get heldBytes(): number {
    if (this.#isEnded || this.#plane === undefined) return 0;
    return this.#plane.outbound.bufferedBytes + this.#plane.inbound.heldBytes;
  }

  /** The guest has another path now. Data in flight is sent again at the next {@link poll}. */
  pathChanged(now: number): void {
    this.#plane?.outbound.pathChanged(now);
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
   * @param bytes must not be changed afterwards, because a message may be a view of them.
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
    if (this.#plane === undefined || !this.#isRightTag(packet, tag)) return;
    const { inbound } = this.#plane;
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
    this.#streamsReset(this.#plane.reset.afterData((chunk) => this.#control.push(chunk)));
  }

  /**
   * Queues one message, to be sent reliably and in order. An empty message is dropped, and so is
   * every message while the association is not open.
   *
   * @param data must not be changed afterwards.
   * @returns false if the message is not queued because more than {@link MAX_BUFFERED_BYTES} would
   *   wait: the guest does not acknowledge what it is sent.
   */
  send(streamId: number, protocol: number, data: Uint8Array): boolean {
    if (this.#state !== "open" || data.length === 0) return true;
    const { outbound } = this.#plane!;
    const bytes = data.length + BUFFERED_MESSAGE_OVERHEAD_BYTES;
    if (outbound.bufferedBytes + bytes > MAX_BUFFERED_BYTES) return false;
    outbound.send(streamId, protocol, data);
    return true;
  }

  /**
   * Does what is due, and makes the packets that can be sent now. Call it at {@link nextDeadline},
   * and once at the end of each turn of the event loop in which packets arrived or messages were
   * queued.
   *
   * @param send gets each packet: a view that is valid until `send` returns.
   */
  poll(now: number, send: (packet: Uint8Array) => void): void {
    if (this.#plane === undefined) return;
    const { guestTag, inbound, outbound, reset } = this.#plane;
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

  /** Aborts the association. If it is open, the next {@link poll} sends an ABORT to the guest. */
  close(): void {
    if (!this.#isEnded) this.#stop(this.#state === "open" ? undefined : []);
  }

  get #isEnded(): boolean {
    return this.#state === "ended";
  }

  /**
   * Checks the verification tag (§8.5). An ABORT may carry the guest's tag instead of the hub's.
   */
  #isRightTag(packet: Uint8Array, tag: number): boolean {
    const { ownTag, guestTag } = this.#plane!;
    if (tag === ownTag) return true;
    const isReflected = (packet[COMMON_HEADER_LENGTH + 1] & REFLECTED_TAG) !== 0;
    return packet[COMMON_HEADER_LENGTH] === Chunk.abort && isReflected && tag === guestTag;
  }

  /** Lets werift answer an INIT, and makes the data plane from the two. */
  #receiveInit(packet: Uint8Array, now: number): void {
    // In an open association this is a late repetition (§5.2.2): a guest that restarts begins with
    // a new DTLS handshake.
    if (this.#state !== "closed") return;
    const length = uint16(packet, COMMON_HEADER_LENGTH + 2);
    if (padded(COMMON_HEADER_LENGTH + length) < packet.length) return; // not alone (§6.10)
    const init = packet.slice(COMMON_HEADER_LENGTH);
    const streams = Math.min(
      uint16(init, InitField.outboundStreams),
      uint16(init, InitField.inboundStreams),
    );
    if (uint32(init, InitField.initiateTag) === 0 || streams === 0) return; // §3.3.2
    const answer = this.#setup.answerInit(init, now);
    if (answer === undefined) return;
    const isRepeated = this.#plane !== undefined && isEqual(init, this.#init!);
    this.#init = init;
    this.#initAt = now;
    if (isRepeated) {
      // The guest uses the INIT ACK that arrives first, and discards the other (§5.2.3). So both
      // have the same tag and TSN.
      const { ownTag, outbound } = this.#plane!;
      writeUint32(answer, InitField.initiateTag, ownTag);
      writeUint32(answer, InitField.initialTsn, outbound.lastTsn + 1);
    } else this.#plane = this.#makeDataPlane(init, answer);
    writeUint32(answer, InitField.window, this.#plane!.inbound.window);
    this.#initAck = answer;
  }

  #makeDataPlane(init: Uint8Array, initAck: Uint8Array): DataPlane {
    const guestTsn = uint32(init, InitField.initialTsn);
    const ownTsn = uint32(initAck, InitField.initialTsn);
    const inbound = new InboundData(guestTsn, this.#pool);
    const outbound = new OutboundData(ownTsn, uint32(init, InitField.window));
    return {
      ownTag: uint32(initAck, InitField.initiateTag),
      guestTag: uint32(init, InitField.initiateTag),
      inbound,
      outbound,
      reset: new StreamReset(inbound, outbound, guestTsn, ownTsn),
    };
  }

  #receiveControl(packet: Uint8Array, at: number, now: number): void {
    const { outbound, reset } = this.#plane!;
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
        // The hub does not wait until its own data is acknowledged (§9.2): the guest is leaving.
        this.#end("closed by the guest", this.#setup.answerShutdown(this.#init!, chunk()));
        break;
    }
  }

  /** A COOKIE ECHO with a valid cookie opens the association (§5.1, D). */
  #receiveCookie(chunk: Uint8Array, now: number): void {
    let answers = this.#setup.answer(chunk);
    const isStale = answers.some(([type]) => type === Chunk.error);
    if (isStale && now - this.#initAt < SCTP_COOKIE_LIFETIME_MS) {
      // werift measures a cookie's age with the wall clock, which may have been set since, and from
      // the time when it made the cookie, perhaps for an earlier guest. For the hub the age counts
      // from the INIT.
      const fresh = this.#setup.freshCookie(this.#init!, now);
      if (fresh !== undefined) answers = this.#setup.answer(encodeChunk(Chunk.cookieEcho, fresh));
    }
    this.#control.push(...answers);
    const isAccepted = answers.some(([type]) => type === Chunk.cookieAck);
    if (isAccepted && this.#state === "closed") this.#state = "open";
  }

  #receiveData(packet: Uint8Array, at: number): void {
    const { inbound, outbound } = this.#plane!;
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

  /** Tells the guest that a chunk is unknown (§3.2), unless an ERROR waits to be sent already. */
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

  /** @param goodbye chunks that are sent instead of an ABORT. */
  #stop(goodbye?: readonly Uint8Array[]): void {
    this.#state = "ended";
    this.#control.splice(0, Infinity, ...goodbye ?? [encodeChunk(Chunk.abort, new Uint8Array())]);
    this.#initAck = undefined;
    this.#plane?.inbound.close();
  }
}

const TOO_LARGE = "sent a message over 256 KiB";

/**
 * The same bytes as a plain Uint8Array. A Buffer's slice() does not copy, and its subarray() is
 * slow.
 */
function plainBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
