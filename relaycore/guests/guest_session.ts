/**
 * One guest, from its verified ClientHello to its goodbye: DTLS, SCTP in it, the `hub` data channel
 * in that. Datagrams in, datagrams and text messages out. It does not know what the messages mean.
 *
 * @module
 */

import { HANDSHAKE_TIMEOUT_MS, MAX_MESSAGE_BYTES } from "../limits.ts";
import { DATA_CHANNEL_ACK, decodeDataChannelOpen, PayloadProtocol } from "./dcep.ts";
import { DtlsAssociation } from "../dtls/association.ts";
import type { DtlsRecord } from "../dtls/record.ts";
import { SctpAssociation } from "../sctp/association.ts";

/** The label of the one channel that the hub speaks on. */
const HUB_CHANNEL = "hub";

/** What a session tells its owner. None of these may throw. */
export interface GuestEvents {
  /** A datagram for the guest's present address. The array is the receiver's to keep. */
  send(datagram: Uint8Array): void;
  /** Bytes to be signed; the signature is given back with {@link GuestSession.signed}. At most once. */
  sign(bytes: Uint8Array): void;
  /** The hub channel is open. At most once. */
  opened(): void;
  /** A text message on the hub channel. Only between opened and ended. */
  text(message: string): void;
  /** The session is over, for whatever reason; not called for the owner's own `close`. */
  ended(reason: string): void;
  /** An error of the hub's own, which it has survived. */
  fault(error: unknown): void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One guest's session. */
export class GuestSession {
  /** When the handshake began, in the owner's milliseconds. */
  readonly startedAt: number;
  readonly #events: GuestEvents;
  readonly #dtls: DtlsAssociation;
  #sctp: SctpAssociation | undefined;
  #hubStream: number | undefined;
  #state: "handshake" | "open" | "ended" = "handshake";

  /**
   * @param certificateDer the hub's certificate.
   * @param firstMessageSeq message_seq of the verified ClientHello.
   * @param now milliseconds, on a clock that never runs backwards; the same in all methods.
   */
  constructor(
    certificateDer: Uint8Array,
    firstMessageSeq: number,
    now: number,
    events: GuestEvents,
  ) {
    this.startedAt = now;
    this.#events = events;
    this.#dtls = new DtlsAssociation(certificateDer, firstMessageSeq);
  }

  /** Whether the hub channel is open. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Whether the channel should have been open by now. */
  isOverdue(now: number): boolean {
    return this.#state === "handshake" && now - this.startedAt >= HANDSHAKE_TIMEOUT_MS;
  }

  /**
   * Takes one DTLS record of the guest. Never throws.
   *
   * @returns whether the record can be taken for the guest's own (see {@link DtlsAssociation}).
   */
  receive(record: DtlsRecord, now: number): boolean {
    if (this.#state === "ended") return false;
    const isOwn = this.#dtls.receive(record);
    this.poll(now);
    return isOwn;
  }

  /** Takes the signature over what {@link GuestEvents.sign} gave out. */
  signed(signature: Uint8Array, now: number): void {
    this.#dtls.signed(signature, now);
    this.poll(now);
  }

  /** When {@link poll} has something to do next; Infinity for never. */
  get nextDeadline(): number {
    return this.#dtls.nextDeadline ?? Infinity;
  }

  /** Does what is due. */
  poll(now: number): void {
    for (const output of this.#dtls.poll(now)) {
      if (this.#state === "ended") return;
      switch (output.kind) {
        case "datagram":
          this.#events.send(output.datagram);
          break;
        case "data":
          this.#sctp?.receive(output.payload);
          break;
        case "sign":
          this.#events.sign(output.bytes);
          break;
        case "connected":
          this.#connected();
          break;
        case "ended":
          if (output.fault !== undefined) this.#events.fault(output.fault);
          this.#end(output.reason);
      }
    }
  }

  /**
   * Sends a text on the hub channel; nothing before it is open. A text over 256 KiB is dropped: no
   * browser has said that it takes more (a `from` is a few bytes longer than the `to` it answers,
   * so the very largest of these end here). A guest that does not drain is ended.
   */
  send(text: string): void {
    if (this.#state !== "open" || this.#sctp === undefined || this.#hubStream === undefined) return;
    const bytes = encoder.encode(text);
    if (bytes.length > MAX_MESSAGE_BYTES) return;
    this.#sctp.send(this.#hubStream, PayloadProtocol.text, bytes);
  }

  /** Ends the session; the guest sees its channel close at once. Nothing is reported any more. */
  close(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#sctp?.close();
    const goodbye = this.#dtls.close();
    if (goodbye !== undefined) this.#events.send(goodbye);
  }

  #connected(): void {
    this.#sctp = new SctpAssociation({
      send: (packet) => {
        const datagram = this.#dtls.seal(packet);
        if (datagram !== undefined) this.#events.send(datagram);
      },
      message: (streamId, protocol, data) => this.#message(streamId, protocol, data),
      streamsReset: (ids) => {
        if (this.#hubStream !== undefined && ids.includes(this.#hubStream)) {
          this.#end("closed its channel");
        }
      },
      ended: (reason) => this.#end(reason),
    });
  }

  #message(streamId: number, protocol: number, data: Uint8Array): void {
    if (protocol === PayloadProtocol.dcep) return this.#openChannel(streamId, data);
    if (streamId !== this.#hubStream || protocol !== PayloadProtocol.text) return;
    this.#events.text(decoder.decode(data));
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
