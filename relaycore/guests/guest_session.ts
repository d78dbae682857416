/**
 * One guest, from its verified ClientHello to its goodbye: DTLS, SCTP in it, the `hub` data channel
 * in that. Records in, datagrams and text messages out. It does not know what the messages mean, and
 * has no clock: it is polled.
 *
 * @module
 */

import { HANDSHAKE_TIMEOUT_MS, MAX_MESSAGE_BYTES } from "../limits.ts";
import { DATA_CHANNEL_ACK, decodeDataChannelOpen, PayloadProtocol } from "./dcep.ts";
import { DtlsAssociation, type DtlsCertificate } from "../dtls/association.ts";
import type { DtlsRecord } from "../dtls/record.ts";
import { SctpAssociation } from "../sctp/association.ts";
import type { ReceivePool } from "../sctp/receive_pool.ts";
import type { Polled } from "./wakeups.ts";

/** The label of the one channel that the hub speaks on. */
const HUB_CHANNEL = "hub";

/** What a session tells its owner. None of these may throw. */
export interface GuestEvents {
  /** A datagram for the guest's present address. The array is the receiver's to keep. */
  send(datagram: Uint8Array): void;
  /** The hub channel is open. At most once. */
  opened(): void;
  /** A text message on the hub channel, in UTF-8 if the guest keeps to that. Only between opened and
   * ended. The array is the receiver's to keep. */
  text(message: Uint8Array): void;
  /** The session is over, for whatever reason; not called for the owner's own `close`. */
  ended(reason: string): void;
}

/** What a session shares with all others. */
export interface SessionParts {
  readonly certificate: DtlsCertificate;
  readonly pool: ReceivePool;
  /** Lets the session be polled at the end of this turn of the event loop. */
  touch(session: Polled): void;
}

/** One guest's session. */
export class GuestSession implements Polled {
  /** When the handshake began, in the owner's milliseconds. */
  readonly startedAt: number;
  readonly #parts: SessionParts;
  readonly #events: GuestEvents;
  readonly #dtls: DtlsAssociation;
  #sctp: SctpAssociation | undefined;
  #hubStream: number | undefined;
  #state: "handshake" | "open" | "ended" = "handshake";
  #now: number;

  /**
   * @param firstMessageSeq message_seq of the verified ClientHello.
   * @param now milliseconds on a clock that never jumps, as everywhere here.
   */
  constructor(parts: SessionParts, firstMessageSeq: number, now: number, events: GuestEvents) {
    this.startedAt = this.#now = now;
    this.#parts = parts;
    this.#events = events;
    this.#dtls = new DtlsAssociation(parts.certificate, firstMessageSeq, {
      send: (datagram) => events.send(datagram),
      connected: () => this.#connected(),
      data: (payload) => this.#receivePacket(payload),
      ended: (reason) => this.#end(reason),
    });
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
    this.#now = now;
    return this.#state !== "ended" && this.#dtls.receive(record);
  }

  /**
   * Sends a text, in UTF-8, on the hub channel; nothing before it is open. A text over 256 KiB is
   * dropped: no browser has said that it takes more (a `from` is a few bytes longer than the `to` it
   * answers, so the very largest of these end here). A guest that does not drain is ended.
   */
  send(text: Uint8Array): void {
    if (this.#state !== "open" || this.#sctp === undefined || this.#hubStream === undefined) return;
    if (text.length > MAX_MESSAGE_BYTES) return;
    if (!this.#sctp.send(this.#hubStream, PayloadProtocol.text, text)) {
      return this.#end("does not read what it is sent");
    }
    this.#parts.touch(this);
  }

  /** When {@link poll} is to be called: at once if it lies in the past. */
  get nextDeadline(): number | undefined {
    return this.#state === "ended" ? undefined : this.#sctp?.nextDeadline;
  }

  /** Does what is due, and sends what is waiting. */
  poll(now: number): void {
    this.#now = now;
    if (this.#state !== "ended") this.#flush();
  }

  /** Ends the session; the guest sees its channel close at once. Nothing is reported any more. */
  close(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#sctp?.close();
    this.#sctp?.poll(this.#now, (packet) => this.#dtls.send(packet)); // the goodbye
    this.#dtls.close();
  }

  #connected(): void {
    this.#sctp = new SctpAssociation(this.#parts.pool);
  }

  #receivePacket(packet: Uint8Array): void {
    this.#sctp?.receive(packet, this.#now);
    this.#takeEvents();
    if (this.#state !== "ended") this.#parts.touch(this);
  }

  #flush(): void {
    this.#sctp?.poll(this.#now, (packet) => this.#dtls.send(packet));
    this.#takeEvents();
  }

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
