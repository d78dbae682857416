/**
 * One DTLS association with a guest, the hub being the server (RFC 6347), from the verified
 * ClientHello to the last alert. Sans-IO: records and the time go in, datagrams, data and the next
 * deadline come out. `handshake.ts` handles the content of the handshake, and
 * `handshake_sequencer.ts` the order of its messages. This file numbers records, retransmits
 * flights, and decides which alerts and data to trust. It knows nothing of SCTP above it, nor of
 * sockets and addresses below.
 *
 * @module
 */

import { joined } from "../bytes.ts";
import { DTLS_RETRANSMISSION_MS, MAX_EARLY_RECORDS, MAX_FLIGHT_DATAGRAM_BYTES } from "../limits.ts";
import { reasonOf } from "../reason.ts";
import {
  AlertDescription,
  decodeAlert,
  fatalAlert,
  HandshakeError,
  warningAlert,
} from "./alert.ts";
import { type FlightRecord, ServerHandshake } from "./handshake.ts";
import { HandshakeSequencer } from "./handshake_sequencer.ts";
import {
  ContentType,
  decodeHandshakeFragments,
  type DtlsRecord,
  encodePlaintextRecord,
  HandshakeType,
} from "./record.ts";
import { type DtlsPrimitives, nodePrimitives } from "./primitives.ts";
import { ReplayWindow } from "./replay_window.ts";

/** What comes out of an association. */
export type DtlsOutput =
  /** A datagram for the guest. The array is the receiver's to keep. */
  | { readonly kind: "datagram"; readonly datagram: Uint8Array }
  /** Bytes to be signed: see {@link DtlsAssociation.signed}. At most once. */
  | { readonly kind: "sign"; readonly bytes: Uint8Array }
  /** The handshake is finished: data may be sent from now on. At most once. */
  | { readonly kind: "connected" }
  /** One decrypted application record. The array is the receiver's to keep. */
  | { readonly kind: "data"; readonly payload: Uint8Array }
  /**
   * The guest has said goodbye, or the handshake cannot succeed. At most once, and the last output.
   * `fault` is an error of the hub's own that was the cause, if there was one.
   */
  | { readonly kind: "ended"; readonly reason: string; readonly fault?: unknown };

/** The parts of a record that are needed to open it. */
type SealedRecord = Pick<DtlsRecord, "contentType" | "sequenceNumber" | "bytes">;

const NO_OUTPUTS: readonly DtlsOutput[] = [];

/** One DTLS association. */
export class DtlsAssociation {
  readonly #handshake: ServerHandshake;
  readonly #sequencer: HandshakeSequencer;
  readonly #opened = new ReplayWindow();
  /** Next record numbers by epoch; the HelloVerifyRequest had 0. */
  readonly #recordNumbers: [epoch0: number, epoch1: number] = [1, 0];
  /** Sealed records that came before the keys; unverified. */
  #early: SealedRecord[] = [];
  /** Data that came before the guest's Finished; opened. */
  #held: Uint8Array[] = [];
  /** The flight to retransmit if the guest does not continue. */
  #flight: readonly FlightRecord[] = [];
  /** When to repeat the flight, and after what pause. */
  #repetition: { readonly at: number; readonly pauseMs: number } | undefined;
  #state: "handshake" | "signing" | "open" | "ended" = "handshake";
  #outputs: DtlsOutput[] = [];

  /**
   * @param certificateDer the hub's certificate.
   * @param firstMessageSeq message_seq of the verified ClientHello.
   * @param primitives the cryptography; that of `node:crypto` unless given.
   */
  constructor(
    certificateDer: Uint8Array,
    firstMessageSeq: number,
    primitives: DtlsPrimitives = nodePrimitives,
  ) {
    this.#sequencer = new HandshakeSequencer(firstMessageSeq);
    this.#handshake = new ServerHandshake(certificateDer, primitives);
  }

  /** When {@link poll} must be called next; undefined for never. */
  get nextDeadline(): number | undefined {
    return this.#outputs.length > 0 ? -Infinity : this.#repetition?.at;
  }

  /**
   * Takes one record from the guest. Never throws.
   *
   * @returns whether the record counts as the guest's own. A sealed record (epoch 1) counts if it was
   *   opened with the guest's key for the first time. A plaintext record counts as long as the
   *   handshake is going on.
   */
  receive(record: DtlsRecord): boolean {
    // An open association ignores everything in plaintext, above all alerts.
    if (this.#state === "open") return record.epoch === 1 && this.#receiveSealed(record);
    if (this.#state === "ended" || record.epoch > 1) return false;
    if (record.epoch === 0) this.#receivePlaintext(record);
    else if (this.#handshake.cipher === undefined) {
      this.#keepEarly(record);
      return false;
    } else if (!this.#receiveSealed(record)) return false;
    this.#advance();
    return true;
  }

  /**
   * Takes the signature over the bytes of a `sign` output.
   *
   * @param signature ECDSA with SHA-256, in DER.
   */
  signed(signature: Uint8Array, now: number): void {
    if (this.#state !== "signing") return;
    this.#state = "handshake";
    this.#flight = this.#handshake.signed(signature);
    this.#sendFlight();
    this.#repeatAfter(DTLS_RETRANSMISSION_MS.first, now);
    this.#advance();
  }

  /** Does what is due. Returns all outputs since the last call, in order. */
  poll(now: number): readonly DtlsOutput[] {
    if (this.#repetition !== undefined && this.#repetition.at <= now) {
      this.#sendFlight();
      const pauseMs = 2 * this.#repetition.pauseMs;
      this.#repeatAfter(Math.min(pauseMs, DTLS_RETRANSMISSION_MS.max), now);
    }
    if (this.#outputs.length === 0) return NO_OUTPUTS;
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  /** Seals data into a datagram, which the caller may keep; undefined while there is no connection. */
  seal(payload: Uint8Array): Uint8Array | undefined {
    if (this.#state !== "open") return undefined;
    return this.#record(ContentType.applicationData, 1, payload);
  }

  /**
   * Ends the association; nothing comes out of it any more.
   *
   * @returns the datagram that tells the guest so, if there is a connection.
   */
  close(): Uint8Array | undefined {
    const goodbye = this.#state === "open" ? this.#goodbye() : undefined;
    this.#stop();
    this.#outputs = [];
    return goodbye;
  }

  // ── The handshake ─────────────────────────────────────────────────────────────────────────────

  /**
   * Takes a record of epoch 0. A ChangeCipherSpec is ignored: the epoch says the same. An alert in
   * plaintext could come from any host on the network, so it cannot end a handshake. After a
   * genuine alert the handshake ends by its timeout.
   */
  #receivePlaintext({ contentType, fragment }: DtlsRecord): void {
    if (contentType !== ContentType.handshake) return;
    for (const part of decodeHandshakeFragments(fragment) ?? []) this.#sequencer.push(part, false);
  }

  /**
   * Keeps a copy of a record until there are keys. Any host can send such records, so the latest
   * ones are kept.
   */
  #keepEarly({ contentType, sequenceNumber, bytes }: DtlsRecord): void {
    if (this.#early.length >= MAX_EARLY_RECORDS) this.#early.shift();
    this.#early.push({ contentType, sequenceNumber, bytes: bytes.slice() });
  }

  /** Handles the messages that are complete and next in sequence. */
  #advance(): void {
    while (this.#state === "handshake") {
      const message = this.#sequencer.take();
      if (message === undefined) return;
      this.#message(message);
      if (this.#handshake.cipher === undefined) continue;
      for (const record of this.#early.splice(0)) this.#receiveSealed(record);
    }
  }

  #message(message: Uint8Array): void {
    try {
      const step = this.#handshake.receive(message);
      if (step.kind === "sign") {
        this.#state = "signing";
        this.#outputs.push(step);
      } else if (step.kind === "finished") {
        this.#flight = step.flight;
        this.#sendFlight();
        this.#open();
      }
    } catch (error) {
      const isExpected = error instanceof HandshakeError;
      const description = isExpected ? error.description : AlertDescription.internalError;
      this.#send(this.#record(ContentType.alert, 0, fatalAlert(description)));
      this.#end(`handshake failed: ${reasonOf(error)}`, isExpected ? undefined : error);
    }
  }

  #open(): void {
    this.#state = "open";
    this.#repetition = undefined;
    this.#outputs.push({ kind: "connected" });
    for (const payload of this.#held.splice(0)) this.#outputs.push({ kind: "data", payload });
  }

  /** Sends the flight, in as few datagrams as it fits into. */
  #sendFlight(): void {
    let datagram: Uint8Array | undefined;
    for (const { contentType, epoch, fragment } of this.#flight) {
      const record = this.#record(contentType, epoch, fragment);
      if (datagram === undefined) datagram = record;
      else if (datagram.length + record.length <= MAX_FLIGHT_DATAGRAM_BYTES) {
        datagram = joined(datagram, record);
      } else {
        this.#send(datagram);
        datagram = record; // a record that is too large on its own is fragmented by IP
      }
    }
    if (datagram !== undefined) this.#send(datagram);
  }

  #repeatAfter(pauseMs: number, now: number): void {
    this.#repetition = { at: now + pauseMs, pauseMs };
  }

  // ── Sealed records ────────────────────────────────────────────────────────────────────────────

  /** @returns whether the guest sealed the record, and it has not been received before. */
  #receiveSealed({ contentType, sequenceNumber, bytes }: SealedRecord): boolean {
    if (this.#state === "ended" || !this.#opened.isFresh(sequenceNumber)) return false;
    let payload: Uint8Array;
    try {
      payload = this.#handshake.cipher!.open(bytes);
    } catch {
      return false; // as if it had been lost (RFC 6347 §4.1.2.7)
    }
    this.#opened.add(sequenceNumber);
    switch (contentType) {
      case ContentType.applicationData:
        this.#data(payload);
        break;
      case ContentType.handshake:
        this.#sealedHandshake(payload);
        break;
      case ContentType.alert:
        this.#alert(payload);
    }
    return true;
  }

  #data(payload: Uint8Array): void {
    if (this.#state === "open") this.#outputs.push({ kind: "data", payload });
    else if (this.#held.length < MAX_EARLY_RECORDS) this.#held.push(payload);
  }

  #sealedHandshake(payload: Uint8Array): void {
    for (const fragment of decodeHandshakeFragments(payload) ?? []) {
      if (this.#state !== "open") this.#sequencer.push(fragment, true);
      else if (fragment.fragmentOffset > 0) continue;
      // The guest repeats its Finished: ours was lost (RFC 6347 §4.2.4).
      else if (fragment.type === HandshakeType.finished) this.#sendFlight();
      else if (fragment.type === HandshakeType.clientHello) {
        const alert = warningAlert(AlertDescription.noRenegotiation);
        this.#send(this.#record(ContentType.alert, 1, alert));
      }
    }
  }

  #alert(payload: Uint8Array): void {
    const alert = decodeAlert(payload);
    if (alert === undefined) return;
    if (alert.isFatal) return this.#end(`alert ${alert.description} from the guest`);
    if (alert.description !== AlertDescription.closeNotify) return;
    // The other end says goodbye too (RFC 5246 §7.2.1).
    if (this.#state === "open") this.#send(this.#goodbye());
    this.#end("closed by the guest");
  }

  // ── Out ───────────────────────────────────────────────────────────────────────────────────────

  #send(datagram: Uint8Array): void {
    this.#outputs.push({ kind: "datagram", datagram });
  }

  #goodbye(): Uint8Array {
    return this.#record(ContentType.alert, 1, warningAlert(AlertDescription.closeNotify));
  }

  /** A record with a new number, even if its content was sent before. */
  #record(contentType: number, epoch: 0 | 1, fragment: Uint8Array): Uint8Array {
    const number = this.#recordNumbers[epoch]++;
    return epoch === 0
      ? encodePlaintextRecord(contentType, number, fragment)
      : this.#handshake.cipher!.seal(contentType, number, fragment);
  }

  #end(reason: string, fault?: unknown): void {
    if (this.#state === "ended") return;
    this.#stop();
    this.#outputs.push({ kind: "ended", reason, fault });
  }

  #stop(): void {
    this.#state = "ended";
    this.#handshake.close();
    this.#repetition = undefined;
    this.#early = [];
    this.#held = [];
  }
}
