/**
 * One SCTP association with a guest (RFC 9260, RFC 8261), the hub being the passive side. werift
 * sets it up and sends; receiving is ours (see `sctp_inbound.ts`). This file holds both together,
 * bounds them, counts what is not delivered yet, and gives whole messages with their stream and
 * payload protocol. It knows nothing of data channels above it nor of DTLS below.
 *
 * What werift (0.25.2) does that is kept from it:
 * - an INIT in an open association, such as a repeated one that was late, makes it count TSNs from
 *   the start again, and nothing goes through any more;
 * - chunks after an ABORT are worked off: a COOKIE-ECHO there wakes the association up again, which
 *   then sends heartbeats for ever;
 * - a SACK may acknowledge what was never sent, and then all that is sent later.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { RTCSctpTransport } from "werift";
import {
  BUFFERED_MESSAGE_OVERHEAD_BYTES,
  MAX_BUFFERED_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_REASSEMBLY_BYTES,
  MAX_STREAMS_PER_GUEST,
  SCTP_RTO_MS,
} from "../limits.ts";
import { asBuffer } from "./buffer_view.ts";
import { type DataChunk, InboundData, type InboundMessage } from "./inbound.ts";
import { Chunk, inspectSctpPacket } from "./gate.ts";

/** What the association tells its owner. None of these may throw. */
export interface SctpEvents {
  /** A packet for the guest. The array is the receiver's to keep. */
  send(packet: Uint8Array): void;
  /** A whole message. The array is the receiver's to keep. */
  message(streamId: number, payloadProtocol: number, data: Uint8Array): void;
  /** The guest has reset these streams: their data channels are closed (RFC 8831 §6.7). */
  streamsReset(streamIds: readonly number[]): void;
  /** The guest has ended the association, or has left its bounds. At most once. */
  ended(reason: string): void;
}

/** The part of werift's SCTP class that is used here; it declares most of it private. */
interface WeriftSctp {
  advertisedRwnd: number;
  readonly associationState: number;
  readonly localTsn: number;
  readonly lastSackedTsn: number;
  /** Chunks that have a TSN and were not sent yet. */
  readonly outboundQueue: readonly { readonly tsn: number }[];
  sackNeeded: boolean;
  sackImmediate: boolean;
  /** Retransmission timeout, seconds. */
  rto: number;
  /** Takes a measured round trip, seconds. */
  updateRto: (roundTrip: number) => void;
  /** Sent and not yet acknowledged by the cumulative TSN. */
  readonly sentQueue: readonly { readonly acked: boolean; retransmit: boolean }[];
  timer3Expired: () => void;
  readonly onReceive: WeriftEvent<[streamId: number, payloadProtocol: number, data: Buffer]>;
  readonly onReconfigStreams: WeriftEvent<[streamIds: number[]]>;
  readonly stateChanged: { readonly closed: WeriftEvent<[]> };
  readonly flush: { asPromise: () => Promise<unknown> };
  onSackReceived: () => Promise<void>;
  handleData(packet: Buffer): Promise<void>;
  receiveChunk(chunk: WeriftChunk): Promise<void>;
  receiveDataChunk(chunk: WeriftChunk & DataChunk): void;
  receiveForwardTsnChunk(chunk: WeriftChunk & { readonly cumulativeTsn: number }): void;
  sendSack(): Promise<void>;
  /** Of a chunk only its bytes are used. */
  sendChunk(chunk: { readonly bytes: Buffer }): Promise<void>;
  send(
    streamId: number,
    payloadProtocol: number,
    data: Buffer,
    options: { expiry?: number; maxRetransmits?: number; ordered: boolean },
  ): Promise<void>;
  stop(): Promise<void>;
}

interface WeriftChunk {
  readonly type: number;
}

type WeriftInit = WeriftChunk & { readonly initialTsn: number };

type WeriftSack = WeriftChunk & {
  readonly cumulativeTsn: number;
  readonly gaps: readonly (readonly [first: number, last: number])[];
};

interface WeriftEvent<Args extends unknown[]> {
  allUnsubscribe(): void;
  subscribe(listener: (...args: Args) => void): void;
}

/** Port of both ends, as in `a=sctp-port`. */
const SCTP_PORT = 5000;

/** werift's number for an association that is set up. */
const ESTABLISHED = 4;

const DONE = Promise.resolve();

/** One SCTP association. */
export class SctpAssociation {
  readonly #events: SctpEvents;
  readonly #sctp: WeriftSctp;
  readonly #streams = new Set<number>();
  /** From the guest's INIT on. */
  #inbound: InboundData | undefined;
  /** Messages sent and not wholly acknowledged: their last TSN and what they count for, oldest first. */
  readonly #unacknowledged: { lastTsn: number; bytes: number }[] = [];
  #bufferedBytes = 0;
  #state: "running" | "saying-goodbye" | "ended" = "running";

  constructor(events: SctpEvents) {
    this.#events = events;
    const transport = new RTCSctpTransport(SCTP_PORT, MAX_MESSAGE_BYTES);
    const lower = {
      id: "hub",
      iceTransport: { role: "controlled" },
      onStateChange: { subscribe: () => ({ unSubscribe: () => {} }) },
      dataReceiver: (_packet: Buffer): void => {},
      sendData: (packet: Buffer): Promise<void> => {
        if (this.#state !== "ended") this.#events.send(packet);
        return DONE;
      },
    };
    // werift asks for its whole DTLS transport class; the members above are all it uses.
    transport.setDtlsTransport(
      lower as unknown as Parameters<RTCSctpTransport["setDtlsTransport"]>[0],
    );
    const sctp = transport.sctp as unknown as WeriftSctp;
    this.#sctp = sctp;
    sctp.advertisedRwnd = MAX_REASSEMBLY_BYTES;
    retransmitSooner(sctp);

    // Data channels are ours (see `dcep.ts` and `guest_session.ts`): werift's have no bounds.
    sctp.onReceive.allUnsubscribe();
    sctp.onReconfigStreams.allUnsubscribe();
    sctp.onReconfigStreams.subscribe((ids) => {
      if (this.#state === "running") this.#events.streamsReset(ids);
    });
    sctp.stateChanged.closed.subscribe(() => this.#end("closed by the guest"));
    sctp.onSackReceived = () => {
      this.#releaseAcknowledged();
      return DONE;
    };
    const receiveChunk = sctp.receiveChunk.bind(sctp);
    sctp.receiveChunk = (chunk) => this.#mayReceive(chunk) ? receiveChunk(chunk) : DONE;
    sctp.receiveDataChunk = (chunk) =>
      this.#receiveData((inbound, deliver) => inbound.receive(chunk, deliver));
    sctp.receiveForwardTsnChunk = ({ cumulativeTsn }) =>
      this.#receiveData((inbound, deliver) => inbound.forward(cumulativeTsn, deliver));
    sctp.sendSack = () => this.#sendSack();
    // `send` waits here until the whole queue is out. Nobody waits for it, and with many messages
    // queued their waiting would wake all of them at every acknowledgement.
    sctp.flush.asPromise = () => new Promise<never>(() => {});
    transport.setRemotePort(SCTP_PORT);
    transport.start(SCTP_PORT).catch(() => this.#end("SCTP could not start"));
  }

  /** Takes one packet of the guest. Never throws; what cannot be right is dropped. */
  receive(packet: Uint8Array): void {
    if (this.#state !== "running") return;
    const summary = inspectSctpPacket(packet);
    if (summary === undefined) return;
    for (const streamId of summary.dataStreamIds) this.#streams.add(streamId);
    if (this.#streams.size > MAX_STREAMS_PER_GUEST) return this.#end("too many streams");
    this.#sctp.handleData(asBuffer(packet)).then(
      // werift acknowledges a SHUTDOWN, and then waits for a state that it never gets into.
      () => summary.hasShutdown && this.#end("closed by the guest"),
      () => {}, // It could not make sense of the packet: as if it had been lost.
    );
  }

  /** Queues one message, reliable and in order. Ends the association if too many are waiting. */
  send(streamId: number, payloadProtocol: number, data: Uint8Array): void {
    if (this.#state !== "running") return;
    const bytes = data.length + BUFFERED_MESSAGE_OVERHEAD_BYTES;
    if (this.#bufferedBytes + bytes > MAX_BUFFERED_BYTES) {
      return this.#end("does not read what it is sent");
    }
    this.#sctp.send(streamId, payloadProtocol, asBuffer(data), {
      ordered: true,
    }).catch(() => this.#end("SCTP could not send"));
    this.#unacknowledged.push({ lastTsn: (this.#sctp.localTsn - 1) >>> 0, bytes });
    this.#bufferedBytes += bytes;
  }

  /** Aborts the association, so that the guest sees its channel close at once. */
  close(): void {
    if (this.#state !== "running") return;
    this.#state = "saying-goodbye";
    // The ABORT is sent before the first await inside; after it nothing is.
    this.#sctp.stop().catch(() => {});
    this.#state = "ended";
  }

  /** Whether werift may see a chunk, after what has become of those before it. */
  #mayReceive(chunk: WeriftChunk): boolean {
    if (this.#state !== "running") return false;
    switch (chunk.type) {
      case Chunk.init:
        // In an open association it can only be a late repetition (RFC 9260 §5.2.2): a guest that
        // starts anew does so with a new handshake.
        if (this.#sctp.associationState === ESTABLISHED) return false;
        this.#inbound = new InboundData((chunk as WeriftInit).initialTsn);
        return true;
      case Chunk.sack:
        return this.#isPossible(chunk as WeriftSack);
      default:
        return true;
    }
  }

  /** Whether all that a SACK acknowledges was sent, and nothing is taken back. */
  #isPossible({ cumulativeTsn, gaps }: WeriftSack): boolean {
    const { localTsn, lastSackedTsn, outboundQueue } = this.#sctp;
    const lastSent = (outboundQueue.length > 0 ? outboundQueue[0].tsn : localTsn) - 1;
    const inFlight = (lastSent - cumulativeTsn) | 0; // serial arithmetic (RFC 9260 §1.6)
    if (inFlight < 0 || ((cumulativeTsn - lastSackedTsn) | 0) < 0) return false;
    return gaps.every(([, last]) => last <= inFlight);
  }

  #receiveData(
    take: (inbound: InboundData, deliver: (message: InboundMessage) => void) => boolean,
  ): void {
    if (this.#inbound === undefined) return;
    const fits = take(this.#inbound, ({ streamId, protocol, data }) => {
      if (this.#state === "running") this.#events.message(streamId, protocol, data);
    });
    if (!fits) return this.#end("sent a message over 256 KiB");
    this.#sctp.sackNeeded = this.#sctp.sackImmediate = true;
  }

  #sendSack(): Promise<void> {
    this.#sctp.sackNeeded = this.#sctp.sackImmediate = false;
    if (this.#state !== "running" || this.#inbound === undefined) return DONE;
    return this.#sctp.sendChunk({ bytes: asBuffer(this.#inbound.takeSack()) });
  }

  #releaseAcknowledged(): void {
    const acknowledged = this.#sctp.lastSackedTsn;
    let released = 0;
    for (const { lastTsn, bytes } of this.#unacknowledged) {
      // Serial number arithmetic on 32 bits (RFC 9260 §1.6).
      if (((acknowledged - lastTsn) | 0) < 0) break;
      this.#bufferedBytes -= bytes;
      released++;
    }
    if (released > 0) this.#unacknowledged.splice(0, released);
  }

  #end(reason: string): void {
    if (this.#state !== "running") return;
    this.close();
    this.#events.ended(reason);
  }
}

/**
 * werift waits three seconds before it sends a lost first message again and a second for any other,
 * and then sends what the guest has already acknowledged as well: on bad Wi-Fi that is the time that
 * a join takes. Bounds of RFC 9260 §16, but for a LAN.
 */
function retransmitSooner(sctp: WeriftSctp): void {
  sctp.rto = SCTP_RTO_MS.initial / 1000;
  let smoothed: number | undefined, variation = 0;
  sctp.updateRto = (roundTrip) => {
    // RFC 9260 §6.3.1; werift does the same, but with its own bounds inside.
    variation = smoothed === undefined
      ? roundTrip / 2
      : variation + (Math.abs(smoothed - roundTrip) - variation) / 4;
    smoothed = smoothed === undefined ? roundTrip : smoothed + (roundTrip - smoothed) / 8;
    const ms = 1000 * (smoothed + 4 * variation);
    sctp.rto = Math.min(Math.max(ms, SCTP_RTO_MS.min), SCTP_RTO_MS.max) / 1000;
  };
  const { timer3Expired } = sctp;
  sctp.timer3Expired = () => {
    timer3Expired();
    // It has sent the first chunk so far, which is one that is missing.
    for (const chunk of sctp.sentQueue) if (chunk.acked) chunk.retransmit = false;
  };
}
