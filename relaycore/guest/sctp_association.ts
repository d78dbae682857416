/**
 * One SCTP association with a guest (RFC 9260, RFC 8261), the hub being the passive side. werift
 * does the transport; this file bounds it, counts what it has not delivered yet, and gives whole
 * messages with their stream and payload protocol. It knows nothing of data channels above it nor
 * of DTLS below.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { RTCSctpTransport } from "werift";
import {
  MAX_MESSAGE_BYTES,
  MAX_MISORDERED_CHUNKS,
  MAX_REASSEMBLY_BYTES,
  MAX_STREAMS_PER_GUEST,
} from "../limits.ts";
import { asBuffer } from "./buffer_view.ts";
import { inspectSctpPacket } from "./sctp_gate.ts";

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
  readonly localTsn: number;
  readonly lastSackedTsn: number;
  readonly sackMisOrdered: ReadonlySet<number>;
  readonly onReceive: WeriftEvent<[streamId: number, payloadProtocol: number, data: Buffer]>;
  readonly onReconfigStreams: WeriftEvent<[streamIds: number[]]>;
  readonly stateChanged: { readonly closed: WeriftEvent<[]> };
  readonly flush: { asPromise: () => Promise<unknown> };
  onSackReceived: () => Promise<void>;
  handleData(packet: Buffer): Promise<void>;
  send(
    streamId: number,
    payloadProtocol: number,
    data: Buffer,
    options: { expiry?: number; maxRetransmits?: number; ordered: boolean },
  ): Promise<void>;
  stop(): Promise<void>;
}

interface WeriftEvent<Args extends unknown[]> {
  allUnsubscribe(): void;
  subscribe(listener: (...args: Args) => void): void;
}

/** Port of both ends, as in `a=sctp-port`. */
const SCTP_PORT = 5000;

const DONE = Promise.resolve();

/** One SCTP association. */
export class SctpAssociation {
  readonly #events: SctpEvents;
  readonly #sctp: WeriftSctp;
  readonly #streams = new Set<number>();
  /** Messages sent and not wholly acknowledged: their last TSN and their size, oldest first. */
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

    // Data channels are ours (see `dcep.ts` and `guest_session.ts`): werift's have no bounds.
    sctp.onReceive.allUnsubscribe();
    sctp.onReceive.subscribe((streamId, payloadProtocol, data) => {
      if (this.#state === "running") this.#events.message(streamId, payloadProtocol, data);
    });
    sctp.onReconfigStreams.allUnsubscribe();
    sctp.onReconfigStreams.subscribe((ids) => {
      if (this.#state === "running") this.#events.streamsReset(ids);
    });
    sctp.stateChanged.closed.subscribe(() => this.#end("closed by the guest"));
    sctp.onSackReceived = () => {
      this.#releaseAcknowledged();
      return DONE;
    };
    // `send` waits here until the whole queue is out. Nobody waits for it, and with many messages
    // queued their waiting would wake all of them at every acknowledgement.
    sctp.flush.asPromise = () => new Promise<never>(() => {});
    transport.setRemotePort(SCTP_PORT);
    transport.start(SCTP_PORT).catch(() => this.#end("SCTP could not start"));
  }

  /** Bytes of messages that were sent and are not acknowledged. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
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
    // werift announces a receive window and does not hold the guest to it.
    if (
      this.#sctp.advertisedRwnd < 0 ||
      this.#sctp.sackMisOrdered.size > MAX_MISORDERED_CHUNKS
    ) this.#end("more unfinished data than the window allows");
  }

  /** Queues one message, reliable and in order. */
  send(streamId: number, payloadProtocol: number, data: Uint8Array): void {
    if (this.#state !== "running") return;
    this.#sctp.send(streamId, payloadProtocol, asBuffer(data), {
      ordered: true,
    }).catch(() => this.#end("SCTP could not send"));
    this.#unacknowledged.push({ lastTsn: (this.#sctp.localTsn - 1) >>> 0, bytes: data.length });
    this.#bufferedBytes += data.length;
  }

  /** Aborts the association, so that the guest sees its channel close at once. */
  close(): void {
    if (this.#state !== "running") return;
    this.#state = "saying-goodbye";
    // The ABORT is sent before the first await inside; after it nothing is.
    this.#sctp.stop().catch(() => {});
    this.#state = "ended";
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
