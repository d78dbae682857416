/**
 * One DTLS association with a guest, the hub being the server (RFC 6347). werift makes the handshake
 * and the keys; this file feeds it only what it can digest and seals and opens records with its
 * cipher. It knows nothing of SCTP above it nor of sockets and addresses below.
 *
 * What werift (0.25.2) leaves to us, and why it is done here:
 * - the cookie exchange (see `hello_verifier.ts`): it is shown a finished one;
 * - the order of messages (see `handshake_sequencer.ts`);
 * - record numbers after the handshake: it starts again from 1 under the same key, so that the
 *   number of its own Finished comes up a second time, which repeats an AES-GCM nonce and makes the
 *   guest drop a record as replayed;
 * - alerts: it takes a plaintext alert, which anybody can send, for the guest's own;
 * - renegotiation: it would start one on any ClientHello in an open association.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { DtlsServer } from "werift";
import { reasonOf } from "../reason.ts";
import { asBuffer } from "./buffer_view.ts";
import { decodeClientHelloStart, withoutCookie } from "./client_hello.ts";
import {
  ContentType,
  DTLS_1_2,
  type DtlsRecord,
  encodeHandshakeRecord,
  HANDSHAKE_HEADER_LENGTH,
  HandshakeType,
  RECORD_HEADER_LENGTH,
} from "./dtls_record.ts";
import { HandshakeSequencer } from "./handshake_sequencer.ts";

/** A record as werift's cipher takes it: a class, of which it reads two members only. */
type WeriftRecord = Parameters<DtlsServer["cipher"]["decryptPacket"]>[0];

/** What the association needs of the identity. */
export interface DtlsCertificate {
  readonly certPem: string;
  /** PKCS#8. */
  readonly keyPem: string;
}

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

/** RFC 8446 §4.2.3 numbers, as werift names them: ECDSA with SHA-256, the certificate being P-256. */
const ECDSA_SHA256 = { hash: 4, signature: 3 } as const;

/** SRTP profiles (RFC 5764 §4.1.2, RFC 7714 §14.2): browsers end the handshake if none is chosen. */
const AEAD_AES_128_GCM = 7;
const AES128_CM_HMAC_SHA1_80 = 1;

/** Handshake type of the last message of a flight, the only encrypted one (RFC 5246 §7.4.9). */
const FINISHED = 20;

/** Alert levels and descriptions (RFC 5246 §7.2). */
const CLOSE_NOTIFY = new Uint8Array([1, 0]);
const FATAL = 2;

/**
 * The first number of our records in epoch 1. werift's Finished has the number of records sent
 * before it, below ten and never more, since repetitions are the same bytes.
 */
const FIRST_RECORD_NUMBER = 64;

/** A flight beyond the last: werift's retransmission loops stop when they see it. */
const NO_MORE_FLIGHTS = 99;

/** One DTLS association, from the verified ClientHello to the last alert. */
export class DtlsAssociation {
  readonly #events: DtlsEvents;
  readonly #server: DtlsServer;
  readonly #sequencer: HandshakeSequencer;
  #recordNumber = FIRST_RECORD_NUMBER;
  #state: "handshake" | "open" | "ended" = "handshake";
  /** While werift is shown the first ClientHello again, its answer goes nowhere. */
  #muted = false;

  /**
   * @param firstMessageSeq message_seq of the verified ClientHello.
   */
  constructor(certificate: DtlsCertificate, firstMessageSeq: number, events: DtlsEvents) {
    this.#events = events;
    this.#sequencer = new HandshakeSequencer(firstMessageSeq);
    const transport = {
      type: "fixed",
      address: { address: "", family: "IPv4", port: 0 },
      closed: false,
      onData: (_datagram: Buffer): void => {},
      send: (datagram: Buffer): Promise<void> => {
        if (!this.#muted && this.#state !== "ended") this.#events.send(datagram);
        return Promise.resolve();
      },
      close: (): Promise<void> => Promise.resolve(),
    };
    this.#server = new DtlsServer({
      // werift asks for its whole socket class; the members above are all it uses.
      transport: transport as unknown as DtlsServer["options"]["transport"],
      cert: certificate.certPem,
      key: certificate.keyPem,
      signatureHash: ECDSA_SHA256,
      srtpProfiles: [AEAD_AES_128_GCM, AES128_CM_HMAC_SHA1_80],
      certificateRequest: true,
      extendedMasterSecret: true,
    });
    this.#toWerift = (record) => transport.onData(asBuffer(record));
    this.#server.onConnect.subscribe(() => this.#connected());
    this.#server.onError.subscribe((error) => this.#end(`handshake failed: ${reasonOf(error)}`));
  }

  readonly #toWerift: (record: Uint8Array) => void;

  /**
   * Takes one record from the guest. Never throws.
   *
   * @returns whether the record can be taken for the guest's own: it opened with the guest's key,
   *   or there is no key yet.
   */
  receive(record: DtlsRecord): boolean {
    if (this.#state === "ended") return false;
    try {
      if (record.epoch === 0) {
        // In an open association nothing in plaintext means anything, least of all an alert.
        if (this.#state === "open") return false;
      } else if (record.contentType !== ContentType.handshake) {
        this.#protected(record);
        return true;
      }
      for (const next of this.#sequencer.push(record)) this.#handshake(next.record, next.kind);
      return true;
    } catch {
      // Undecodable, or not sealed by the guest: as if it had been lost (RFC 6347 §4.1.2.7).
      return false;
    }
  }

  /** Seals and sends application data; silently nothing before {@link DtlsEvents.connected}. */
  send(payload: Uint8Array): void {
    if (this.#state === "open") this.#seal(ContentType.applicationData, payload);
  }

  /** Tells the guest that the association is over, and ends it. {@link DtlsEvents.ended} is not called. */
  close(): void {
    if (this.#state === "open") this.#seal(ContentType.alert, CLOSE_NOTIFY);
    this.#state = "ended";
    this.#server.dtls.flight = NO_MORE_FLIGHTS;
  }

  #handshake(record: Uint8Array, kind: "handshake" | "encrypted"): void {
    if (kind === "encrypted") {
      // Only a Finished has a place here; a ClientHello would start a renegotiation.
      const [finished] = this.#open(record);
      if (finished !== FINISHED) return;
    } else if (record[RECORD_HEADER_LENGTH] === HandshakeType.clientHello) {
      this.#showFirstHello(record);
    }
    this.#toWerift(record);
  }

  /** Brings werift into the state after a cookie exchange that it has not seen. */
  #showFirstHello(record: Uint8Array): void {
    const body = record.subarray(RECORD_HEADER_LENGTH + HANDSHAKE_HEADER_LENGTH);
    const start = decodeClientHelloStart(body);
    if (start === undefined) return;
    this.#server.dtls.cookie = Buffer.from(start.cookie);
    this.#muted = true;
    this.#toWerift(encodeHandshakeRecord({
      type: HandshakeType.clientHello,
      messageSeq: 0,
      body: withoutCookie(body, start),
    }));
    this.#muted = false;
  }

  #connected(): void {
    // werift says so again for every repeated Finished.
    if (this.#state !== "handshake") return;
    this.#state = "open";
    this.#events.connected();
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

  /** Decrypts a record of epoch 1; throws if it was not sealed by the guest. */
  #open(record: Uint8Array): Uint8Array {
    const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
    return this.#server.cipher.decryptPacket({
      recordLayerHeader: {
        contentType: record[0],
        protocolVersion: { major: record[1], minor: record[2] },
        epoch: view.getUint16(3),
        sequenceNumber: view.getUint16(5) * 2 ** 32 + view.getUint32(7),
        contentLen: view.getUint16(11),
      },
      fragment: asBuffer(record.subarray(RECORD_HEADER_LENGTH)),
    } as WeriftRecord);
  }

  #seal(contentType: number, payload: Uint8Array): void {
    const sequenceNumber = this.#recordNumber++;
    const sealed = this.#server.cipher.encryptPacket({
      recordLayerHeader: {
        contentType,
        protocolVersion: { major: DTLS_1_2 >> 8, minor: DTLS_1_2 & 255 },
        epoch: 1,
        sequenceNumber,
        contentLen: payload.length,
      },
      fragment: asBuffer(payload),
    } as WeriftRecord).fragment;
    const datagram = new Uint8Array(RECORD_HEADER_LENGTH + sealed.length);
    const view = new DataView(datagram.buffer);
    datagram[0] = contentType;
    view.setUint16(1, DTLS_1_2);
    view.setUint16(3, 1);
    view.setUint16(5, Math.floor(sequenceNumber / 2 ** 32));
    view.setUint32(7, sequenceNumber);
    view.setUint16(11, sealed.length);
    datagram.set(sealed, RECORD_HEADER_LENGTH);
    this.#events.send(datagram);
  }

  #end(reason: string): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#server.dtls.flight = NO_MORE_FLIGHTS;
    this.#events.ended(reason);
  }
}
