/**
 * The other side of the hub's DTLS handshake, as far as the hub needs it to join itself. It has one
 * cipher suite and no certificate. It retransmits nothing, because nothing gets lost in
 * memory. Datagrams go in, datagrams and data come out. It knows no time.
 *
 * @module
 */

import { randomBytes, verify, X509Certificate } from "node:crypto";
import { isEqual } from "../bytes.ts";
import { decodeAlert } from "../dtls/alert.ts";
import { Extension } from "../dtls/client_offer.ts";
import { EphemeralKey, type Group } from "../dtls/key_agreement.ts";
import { extendedMasterSecret, recordKeys, Transcript, verifyData } from "../dtls/key_schedule.ts";
import { CIPHER_SUITE, SIGNATURE_SCHEME } from "../dtls/negotiation.ts";
import {
  ContentType,
  decodeHandshakeFragments,
  decodeRecords,
  type DtlsRecord,
  encodeHandshakeMessage,
  encodePlaintextRecord,
  HandshakeType,
} from "../dtls/record.ts";
import { RecordCipher } from "../dtls/record_cipher.ts";

const HELLO_VERIFY_REQUEST = 3;
const RANDOM_LENGTH = 32;

/** Where a random begins in a ClientHello and in a ServerHello, after the version. */
const RANDOM_OFFSET = 2;

/** A client of one handshake. */
export class DtlsClient {
  /** Datagrams for the hub that are not taken yet. */
  readonly out: Uint8Array[] = [];
  /** Data from the hub. */
  readonly data: Uint8Array[] = [];
  readonly #groups: readonly Group[];
  readonly #random = randomBytes(RANDOM_LENGTH);
  readonly #transcript = new Transcript();
  readonly #heard = new Map<number, Uint8Array>();
  #cipher: RecordCipher | undefined;
  #master: Uint8Array | undefined;
  #messageSeq = 0;
  #recordNumber = 0;
  #isConnected = false;

  /**
   * Begins the handshake.
   *
   * @param groups what it offers, in the order of its preference.
   */
  constructor(groups: readonly Group[]) {
    this.#groups = groups;
    this.#hello(new Uint8Array());
  }

  /** Whether the hub's Finished was the right one. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /**
   * Takes a datagram of the hub.
   *
   * @throws {Error} if the datagram breaks the protocol, or is an alert.
   */
  receive(datagram: Uint8Array): void {
    for (const record of decodeRecords(datagram)) {
      if (record.contentType === ContentType.alert) this.#alert(record);
      else if (record.contentType === ContentType.applicationData) {
        this.data.push(this.#cipher!.open(record.bytes));
      } else if (record.contentType === ContentType.handshake) {
        const content = record.epoch === 0 ? record.fragment : this.#cipher!.open(record.bytes);
        for (const { type, body, messageSeq } of decodeHandshakeFragments(content) ?? []) {
          this.#message(type, messageSeq, body);
        }
      }
    }
  }

  /** Seals data for the hub. */
  seal(payload: Uint8Array): Uint8Array {
    return this.#cipher!.seal(ContentType.applicationData, this.#recordNumber++, payload);
  }

  #alert({ epoch, fragment, bytes }: DtlsRecord): void {
    const alert = decodeAlert(epoch === 0 ? fragment : this.#cipher!.open(bytes));
    throw new Error(`alert ${alert?.description} in the handshake`);
  }

  #message(type: number, messageSeq: number, body: Uint8Array): void {
    if (type === HELLO_VERIFY_REQUEST) return this.#hello(body.slice(3, 3 + body[2]));
    if (type === HandshakeType.finished) return this.#finished(body);
    this.#heard.set(type, body.slice());
    this.#transcript.add(encodeHandshakeMessage({ type, messageSeq, body }));
    if (type === HandshakeType.serverHelloDone) this.#answer();
  }

  #hello(cookie: Uint8Array): void {
    const groups = this.#groups.flatMap(uint16);
    const extensions = [
      ...extension(Extension.supportedGroups, [...uint16(groups.length), ...groups]),
      ...extension(Extension.signatureAlgorithms, [0, 2, ...uint16(SIGNATURE_SCHEME)]),
      ...extension(Extension.extendedMasterSecret, []),
    ];
    const body = Uint8Array.of(
      ...[0xfe, 0xfd, ...this.#random],
      ...[0, cookie.length, ...cookie], // no session before the cookie
      ...[0, 2, ...uint16(CIPHER_SUITE), 1, 0],
      ...[...uint16(extensions.length), ...extensions],
    );
    this.#send(HandshakeType.clientHello, body, cookie.length > 0);
  }

  /** Sends the client's flight that follows the hub's. */
  #answer(): void {
    const exchange = this.#heard.get(HandshakeType.serverKeyExchange)!;
    const hubRandom = this.#heard.get(HandshakeType.serverHello)!
      .subarray(RANDOM_OFFSET, RANDOM_OFFSET + RANDOM_LENGTH);
    this.#checkSignature(exchange, hubRandom);
    const key = new EphemeralKey((exchange[1] << 8 | exchange[2]) as Group);
    const premaster = key.agree(exchange.subarray(4, 4 + exchange[3]));
    this.#send(HandshakeType.certificate, new Uint8Array(3));
    this.#send(
      HandshakeType.clientKeyExchange,
      Uint8Array.of(key.publicKey.length, ...key.publicKey),
    );
    const master = extendedMasterSecret(premaster, this.#transcript.digest());
    const { client, server } = recordKeys(master, this.#random, hubRandom);
    // RecordCipher is written for the server, so the two directions are swapped here.
    this.#cipher = new RecordCipher({ client: server, server: client });
    this.#master = master;
    const finished = encodeHandshakeMessage({
      type: HandshakeType.finished,
      messageSeq: this.#messageSeq++,
      body: verifyData(master, "client", this.#transcript.digest()),
    });
    this.#transcript.add(finished);
    this.out.push(this.#cipher.seal(ContentType.handshake, this.#recordNumber++, finished));
  }

  /** The hub's key must be the one of the certificate whose fingerprint is in the link. */
  #checkSignature(exchange: Uint8Array, hubRandom: Uint8Array): void {
    const certificate = this.#heard.get(HandshakeType.certificate)!.subarray(6);
    const parameters = exchange.subarray(0, 4 + exchange[3]);
    const signature = exchange.subarray(parameters.length + 4);
    const signed = Uint8Array.of(...this.#random, ...hubRandom, ...parameters);
    const { publicKey } = new X509Certificate(certificate);
    if (!verify("sha256", signed, publicKey, signature)) {
      throw new Error("the key does not belong to the certificate");
    }
  }

  #finished(body: Uint8Array): void {
    const due = verifyData(this.#master!, "server", this.#transcript.digest());
    if (!isEqual(due, body)) throw new Error("a wrong Finished");
    this.#isConnected = true;
  }

  /** @param isSaid whether the message is part of the handshake hash (RFC 6347 §4.2.1). */
  #send(type: number, body: Uint8Array, isSaid = true): void {
    const message = encodeHandshakeMessage({ type, messageSeq: this.#messageSeq++, body });
    if (isSaid) this.#transcript.add(message);
    this.out.push(encodePlaintextRecord(ContentType.handshake, this.#recordNumber++, message));
  }
}

function uint16(value: number): [high: number, low: number] {
  return [value >> 8, value & 255];
}

function extension(type: number, data: readonly number[]): number[] {
  return [...uint16(type), ...uint16(data.length), ...data];
}
