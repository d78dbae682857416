/**
 * The server's handshake against a client written here from the RFCs, with the keys of node:crypto.
 */

import { createHash, createHmac } from "node:crypto";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { EphemeralKey, GROUPS } from "../../relaycore/dtls/key_agreement.ts";
import { prf } from "../../relaycore/dtls/key_schedule.ts";
import { RecordCipher } from "../../relaycore/dtls/record_cipher.ts";
import { ServerHandshake } from "../../relaycore/dtls/handshake.ts";

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(/\s/g, "").match(/../g)!, (byte) => parseInt(byte, 16));
}

/** A handshake message in one fragment. */
function message(type: number, sequence: number, body: Uint8Array): Uint8Array {
  const length = [body.length >> 16, body.length >> 8 & 255, body.length & 255];
  return Uint8Array.of(type, ...length, 0, sequence, 0, 0, 0, ...length, ...body);
}

const uint16 = (value: number) => [value >> 8, value & 255];
const list = (...values: number[]) => [...uint16(2 * values.length), ...values.flatMap(uint16)];
const extension = (type: number, data: number[]) => [
  ...uint16(type),
  ...uint16(data.length),
  ...data,
];

function clientHello(
  { groups = [29, 23], suites = [0xc02b], schemes = [0x0403], more = [] as number[] } = {},
): Uint8Array {
  const extensions = [...extension(10, list(...groups)), ...extension(13, list(...schemes))]
    .concat(more);
  const body = [0xfe, 0xfd, ...new Array(32).fill(7), 0, 1, 9, ...list(...suites), 1, 0]
    .concat(uint16(extensions.length), extensions);
  return message(1, 1, Uint8Array.from(body));
}

const credentials = { certificateDer: new Uint8Array(300), sign: () => new Uint8Array(70) };
const EXTENDED_MASTER_SECRET = extension(23, []);

/** From the ClientHello to the Finished; returns what the hub answered and what it should have. */
function converse(group: 29 | 23, spoil = (_finished: Uint8Array) => {}) {
  const server = new ServerHandshake(credentials);
  const hello = clientHello({ groups: [group], more: EXTENDED_MASTER_SECRET });
  const flight = server.receive(hello)!.map((record) => record.fragment);
  const exchange = flight.find((fragment) => fragment[0] === 12)!.subarray(12);
  assertEquals([...exchange.subarray(0, 3)], [3, 0, group]);
  const key = new EphemeralKey(group);
  const premaster = key.agree(exchange.slice(4, 4 + exchange[3]));
  const certificate = message(11, 2, Uint8Array.of(0, 0, 0));
  const keyExchange = message(16, 3, Uint8Array.of(key.publicKey.length, ...key.publicKey));
  const verify = message(15, 4, new Uint8Array(8));
  assertEquals(server.receive(certificate), undefined);
  assertEquals(server.receive(keyExchange), undefined);
  assertEquals(server.receive(verify), undefined);
  const hash = (...messages: Uint8Array[]) => {
    const all = createHash("sha256");
    for (const part of messages) all.update(part);
    return all.digest();
  };
  const before = [hello, ...flight, certificate, keyExchange];
  const master = prf(premaster, "extended master secret", [hash(...before)], 48);
  const finished = message(20, 5, prf(master, "client finished", [hash(...before, verify)], 12));
  spoil(finished);
  const answer = server.receive(finished)!;
  const expected = prf(master, "server finished", [hash(...before, verify, finished)], 12);
  return { server, answer, expected };
}

Deno.test("the pseudorandom function gives what the definition of P_SHA256 does", () => {
  const [secret, seed] = [bytes("9bbe436ba940f017b17652849a71db35"), bytes("a0ba9f936cda3118")];
  const labelled = new Uint8Array([...new TextEncoder().encode("test label"), ...seed]);
  const hmac = (...parts: Uint8Array[]) => {
    const mac = createHmac("sha256", secret);
    for (const part of parts) mac.update(part);
    return mac.digest();
  };
  const a1 = hmac(labelled), a2 = hmac(a1);
  const expected = [...hmac(a1, labelled), ...hmac(a2, labelled)].slice(0, 40);
  assertEquals([...prf(secret, "test label", [seed], 40)], expected);
});

for (const [name, group] of Object.entries(GROUPS)) {
  Deno.test(`a handshake over ${name} ends with the Finished that its messages make due`, () => {
    const { answer, expected } = converse(group);
    assertEquals(answer.map(({ epoch }) => epoch), [0, 1]);
    assertEquals([...answer[1].fragment.subarray(12)], [...expected]);
  });
}

Deno.test("a Finished of another handshake ends this one", () => {
  assertThrows(() => converse(GROUPS.x25519, (finished) => finished[20] ^= 1), Error, "Finished");
});

Deno.test("X25519 is chosen whatever the order of the offer, and P-256 for who has no other", () => {
  const groupOf = (groups: number[]) =>
    new ServerHandshake(credentials).receive(clientHello({ groups }))![2].fragment[14];
  assertEquals(groupOf([23, 24, 29]), 29);
  assertEquals(groupOf([0x11ec, 23]), 23);
});

Deno.test("an offer without anything in common ends the handshake", () => {
  for (const offer of [{ groups: [24] }, { suites: [0xc02f] }, { schemes: [0x0804] }]) {
    assertThrows(() => new ServerHandshake(credentials).receive(clientHello(offer)), Error, "no ");
  }
});

Deno.test("a ClientHello cut anywhere ends the handshake or is read, and nothing else happens", () => {
  const whole = clientHello({ more: EXTENDED_MASTER_SECRET });
  for (let length = 13; length < whole.length; length++) {
    try {
      new ServerHandshake(credentials).receive(whole.slice(0, length));
    } catch (error) {
      assert(error instanceof Error && !(error instanceof TypeError), `${length}: ${error}`);
    }
  }
});

Deno.test("messages out of their order end the handshake", () => {
  const server = new ServerHandshake(credentials);
  server.receive(clientHello());
  assertThrows(() => server.receive(message(16, 2, new Uint8Array(33))), Error, "is due");
});

Deno.test("a public key that is none, or of small order, is refused and harms nobody", () => {
  const p256 = new EphemeralKey(GROUPS.secp256r1), x25519 = new EphemeralKey(GROUPS.x25519);
  const points = [0, 3, 255].map((fill) => Uint8Array.of(4, ...new Array(64).fill(fill)));
  for (const key of [...points, new Uint8Array(65), new Uint8Array(), Uint8Array.of(4, 1)]) {
    assertThrows(() => p256.agree(key));
  }
  for (const key of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))]) {
    assertThrows(() => x25519.agree(key));
  }
  assertThrows(() => x25519.agree(new Uint8Array(31)));
});

Deno.test("a sealed record opens at the other end only, and only unchanged", () => {
  const keys = [1, 2].map((n) => ({
    key: new Uint8Array(16).fill(n),
    salt: new Uint8Array(4).fill(n),
  }));
  const hub = new RecordCipher({ client: keys[0], server: keys[1] });
  const guest = new RecordCipher({ client: keys[1], server: keys[0] });
  const open = (bytes: Uint8Array) => guest.open({ bytes, fragment: bytes.subarray(13) });
  const payload = crypto.getRandomValues(new Uint8Array(500));
  const record = hub.seal(23, 2 ** 33 + 5, payload);
  assertEquals([...record.subarray(0, 11)], [23, 254, 253, 0, 1, 0, 2, 0, 0, 0, 5]);
  assertEquals([...open(record)], [...payload]);
  assertThrows(() => hub.open({ bytes: record, fragment: record.subarray(13) }));
  for (const index of [0, 4, 10, 13, 30, record.length - 1]) {
    const changed = record.slice();
    changed[index] ^= 1;
    assertThrows(() => open(changed));
  }
  assertThrows(() => open(record.slice(0, 20)));
  assertEquals(open(hub.seal(23, 6, new Uint8Array())).length, 0);
});
