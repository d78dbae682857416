/**
 * A DTLS 1.2 client for tests, written from the RFCs. It sends what a test wants, in any fragments and
 * records, and checks what it receives. It uses `node:crypto` for the cryptography, and the hub's own
 * key agreement, which is symmetrical.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, createHash, createHmac } from "node:crypto";
import { EphemeralKey, type Group } from "../../relaycore/dtls/key_agreement.ts";
import type { DtlsAssociation, DtlsOutput } from "../../relaycore/dtls/association.ts";
import {
  ContentType,
  decodeHandshakeFragments,
  decodeRecords,
  type DtlsRecord,
  encodeHandshakeMessage,
  encodePlaintextRecord,
  HandshakeType,
} from "../../relaycore/dtls/record.ts";
import { assert, assertEquals } from "../assert.ts";

const uint16 = (value: number) => [value >> 8 & 255, value & 255];

/** A vector of 16-bit numbers, with its length. */
export const list = (
  ...values: number[]
) => [...uint16(2 * values.length), ...values.flatMap(uint16)];

/** An extension of a ClientHello. */
export const extension = (type: number, ...data: number[]) => [
  ...uint16(type),
  ...uint16(data.length),
  ...data,
];

/** The content of a ClientHello. Parts that are left out are as in a browser's. */
export interface Hello {
  readonly version?: number;
  readonly sessionId?: readonly number[];
  readonly suites?: readonly number[];
  readonly compressions?: readonly number[];
  readonly groups?: readonly number[];
  readonly schemes?: readonly number[];
  /** Further extensions, one after the other. */
  readonly more?: readonly number[];
  /** All extensions, instead of those above; undefined leaves out their length too. */
  readonly extensions?: readonly number[] | null;
}

/** The body of a ClientHello that carries a cookie. */
export function helloBody(hello: Hello = {}): Uint8Array {
  const { version = 0xfefd, sessionId = [], suites = [0xc02b], compressions = [0] } = hello;
  const { groups = [29, 23], schemes = [0x0403], more = extension(23) } = hello;
  const extensions = hello.extensions === undefined
    ? [...extension(10, ...list(...groups)), ...extension(13, ...list(...schemes)), ...more]
    : hello.extensions;
  return Uint8Array.from([
    ...uint16(version),
    ...new Array(32).fill(7),
    ...[sessionId.length, ...sessionId],
    ...[1, 9], // the cookie
    ...list(...suites),
    ...[compressions.length, ...compressions],
    ...(extensions === null ? [] : [...uint16(extensions.length), ...extensions]),
  ]);
}

/** A whole handshake message of the client. */
export interface ClientMessage {
  readonly type: number;
  readonly messageSeq: number;
  readonly body: Uint8Array;
}

/** A message in fragments of at most this many bytes, without records. */
export function fragments(message: ClientMessage, size: number): Uint8Array[] {
  const whole = encodeHandshakeMessage(message);
  const out: Uint8Array[] = [];
  for (let offset = 0; offset === 0 || offset < message.body.length; offset += size) {
    const part = message.body.subarray(offset, offset + size);
    out.push(Uint8Array.of(
      ...whole.subarray(0, 6),
      ...[offset >> 16, offset >> 8, offset],
      ...[part.length >> 16, part.length >> 8, part.length],
      ...part,
    ));
  }
  return out;
}

/** The records of the only datagram. */
export function recordOf(datagram: Uint8Array): DtlsRecord {
  const [record] = decodeRecords(datagram);
  return record;
}

/** A client's certificate: none, or bytes that the hub does not look into. */
const CERTIFICATES = { none: [0, 0, 0], some: [0, 0, 7, 0, 0, 4, 1, 2, 3, 4] } as const;

/** One client, with the association that it talks to. */
export class DtlsClient {
  readonly association: DtlsAssociation;
  /** The association's outputs that are not taken yet. */
  readonly outputs: DtlsOutput[] = [];
  /** Alerts received: level and description. */
  readonly alerts: [level: number, description: number][] = [];
  /** Data received. */
  readonly data: Uint8Array[] = [];
  /** Messages of the hub received in plaintext, header and body. */
  readonly heard: Uint8Array[] = [];
  /** Finished messages of the hub received. */
  readonly finished: Uint8Array[] = [];
  /** Record numbers of the hub received, by epoch. */
  readonly recordNumbers: [Set<number>, Set<number>] = [new Set(), new Set()];
  now = 0;
  #transcript: Uint8Array[] = [];
  #master: Uint8Array | undefined;
  #keys: { readonly mine: Keys; readonly hubs: Keys } | undefined;
  #recordNumber = 0;
  #hello: Uint8Array = new Uint8Array();

  constructor(association: DtlsAssociation) {
    this.association = association;
  }

  /** The group that the hub has chosen. */
  get group(): Group {
    const exchange = this.heard.find((message) => message[0] === HandshakeType.serverKeyExchange)!;
    return (exchange[13] << 8 | exchange[14]) as Group;
  }

  /** Takes the outputs of one kind. */
  take<K extends DtlsOutput["kind"]>(kind: K): Extract<DtlsOutput, { kind: K }>[] {
    this.#listen();
    const taken = this.outputs.filter((output) => output.kind === kind);
    const left = this.outputs.filter((output) => output.kind !== kind);
    this.outputs.splice(0, this.outputs.length, ...left);
    return taken as Extract<DtlsOutput, { kind: K }>[];
  }

  /** Passes a datagram to the association. @returns whether all its records were accepted. */
  send(datagram: Uint8Array): boolean {
    const taken = decodeRecords(datagram).map((record) => this.association.receive(record));
    this.#listen();
    return taken.every(Boolean);
  }

  /** Sends the ClientHello, and makes the signature that the hub asks for. */
  greet(hello: Hello | Uint8Array = {}): void {
    const body = hello instanceof Uint8Array ? hello : helloBody(hello);
    this.#hello = encodeHandshakeMessage({ type: HandshakeType.clientHello, messageSeq: 1, body });
    this.send(this.plaintext(this.#hello));
    if (this.take("sign").length > 0) this.association.signed(new Uint8Array(70), this.now);
    this.#listen();
  }

  /** All messages of a client after its ClientHello. The Finished comes last. */
  answer(certificate: keyof typeof CERTIFICATES = "some"): ClientMessage[] {
    const exchange = this.heard.find((message) => message[0] === HandshakeType.serverKeyExchange)!;
    const key = new EphemeralKey(this.group);
    const premaster = key.agree(exchange.slice(16, 16 + exchange[15]));
    const messages: ClientMessage[] = [
      [HandshakeType.certificate, CERTIFICATES[certificate]] as const,
      [HandshakeType.clientKeyExchange, [key.publicKey.length, ...key.publicKey]] as const,
      ...(certificate === "none"
        ? []
        : [[HandshakeType.certificateVerify, [4, 3, 0, 2, 5, 6]] as const]),
    ].map(([type, body], i) => ({ type, messageSeq: 2 + i, body: Uint8Array.from(body) }));
    const flight = this.heard.slice(-5);
    const said = messages.map(encodeHandshakeMessage);
    this.#transcript = [this.#hello, ...flight, ...said];
    const session = sha256([this.#hello, ...flight, ...said.slice(0, 2)]);
    const randoms = [this.#hello.subarray(14, 46), flight[0].subarray(14, 46)];
    this.#master = this.#hasExtendedMasterSecret
      ? prf(premaster, "extended master secret", [session], 48)
      : prf(premaster, "master secret", randoms, 48);
    const block = prf(this.#master, "key expansion", randoms.toReversed(), 40);
    this.#keys = {
      mine: { key: block.subarray(0, 16), salt: block.subarray(32, 36) },
      hubs: { key: block.subarray(16, 32), salt: block.subarray(36, 40) },
    };
    const body = prf(this.#master, "client finished", [sha256(this.#transcript)], 12);
    return [...messages, {
      type: HandshakeType.finished,
      messageSeq: 2 + messages.length,
      body,
    }];
  }

  /** The same, with each message in its own datagram. */
  answerDatagrams(certificate?: keyof typeof CERTIFICATES): Uint8Array[] {
    return this.answer(certificate).map((message) => this.datagramOf(message));
  }

  /** A message in one record. The Finished is encrypted. */
  datagramOf(message: ClientMessage): Uint8Array {
    const bytes = encodeHandshakeMessage(message);
    return message.type === HandshakeType.finished
      ? this.seal(ContentType.handshake, bytes)
      : this.plaintext(bytes);
  }

  /** The whole handshake. */
  connect(hello?: Hello, certificate?: keyof typeof CERTIFICATES): void {
    this.greet(hello);
    for (const datagram of this.answerDatagrams(certificate)) this.send(datagram);
    assertEquals(this.take("connected").length, 1);
    this.checkFinished();
  }

  /** Checks the hub's Finished against all messages of the handshake. */
  checkFinished(): void {
    const client = encodeHandshakeMessage({
      type: HandshakeType.finished,
      messageSeq: this.#transcript.length - 4,
      body: prf(this.#master!, "client finished", [sha256(this.#transcript)], 12),
    });
    const due = prf(this.#master!, "server finished", [sha256([...this.#transcript, client])], 12);
    assertEquals([...this.finished.at(-1)!.subarray(12)], [...due]);
  }

  /** A record of epoch 0. */
  plaintext(fragment: Uint8Array, contentType: number = ContentType.handshake): Uint8Array {
    return encodePlaintextRecord(contentType, this.#recordNumber++, fragment);
  }

  /** A record of epoch 1. */
  seal(contentType: number, payload: Uint8Array): Uint8Array {
    const number = this.#recordNumber++;
    const { key, salt } = this.#keys!.mine;
    const head = [0, 1, 0, 0, ...uint16(number >> 16), ...uint16(number)];
    const cipher = createCipheriv("aes-128-gcm", key, Uint8Array.of(...salt, ...head));
    cipher.setAAD(Uint8Array.of(...head, contentType, 254, 253, ...uint16(payload.length)));
    const sealed = [...cipher.update(payload), ...cipher.final(), ...cipher.getAuthTag()];
    return Uint8Array.of(
      ...[contentType, 254, 253, ...head, ...uint16(8 + sealed.length)],
      ...head,
      ...sealed,
    );
  }

  /** Advances the clock to a time, and does everything that is due meanwhile. */
  wait(until: number): void {
    for (;;) {
      this.#listen();
      const deadline = this.association.nextDeadline;
      if (deadline === undefined || deadline > until) break;
      this.now = deadline;
    }
    this.now = until;
  }

  get #hasExtendedMasterSecret(): boolean {
    const needle = extension(23).join();
    return this.heard.some((message) =>
      message[0] === HandshakeType.serverHello && [...message].join().includes(needle)
    );
  }

  #listen(): void {
    for (const output of this.association.poll(this.now)) {
      this.outputs.push(output);
      if (output.kind === "datagram") this.#hear(output.datagram);
      if (output.kind === "data") this.data.push(output.payload);
    }
  }

  #hear(datagram: Uint8Array): void {
    const records = decodeRecords(datagram);
    assertEquals(records.reduce((sum, { bytes }) => sum + bytes.length, 0), datagram.length);
    for (const record of records) {
      const { epoch, sequenceNumber } = record;
      assert(!this.recordNumbers[epoch as 0 | 1].has(sequenceNumber), "a record number twice");
      this.recordNumbers[epoch as 0 | 1].add(sequenceNumber);
      const content = epoch === 0 ? record.fragment : this.opened(record);
      if (record.contentType === ContentType.alert) this.alerts.push([content[0], content[1]]);
      if (record.contentType !== ContentType.handshake) continue;
      assertEquals(decodeHandshakeFragments(content)!.length, 1);
      (epoch === 0 ? this.heard : this.finished).push(content);
    }
  }

  /** The content of a record of the hub. */
  opened({ bytes, fragment }: DtlsRecord): Uint8Array {
    const { key, salt } = this.#keys!.hubs;
    const nonce = Uint8Array.of(...salt, ...fragment.subarray(0, 8));
    const decipher = createDecipheriv("aes-128-gcm", key, nonce);
    const length = fragment.length - 24;
    decipher.setAAD(
      Uint8Array.of(...bytes.subarray(3, 11), ...bytes.subarray(0, 3), ...uint16(length)),
    );
    decipher.setAuthTag(fragment.subarray(8 + length));
    return Uint8Array.of(...decipher.update(fragment.subarray(8, 8 + length)), ...decipher.final());
  }
}

interface Keys {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

function sha256(messages: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const message of messages) hash.update(message);
  return hash.digest();
}

/** P_SHA256 by its definition in RFC 5246 §5. */
export function prf(
  secret: Uint8Array,
  label: string,
  seeds: readonly Uint8Array[],
  length: number,
): Uint8Array {
  const seed = [...new TextEncoder().encode(label), ...seeds.flatMap((seed) => [...seed])];
  const hmac = (...bytes: number[]) =>
    createHmac("sha256", secret).update(Uint8Array.from(bytes)).digest();
  const out: number[] = [];
  for (let a = hmac(...seed); out.length < length; a = hmac(...a)) out.push(...hmac(...a, ...seed));
  return Uint8Array.from(out.slice(0, length));
}
