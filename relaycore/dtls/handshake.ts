/**
 * The server's side of a full DTLS 1.2 handshake with ECDHE and ECDSA (RFC 5246 §7.3, RFC 6347 §4.2,
 * RFC 8422), from the verified ClientHello on: whole messages in order go in, flights come out. It
 * knows nothing of fragments, record numbers and repetitions.
 *
 * The guest must show a certificate, as WebRTC has it, and may show any: the hub has never seen its
 * fingerprint. What a CertificateVerify would prove is therefore of no use, and it is not verified;
 * that both ends have the same keys and messages, the Finished does prove, and that is.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { randomBytes, timingSafeEqual } from "node:crypto";
import { decodeClientHelloStart } from "./client_hello.ts";
import { type ClientOffer, decodeClientOffer } from "./client_offer.ts";
import type { DtlsCredentials } from "./credentials.ts";
import { EphemeralKey, type Group, GROUPS } from "./key_agreement.ts";
import {
  extendedMasterSecret,
  masterSecret,
  recordKeys,
  transcriptHash,
  VERIFY_DATA_LENGTH,
  verifyData,
} from "./key_schedule.ts";
import {
  ContentType,
  encodeHandshakeRecord,
  HANDSHAKE_HEADER_LENGTH,
  HandshakeType,
  RECORD_HEADER_LENGTH,
} from "./record.ts";
import { RecordCipher } from "./record_cipher.ts";
import {
  certificateMessage,
  certificateRequest,
  type Choice,
  CIPHER_SUITE,
  decodeClientKeyExchange,
  keyExchangeParameters,
  serverHello,
  serverKeyExchange,
  ServerMessage,
  SIGNATURE_SCHEME,
} from "./server_messages.ts";

/** What one record of a flight holds. */
export interface FlightRecord {
  readonly contentType: number;
  /** 1 if it is to be sealed. */
  readonly epoch: 0 | 1;
  readonly fragment: Uint8Array;
}

/** SRTP profiles (RFC 7714 §14.2, RFC 5764 §4.1.2): browsers end the handshake if none is chosen. */
const SRTP_PROFILES = [7, 1];

/** The HelloVerifyRequest had number 0. */
const FIRST_MESSAGE_SEQ = 1;

/** No message has this type. */
const NOTHING = -1;

/** One handshake. */
export class ServerHandshake {
  readonly #credentials: DtlsCredentials;
  /** Every message of both ends with its header, as if sent in one fragment (RFC 6347 §4.2.6). */
  readonly #transcript: Uint8Array[] = [];
  readonly #serverRandom = new Uint8Array(randomBytes(32));
  #clientRandom: Uint8Array = new Uint8Array();
  #choice: Choice | undefined;
  #key: EphemeralKey | undefined;
  #masterSecret: Uint8Array | undefined;
  #cipher: RecordCipher | undefined;
  #messageSeq = FIRST_MESSAGE_SEQ;
  #next: number = HandshakeType.clientHello;

  constructor(credentials: DtlsCredentials) {
    this.#credentials = credentials;
  }

  /** From the guest's key exchange on. */
  get cipher(): RecordCipher | undefined {
    return this.#cipher;
  }

  /**
   * Takes the guest's next message.
   *
   * @param message header and body; kept.
   * @returns the flight that answers it, if it is the last of its own.
   * @throws Error if nothing can come of this handshake.
   */
  receive(message: Uint8Array): readonly FlightRecord[] | undefined {
    const type = message[0];
    if (type !== this.#next) throw new Error(`message ${type} where ${this.#next} is due`);
    const body = message.subarray(HANDSHAKE_HEADER_LENGTH);
    this.#transcript.push(message);
    switch (type) {
      case HandshakeType.clientHello:
        this.#next = HandshakeType.certificate;
        return this.#answerHello(body);
      case HandshakeType.certificate:
        this.#next = HandshakeType.clientKeyExchange;
        return undefined;
      case HandshakeType.clientKeyExchange:
        this.#next = HandshakeType.certificateVerify;
        this.#agree(body);
        return undefined;
      case HandshakeType.certificateVerify:
        this.#next = ServerMessage.finished;
        return undefined;
      default: // a Finished, being what was due
        this.#next = NOTHING;
        return this.#finish(body);
    }
  }

  #answerHello(body: Uint8Array): FlightRecord[] {
    const start = decodeClientHelloStart(body);
    const offer = start && decodeClientOffer(body, start);
    if (offer === undefined) throw new Error("a malformed ClientHello");
    this.#clientRandom = start!.random;
    const group = chooseGroup(offer);
    const choice: Choice = {
      srtpProfile: SRTP_PROFILES.find((profile) => offer.srtpProfiles.includes(profile)),
      extendedMasterSecret: offer.extendedMasterSecret,
      secureRenegotiation: offer.secureRenegotiation,
    };
    this.#choice = choice;
    this.#key = new EphemeralKey(group);
    const { certificateDer, sign } = this.#credentials;
    const parameters = keyExchangeParameters(group, this.#key.publicKey);
    const signature = sign(Buffer.concat([this.#clientRandom, this.#serverRandom, parameters]));
    return [
      this.#say(ServerMessage.serverHello, serverHello(this.#serverRandom, choice)),
      this.#say(ServerMessage.certificate, certificateMessage(certificateDer)),
      this.#say(ServerMessage.serverKeyExchange, serverKeyExchange(parameters, signature)),
      this.#say(ServerMessage.certificateRequest, certificateRequest()),
      this.#say(ServerMessage.serverHelloDone, new Uint8Array()),
    ];
  }

  #agree(body: Uint8Array): void {
    const publicKey = decodeClientKeyExchange(body);
    if (publicKey === undefined) throw new Error("a malformed ClientKeyExchange");
    const premaster = this.#key!.agree(publicKey);
    const [client, server] = [this.#clientRandom, this.#serverRandom];
    this.#masterSecret = this.#choice!.extendedMasterSecret
      ? extendedMasterSecret(premaster, transcriptHash(this.#transcript))
      : masterSecret(premaster, client, server);
    this.#cipher = new RecordCipher(recordKeys(this.#masterSecret, client, server));
    this.#key = undefined;
  }

  #finish(body: Uint8Array): FlightRecord[] {
    const before = this.#transcript.slice(0, -1);
    const expected = verifyData(this.#masterSecret!, "client", transcriptHash(before));
    if (body.length !== VERIFY_DATA_LENGTH || !timingSafeEqual(expected, body)) {
      throw new Error("the guest's Finished is of another handshake");
    }
    const answer = verifyData(this.#masterSecret!, "server", transcriptHash(this.#transcript));
    const finished = this.#say(ServerMessage.finished, answer);
    this.#transcript.length = 0;
    return [
      { contentType: ContentType.changeCipherSpec, epoch: 0, fragment: Uint8Array.of(1) },
      { ...finished, epoch: 1 },
    ];
  }

  #say(type: number, body: Uint8Array): FlightRecord {
    const record = encodeHandshakeRecord({ type, messageSeq: this.#messageSeq++, body });
    const fragment = record.subarray(RECORD_HEADER_LENGTH);
    this.#transcript.push(fragment);
    return { contentType: ContentType.handshake, epoch: 0, fragment };
  }
}

/** @throws Error if there is nothing that both can do. */
function chooseGroup({ cipherSuites, groups, signatureSchemes }: ClientOffer): Group {
  if (!cipherSuites.includes(CIPHER_SUITE)) throw new Error("no cipher suite in common");
  if (signatureSchemes !== undefined && !signatureSchemes.includes(SIGNATURE_SCHEME)) {
    throw new Error("no signature scheme in common");
  }
  // Who says nothing of groups can do all of them (RFC 8422 §4); of old that meant P-256.
  if (groups === undefined) return GROUPS.secp256r1;
  const group = Object.values(GROUPS).find((group) => groups.includes(group));
  if (group === undefined) throw new Error("no group in common");
  return group;
}
