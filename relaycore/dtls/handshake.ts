/**
 * The server's side of a full DTLS 1.2 handshake with ECDHE and ECDSA (RFC 5246 §7.3, RFC 6347 §4.2,
 * RFC 8422), from the verified ClientHello on. Whole messages in order go in, flights come out. It
 * knows nothing of fragments, record numbers, repetitions and time.
 *
 * The hub asks for a certificate, as WebRTC does, and accepts any certificate, or none
 * (RFC 5246 §7.4.6): it has never seen the guest's fingerprint, so no certificate tells it who the
 * guest is. For the same reason it does not verify the signature in a CertificateVerify. That
 * signature proves who holds the certificate's key, and a stranger simply shows a certificate of
 * their own. Verifying it would take as much time for each guest as all the rest of the handshake.
 * The Finished proves that no message was changed on the way, and that both ends have the same
 * keys.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { randomBytes, timingSafeEqual } from "node:crypto";
import { AlertDescription, HandshakeError } from "./alert.ts";
import {
  checkCertificateVerify,
  decodeClientKeyExchange,
  hasCertificate,
} from "./client_messages.ts";
import { decodeClientOffer } from "./client_offer.ts";
import type { KeyPair } from "./key_agreement.ts";
import {
  extendedMasterSecret,
  masterSecret,
  recordKeys,
  Transcript,
  VERIFY_DATA_LENGTH,
  verifyData,
} from "./key_schedule.ts";
import { type Choice, negotiate } from "./negotiation.ts";
import {
  ContentType,
  encodeHandshakeMessage,
  HANDSHAKE_HEADER_LENGTH,
  HandshakeType,
} from "./record.ts";
import type { DtlsPrimitives } from "./primitives.ts";
import { RecordCipher } from "./record_cipher.ts";
import {
  CERTIFICATE_REQUEST,
  certificateMessage,
  keyExchangeParameters,
  serverHello,
  serverKeyExchange,
} from "./server_messages.ts";

/** The content of one record of a flight. */
export interface FlightRecord {
  readonly contentType: number;
  /** 1 if it is to be sealed. */
  readonly epoch: 0 | 1;
  readonly fragment: Uint8Array;
}

/** What to do after a message. */
export type HandshakeStep =
  /** The guest has more messages to send. */
  | { readonly kind: "go-on" }
  /** These bytes have to be signed before the flight can be sent: see {@link ServerHandshake.signed}. */
  | { readonly kind: "sign"; readonly bytes: Uint8Array }
  /** The last flight; the handshake is finished. */
  | { readonly kind: "finished"; readonly flight: readonly FlightRecord[] };

const GO_ON: HandshakeStep = { kind: "go-on" };
const CHANGE_CIPHER_SPEC: FlightRecord = {
  contentType: ContentType.changeCipherSpec,
  epoch: 0,
  fragment: Uint8Array.of(1),
};

/** The HelloVerifyRequest had number 0. */
const FIRST_MESSAGE_SEQ = 1;

/** No message has this type. */
const NOTHING = -1;

/** One handshake. */
export class ServerHandshake {
  readonly #certificateDer: Uint8Array;
  readonly #primitives: DtlsPrimitives;
  readonly #transcript = new Transcript();
  readonly #serverRandom: Uint8Array = randomBytes(32);
  #clientRandom: Uint8Array = new Uint8Array();
  #choice: Choice | undefined;
  #key: KeyPair | undefined;
  /** The ServerKeyExchange without its signature. */
  #parameters: Uint8Array = new Uint8Array();
  #hasCertificate = false;
  #masterSecret: Uint8Array | undefined;
  #cipher: RecordCipher | undefined;
  #messageSeq = FIRST_MESSAGE_SEQ;
  /** Type of the message that is due. */
  #due: number = HandshakeType.clientHello;

  /**
   * @param certificateDer the hub's certificate.
   * @param primitives the cryptography.
   */
  constructor(certificateDer: Uint8Array, primitives: DtlsPrimitives) {
    this.#certificateDer = certificateDer;
    this.#primitives = primitives;
  }

  /** The keys, from the guest's ClientKeyExchange on. */
  get cipher(): RecordCipher | undefined {
    return this.#cipher;
  }

  /**
   * Takes the guest's next message. None may be given between a step of kind `sign` and
   * {@link signed}.
   *
   * @param message header and body.
   * @throws {HandshakeError} if the handshake cannot go on.
   */
  receive(message: Uint8Array): HandshakeStep {
    const type = message[0];
    if (type !== this.#due) {
      throw new HandshakeError(
        AlertDescription.unexpectedMessage,
        `message ${type} where ${this.#due} is due`,
      );
    }
    const body = message.subarray(HANDSHAKE_HEADER_LENGTH);
    // A Finished covers the messages before it, not itself.
    if (type === HandshakeType.finished) return this.#finish(message, body);
    this.#transcript.add(message);
    switch (type) {
      case HandshakeType.clientHello:
        this.#due = HandshakeType.certificate;
        return this.#receiveHello(body);
      case HandshakeType.certificate:
        this.#due = HandshakeType.clientKeyExchange;
        this.#hasCertificate = hasCertificate(body);
        return GO_ON;
      case HandshakeType.clientKeyExchange:
        // Without a certificate there is nothing to prove (RFC 5246 §7.4.8).
        this.#due = this.#hasCertificate ? HandshakeType.certificateVerify : HandshakeType.finished;
        this.#agree(body);
        return GO_ON;
      default: // a CertificateVerify, being what was due
        this.#due = HandshakeType.finished;
        checkCertificateVerify(body);
        return GO_ON;
    }
  }

  /**
   * Continues after the signature has been made.
   *
   * @param signature ECDSA with SHA-256 by the key of the certificate, in DER.
   * @returns the flight that answers the ClientHello.
   */
  signed(signature: Uint8Array): readonly FlightRecord[] {
    return [
      this.#say(HandshakeType.serverHello, serverHello(this.#serverRandom, this.#choice!)),
      this.#say(HandshakeType.certificate, certificateMessage(this.#certificateDer)),
      this.#say(HandshakeType.serverKeyExchange, serverKeyExchange(this.#parameters, signature)),
      this.#say(HandshakeType.certificateRequest, CERTIFICATE_REQUEST),
      this.#say(HandshakeType.serverHelloDone, new Uint8Array()),
    ];
  }

  /** Forgets the key pair, if there is one: nothing more is going to be agreed on. */
  close(): void {
    this.#key?.forget();
    this.#key = undefined;
  }

  #receiveHello(body: Uint8Array): HandshakeStep {
    const offer = decodeClientOffer(body);
    this.#choice = negotiate(offer);
    this.#clientRandom = offer.random.slice();
    this.#key = this.#primitives.createKey(this.#choice.group);
    this.#parameters = keyExchangeParameters(this.#choice.group, this.#key.publicKey);
    const bytes = Buffer.concat([this.#clientRandom, this.#serverRandom, this.#parameters]);
    return { kind: "sign", bytes };
  }

  #agree(body: Uint8Array): void {
    const publicKey = decodeClientKeyExchange(body);
    let premaster: Uint8Array;
    try {
      premaster = this.#key!.agree(publicKey);
    } catch {
      throw new HandshakeError(AlertDescription.illegalParameter, "not a public key of the group");
    } finally {
      this.close();
    }
    const [client, server] = [this.#clientRandom, this.#serverRandom];
    this.#masterSecret = this.#choice!.extendedMasterSecret
      ? extendedMasterSecret(premaster, this.#transcript.digest())
      : masterSecret(premaster, client, server);
    this.#cipher = new RecordCipher(
      recordKeys(this.#masterSecret, client, server),
      this.#primitives.gcm,
    );
  }

  #finish(message: Uint8Array, body: Uint8Array): HandshakeStep {
    const master = this.#masterSecret!;
    const expected = verifyData(master, "client", this.#transcript.digest());
    if (body.length !== VERIFY_DATA_LENGTH || !timingSafeEqual(expected, body)) {
      throw new HandshakeError(
        AlertDescription.decryptError,
        "the Finished is of another handshake",
      );
    }
    this.#due = NOTHING;
    this.#transcript.add(message);
    const answer = verifyData(master, "server", this.#transcript.digest());
    const finished = this.#say(HandshakeType.finished, answer);
    this.#masterSecret = undefined;
    return { kind: "finished", flight: [CHANGE_CIPHER_SPEC, { ...finished, epoch: 1 }] };
  }

  #say(type: number, body: Uint8Array): FlightRecord {
    const fragment = encodeHandshakeMessage({ type, messageSeq: this.#messageSeq++, body });
    this.#transcript.add(fragment);
    return { contentType: ContentType.handshake, epoch: 0, fragment };
  }
}
