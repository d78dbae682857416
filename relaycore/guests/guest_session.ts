/**
 * One guest's session, from its verified ClientHello to its end: the `hub` data channel over SCTP
 * over DTLS. Records go in, datagrams and text messages come out. It does not know what the messages
 * mean.
 *
 * @module
 */

import { HANDSHAKE_TIMEOUT_MS, MAX_MESSAGE_BYTES } from "../limits.ts";
import { DATA_CHANNEL_ACK, decodeDataChannelOpen, PayloadProtocol } from "./dcep.ts";
import { DtlsAssociation } from "../dtls/association.ts";
import type { DtlsPrimitives } from "../dtls/primitives.ts";
import type { DtlsRecord } from "../dtls/record.ts";
import type { Session } from "./guest.ts";
import { decodePathProbeAnswer, encodePathProbe } from "./path_probe.ts";
import { SctpAssociation } from "../sctp/association.ts";
import type { ReceivePool } from "../sctp/receive_pool.ts";
import type { SetupPlane } from "../sctp/setup_plane.ts";

/** The label of the only data channel that the hub uses. */
const HUB_CHANNEL = "hub";

/** Callbacks of a session to its owner. None of them may throw. */
export interface GuestEvents {
  /** A datagram for the guest's present address. The array is the receiver's to keep. */
  send(datagram: Uint8Array): void;
  /** Bytes to be signed; the signature is given back with {@link GuestSession.signed}. At most once. */
  sign(bytes: Uint8Array): void;
  /** The handshake is complete: the guest's Finished was verified. At most once, before `opened`. */
  secured(): void;
  /** The hub channel is open. At most once. */
  opened(): void;
  /**
   * A text message on the hub channel, in UTF-8 if the guest follows the protocol. Only between
   * opened and ended. The array is the receiver's to keep.
   */
  text(message: Uint8Array): void;
  /** The guest has returned the eight bytes of a {@link GuestSession.probe}. A view. */
  reachable(nonce: Uint8Array): void;
  /** The session is over, for whatever reason; not called for the owner's own `close`. */
  ended(reason: string): void;
  /** The session is to be polled at the end of this turn of the event loop. */
  touched(): void;
  /** An internal error of the hub, which the hub has survived. */
  fault(error: unknown): void;
}

/** What all sessions share. */
export interface SessionParts {
  /** The hub's certificate, in DER. */
  readonly certificate: Uint8Array;
  readonly pool: ReceivePool;
  readonly setup: SetupPlane;
  /** The cryptography; that of `node:crypto` unless given. */
  readonly primitives?: DtlsPrimitives;
}

/** One guest's session. */
export class GuestSession implements Session {
  /** When the handshake began, in the owner's milliseconds. */
  readonly startedAt: number;
  readonly #parts: SessionParts;
  readonly #events: GuestEvents;
  readonly #dtls: DtlsAssociation;
  #sctp: SctpAssociation | undefined;
  /** The start of the hub's SCTP packets: ports and verification tag. */
  readonly #packetStart = new Uint8Array(8);
  #isProbing = false;
  #hubStream: number | undefined;
  #state: "handshake" | "open" | "ended" = "handshake";

  /**
   * @param firstMessageSeq message_seq of the verified ClientHello.
   * @param now milliseconds, on a clock that never runs backwards; the same in all methods.
   */
  constructor(parts: SessionParts, firstMessageSeq: number, now: number, events: GuestEvents) {
    this.startedAt = now;
    this.#parts = parts;
    this.#events = events;
    this.#dtls = new DtlsAssociation(parts.certificate, firstMessageSeq, parts.primitives);
  }

  /** Whether the DTLS handshake is complete. */
  get isSecured(): boolean {
    return this.#sctp !== undefined;
  }

  /** Whether the hub channel is open. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Whether the channel should have been open by now. */
  isOverdue(now: number): boolean {
    return this.#state === "handshake" && now - this.startedAt >= HANDSHAKE_TIMEOUT_MS;
  }

  /** Bytes that wait for the guest's acknowledgement, and those of its unfinished messages. */
  get heldBytes(): number {
    return this.#sctp?.heldBytes ?? 0;
  }

  /**
   * Takes one DTLS record of the guest. Never throws.
   *
   * @returns whether the record can be taken for the guest's own (see {@link DtlsAssociation}).
   */
  receive(record: DtlsRecord, now: number): boolean {
    if (this.#state === "ended") return false;
    const isOwn = this.#dtls.receive(record);
    this.#takeOutputs(now);
    return isOwn;
  }

  /** Takes the signature over what {@link GuestEvents.sign} gave out. */
  signed(signature: Uint8Array, now: number): void {
    this.#dtls.signed(signature, now);
    this.#takeOutputs(now);
  }

  /** When {@link poll} must be called next; Infinity for never. */
  get nextDeadline(): number {
    if (this.#state === "ended") return Infinity;
    return Math.min(this.#dtls.nextDeadline ?? Infinity, this.#sctp?.nextDeadline ?? Infinity);
  }

  /** Does what is due, and sends what there is to send. */
  poll(now: number): void {
    this.#takeOutputs(now);
    if (this.#state === "ended") return;
    this.#sctp?.poll(now, this.#sendPacket);
    this.#takeEvents();
  }

  /** Handles the outputs of DTLS. */
  #takeOutputs(now: number): void {
    for (const output of this.#dtls.poll(now)) {
      if (this.#state === "ended") return;
      switch (output.kind) {
        case "datagram":
          this.#events.send(output.datagram);
          break;
        case "data":
          this.#packet(output.payload, now);
          break;
        case "sign":
          this.#events.sign(output.bytes);
          break;
        case "connected":
          this.#sctp = new SctpAssociation(this.#parts.pool, this.#parts.setup);
          this.#events.secured();
          break;
        case "ended":
          if (output.fault !== undefined) this.#events.fault(output.fault);
          this.#end(output.reason);
      }
    }
  }

  /**
   * Sends a text, in UTF-8, on the hub channel. Before the channel is open, the text is dropped. So
   * is a text over 256 KiB: no browser announces that it accepts more. (A `from` frame is a few
   * bytes longer than the `to` frame that it answers, so the very largest are dropped here.) A guest
   * that does not read is ended.
   */
  send(text: Uint8Array): void {
    if (this.#state !== "open" || this.#sctp === undefined || this.#hubStream === undefined) return;
    if (text.length > MAX_MESSAGE_BYTES) return;
    if (!this.#sctp.send(this.#hubStream, PayloadProtocol.text, text)) {
      return this.#end("does not read what it is sent");
    }
    this.#events.touched();
  }

  /**
   * Asks the guest to return these eight bytes: see {@link GuestEvents.reachable}. The question is one
   * datagram, sent before this returns. Nothing is asked before the channel is open.
   */
  probe(nonce: Uint8Array): void {
    if (this.#state !== "open") return;
    this.#isProbing = true;
    this.#seal(encodePathProbe(this.#packetStart, nonce));
  }

  /** The guest is reached at another address than before. */
  pathChanged(now: number): void {
    this.#sctp?.pathChanged(now);
    this.#events.touched();
  }

  /** Ends the session. The guest sees its channel close at once. No more events are reported. */
  close(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#sctp?.close();
    this.#sctp?.poll(0, this.#sendPacket); // its goodbye
    const goodbye = this.#dtls.close();
    if (goodbye !== undefined) this.#events.send(goodbye);
  }

  /** Sends an SCTP packet to the guest. */
  #seal(packet: Uint8Array): void {
    const datagram = this.#dtls.seal(packet);
    if (datagram !== undefined) this.#events.send(datagram);
  }

  #packet(packet: Uint8Array, now: number): void {
    const nonce = this.#isProbing ? decodePathProbeAnswer(packet) : undefined;
    if (nonce !== undefined) {
      this.#isProbing = false;
      this.#events.reachable(nonce);
    }
    this.#sctp?.receive(packet, now);
    this.#takeEvents();
    this.#events.touched();
  }

  readonly #sendPacket = (packet: Uint8Array): void => {
    if (this.#state === "handshake") this.#packetStart.set(packet.subarray(0, 8));
    this.#seal(packet);
  };

  /** Handles the events of SCTP. */
  #takeEvents(): void {
    for (const event of this.#sctp?.takeEvents() ?? []) {
      if (this.#state === "ended") return;
      switch (event.kind) {
        case "message":
          this.#message(event.streamId, event.protocol, event.data);
          break;
        case "streams-reset":
          if (this.#hubStream === undefined) break;
          if (event.streams === "all" || event.streams.includes(this.#hubStream)) {
            this.#end("closed its channel");
          }
          break;
        case "ended":
          this.#end(event.reason);
      }
    }
  }

  #message(streamId: number, protocol: number, data: Uint8Array): void {
    if (protocol === PayloadProtocol.dcep) return this.#openChannel(streamId, data);
    if (streamId !== this.#hubStream || protocol !== PayloadProtocol.text) return;
    this.#events.text(data);
  }

  #openChannel(streamId: number, message: Uint8Array): void {
    const open = decodeDataChannelOpen(message);
    if (open === undefined || this.#sctp === undefined) return;
    this.#sctp.send(streamId, PayloadProtocol.dcep, DATA_CHANNEL_ACK);
    if (open.label !== HUB_CHANNEL || this.#hubStream !== undefined) return;
    this.#hubStream = streamId;
    this.#state = "open";
    this.#events.opened();
  }

  #end(reason: string): void {
    if (this.#state === "ended") return;
    this.close();
    this.#events.ended(reason);
  }
}
