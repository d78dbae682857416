/**
 * One DTLS association with a guest, the hub being the server (RFC 6347): records in and out, from
 * the verified ClientHello to the last alert. What the handshake says is `dtls_handshake.ts`'s, in
 * which order its messages are taken `handshake_sequencer.ts`'s; this file has the record numbers,
 * the flights' repetition, and what of alerts and data can be believed. It knows nothing of SCTP
 * above it nor of sockets and addresses below.
 *
 * @module
 */

import { DTLS_RETRANSMISSION_MS, MAX_FLIGHT_DATAGRAM_BYTES } from "../limits.ts";
import { reasonOf } from "../reason.ts";
import { credentialsOf, type DtlsCertificate } from "./credentials.ts";
import { type FlightRecord, ServerHandshake } from "./handshake.ts";
import {
  ContentType,
  type DtlsRecord,
  encodePlaintextRecord,
  HANDSHAKE_HEADER_LENGTH,
  RECORD_HEADER_LENGTH,
} from "./record.ts";
import { ReplayWindow } from "./replay_window.ts";
import { HandshakeSequencer } from "./handshake_sequencer.ts";
import { ServerMessage } from "./server_messages.ts";

export type { DtlsCertificate } from "./credentials.ts";

/** What the association tells its owner. None of these may throw. */
export interface DtlsEvents {
  /** A datagram for the guest. The array is the receiver's to keep. */
  send(datagram: Uint8Array): void;
  /** The handshake is finished: data may be sent from now on. At most once. */
  connected(): void;
  /** One decrypted application record. The array is the receiver's to keep. */
  data(payload: Uint8Array): void;
  /** The guest has said goodbye, or the handshake cannot succeed. At most once. */
  ended(reason: string): void;
}

/** Alert levels and descriptions (RFC 5246 §7.2). */
const CLOSE_NOTIFY = new Uint8Array([1, 0]);
const HANDSHAKE_FAILURE = new Uint8Array([2, 40]);
const FATAL = 2;

/** One DTLS association. */
export class DtlsAssociation {
  readonly #events: DtlsEvents;
  readonly #handshake: ServerHandshake;
  readonly #sequencer: HandshakeSequencer;
  readonly #opened = new ReplayWindow();
  /** Next record numbers by epoch; the HelloVerifyRequest had 0. */
  readonly #recordNumbers: [epoch0: number, epoch1: number] = [1, 0];
  /** What to say again if the guest does not go on. */
  #flight: readonly FlightRecord[] = [];
  #repetition: ReturnType<typeof setTimeout> | undefined;
  #state: "handshake" | "open" | "ended" = "handshake";

  /**
   * @param firstMessageSeq message_seq of the verified ClientHello.
   */
  constructor(certificate: DtlsCertificate, firstMessageSeq: number, events: DtlsEvents) {
    this.#events = events;
    this.#sequencer = new HandshakeSequencer(firstMessageSeq);
    this.#handshake = new ServerHandshake(credentialsOf(certificate));
  }

  /**
   * Takes one record from the guest. Never throws.
   *
   * @returns whether the record can be taken for the guest's own: it opened with the guest's key for
   *   the first time, or there is no key yet.
   */
  receive(record: DtlsRecord): boolean {
    if (this.#state === "ended") return false;
    try {
      if (record.epoch === 0) {
        // In an open association nothing in plaintext means anything, least of all an alert.
        if (this.#state === "open") return false;
      } else if (record.epoch !== 1) return false;
      else if (record.contentType !== ContentType.handshake) {
        this.#protected(record);
        return true;
      }
      for (const { record: bytes, kind } of this.#sequencer.push(record)) {
        if (kind === "handshake") this.#message(bytes.subarray(RECORD_HEADER_LENGTH));
        else this.#finished(bytes);
      }
      return true;
    } catch {
      // Undecodable, or not sealed by the guest: as if it had been lost (RFC 6347 §4.1.2.7).
      return false;
    }
  }

  /** Seals and sends application data; silently nothing before {@link DtlsEvents.connected}. */
  send(payload: Uint8Array): void {
    if (this.#state === "open") {
      this.#events.send(this.#record(ContentType.applicationData, 1, payload));
    }
  }

  /** Tells the guest that the association is over, and ends it. {@link DtlsEvents.ended} is not called. */
  close(): void {
    if (this.#state === "open") {
      this.#events.send(this.#record(ContentType.alert, 1, CLOSE_NOTIFY));
    }
    this.#stop();
  }

  /** A message of the guest, whole and in order. */
  #message(message: Uint8Array): void {
    if (this.#state === "ended") return;
    let flight: readonly FlightRecord[] | undefined;
    try {
      flight = this.#handshake.receive(message);
    } catch (error) {
      this.#events.send(this.#record(ContentType.alert, 0, HANDSHAKE_FAILURE));
      return this.#end(`handshake failed: ${reasonOf(error)}`);
    }
    if (flight === undefined) return;
    this.#flight = flight;
    this.#sendFlight();
  }

  /** An encrypted handshake record: a Finished, since nothing else has a place here. */
  #finished(record: Uint8Array): void {
    const message = this.#open(record);
    // A ClientHello would start a renegotiation, which there is none of.
    if (message[0] !== ServerMessage.finished || message.length < HANDSHAKE_HEADER_LENGTH) return;
    // Said again: ours was lost (RFC 6347 §4.2.4).
    if (this.#state === "open") return this.#sendFlight();
    this.#message(message);
    if ((this.#state as string) === "ended") return;
    clearTimeout(this.#repetition);
    this.#state = "open";
    this.#events.connected();
  }

  /** Sends the flight, in as few datagrams as it fits into, and again until the guest goes on. */
  #sendFlight(pauseMs: number = DTLS_RETRANSMISSION_MS.first): void {
    clearTimeout(this.#repetition);
    for (const datagram of packed(this.#flight.map((record) => this.#recordOf(record)))) {
      this.#events.send(datagram);
    }
    // The last flight is repeated only if the guest repeats its own.
    if (this.#flight.some(({ epoch }) => epoch === 1)) return;
    const nextMs = Math.min(2 * pauseMs, DTLS_RETRANSMISSION_MS.max);
    this.#repetition = setTimeout(() => this.#sendFlight(nextMs), pauseMs);
  }

  #recordOf({ contentType, epoch, fragment }: FlightRecord): Uint8Array {
    return this.#record(contentType, epoch, fragment);
  }

  /** A record with a number of its own, also if it was sent before. */
  #record(contentType: number, epoch: 0 | 1, fragment: Uint8Array): Uint8Array {
    const number = this.#recordNumbers[epoch]++;
    return epoch === 0
      ? encodePlaintextRecord(contentType, number, fragment)
      : this.#handshake.cipher!.seal(contentType, number, fragment);
  }

  #protected(record: DtlsRecord): void {
    const payload = this.#open(record.bytes);
    if (record.contentType === ContentType.applicationData) {
      if (this.#state === "open") this.#events.data(payload);
    } else if (record.contentType === ContentType.alert && payload.length >= 2) {
      if (payload[0] === FATAL) this.#end(`alert ${payload[1]} from the guest`);
      else if (payload[1] === CLOSE_NOTIFY[1]) this.#end("closed by the guest");
    }
  }

  /** Decrypts a record of epoch 1; throws if it was not sealed by the guest, or comes again. */
  #open(bytes: Uint8Array): Uint8Array {
    const { cipher } = this.#handshake;
    if (cipher === undefined) throw new Error("no keys yet");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const sequenceNumber = view.getUint16(5) * 2 ** 32 + view.getUint32(7);
    if (!this.#opened.isFresh(sequenceNumber)) throw new Error("a replayed record");
    const payload = cipher.open({ bytes, fragment: bytes.subarray(RECORD_HEADER_LENGTH) });
    this.#opened.add(sequenceNumber);
    return payload;
  }

  #end(reason: string): void {
    if (this.#state === "ended") return;
    this.#stop();
    this.#events.ended(reason);
  }

  #stop(): void {
    clearTimeout(this.#repetition);
    this.#state = "ended";
  }
}

/** Records in datagrams, each as full as may be. One that is too large alone is left to IP. */
function packed(records: readonly Uint8Array[]): Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  for (const record of records) {
    const last = datagrams.at(-1);
    if (last === undefined || last.length + record.length > MAX_FLIGHT_DATAGRAM_BYTES) {
      datagrams.push(record);
      continue;
    }
    const longer = new Uint8Array(last.length + record.length);
    longer.set(last);
    longer.set(record, last.length);
    datagrams[datagrams.length - 1] = longer;
  }
  return datagrams;
}
