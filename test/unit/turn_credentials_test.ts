/**
 * Who may make requests: long-term credentials (RFC 8489 §9.2), nonces, Binding, malformed and
 * unknown requests.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "../assert.ts";
import { decodeXorAddress } from "../../relaycore/stun/attributes.ts";
import {
  hasNoWrongFingerprint,
  hasValidIntegrity,
  longTermKey,
} from "../../relaycore/stun/integrity.ts";
import { decodeStun, encodeStun, findAttribute } from "../../relaycore/stun/message.ts";
import { Attribute, MessageClass, Method } from "../../relaycore/stun/registry.ts";
import {
  TURN_FAILURE_RATE,
  TURN_NONCE_LIFETIME_MS,
  TURN_REQUEST_RATE,
} from "../../relaycore/limits.ts";
import { Nonces } from "../../relaycore/turn/nonce.ts";
import {
  attribute,
  codeOf,
  Conversation,
  PASSWORD,
  REALM,
  USERNAME,
} from "../support/turn_conversation.ts";
import { UDP } from "../support/turn_session.ts";

const PHONE = "192.168.1.20";
const KEY = longTermKey(USERNAME, REALM, PASSWORD);

Deno.test("a request without credentials gets 401 with realm and nonce, unsigned", () => {
  const client = new Conversation().client(PHONE);
  const response = client.request(Method.allocate, [UDP]);
  assertEquals(response.messageClass, MessageClass.error);
  assertEquals(codeOf(response), 401);
  assertEquals(new TextDecoder().decode(attribute(response, Attribute.realm)), "kibitz");
  assertEquals(attribute(response, Attribute.nonce).length, 16);
  assertEquals(findAttribute(response, Attribute.messageIntegrity), undefined);
  assertEquals(findAttribute(response, Attribute.software), undefined);
});

Deno.test("an answer to a stranger is not much longer than its request", () => {
  const client = new Conversation().client(PHONE);
  const request = client.encode(Method.allocate, [UDP]);
  const answer = client.datagram(request)!;
  // Including IPv4 and UDP headers.
  assert((answer.bytes.length + 28) / (request.length + 28) < 2);
});

Deno.test("every method except Binding needs credentials", () => {
  for (
    const method of [Method.allocate, Method.refresh, Method.createPermission, Method.channelBind]
  ) {
    const client = new Conversation().client(PHONE);
    assertEquals(codeOf(client.request(method, [])), 401);
  }
});

Deno.test("a request with the nonce and the right password gets a signed success", () => {
  const client = new Conversation().client(PHONE).hello();
  const response = client.request(Method.allocate, [UDP]);
  assertEquals(response.messageClass, MessageClass.success);
  assert(hasValidIntegrity(response, KEY));
});

Deno.test("an error after authentication is signed as well", () => {
  const client = new Conversation().client(PHONE).hello();
  const response = client.request(Method.refresh, []);
  assertEquals(codeOf(response), 437);
  assert(hasValidIntegrity(response, KEY));
});

Deno.test("a wrong password or an unknown user gets 401 with a nonce", () => {
  for (const wrong of [{ password: "guess" }, { username: "somebody" }]) {
    const client = new Conversation().client(PHONE).hello();
    Object.assign(client, wrong);
    const response = client.request(Method.allocate, [UDP]);
    assertEquals(codeOf(response), 401);
    attribute(response, Attribute.nonce);
    assertEquals(findAttribute(response, Attribute.messageIntegrity), undefined);
  }
});

Deno.test("MESSAGE-INTEGRITY without username, realm or nonce gets 400", () => {
  const text = (value: string) => new TextEncoder().encode(value);
  const conversation = new Conversation();
  const client = conversation.client(PHONE).hello();
  const all = [
    [Attribute.username, text(USERNAME)],
    [Attribute.realm, text(REALM)],
    [Attribute.nonce, client.nonce!],
  ] as const;
  for (const [missing] of all) {
    const response = client.answerTo(encodeStun({
      method: Method.allocate,
      messageClass: MessageClass.request,
      transactionId: new Uint8Array(12),
      attributes: [UDP, ...all.filter(([type]) => type !== missing)],
      integrityKey: KEY,
    }));
    assertEquals(codeOf(response), 400);
  }
});

Deno.test("a nonce is valid for its lifetime, and then 438 has a new one", () => {
  const conversation = new Conversation();
  const client = conversation.allocated(PHONE);
  conversation.now += 300_000;
  assertEquals(codeOf(client.refresh(3600)), undefined);
  const old = client.nonce!;
  conversation.now += TURN_NONCE_LIFETIME_MS - 300_000;
  assertEquals(codeOf(client.refresh(3600)), undefined);
  conversation.now += 1000;
  const stale = client.refresh();
  assertEquals(codeOf(stale), 438);
  assertEquals(findAttribute(stale, Attribute.messageIntegrity), undefined);
  client.nonce = attribute(stale, Attribute.nonce).slice();
  assertNotEquals(client.nonce, old);
  assertEquals(codeOf(client.refresh()), undefined);
});

Deno.test("another client's nonce gets 438, with another address or another port", () => {
  const conversation = new Conversation();
  const nonce = conversation.client(PHONE, 40_000).hello().nonce;
  for (const other of [conversation.client("192.168.1.21"), conversation.client(PHONE, 40_001)]) {
    other.nonce = nonce;
    assertEquals(codeOf(other.request(Method.allocate, [UDP])), 438);
  }
});

Deno.test("forged nonces of any length are never valid", () => {
  const nonces = new Nonces(new Uint8Array(16));
  const client = { address: PHONE, port: 1 };
  const nonce = nonces.issue(client, 5_000_000);
  assert(nonces.isValid(nonce, client, 5_000_000));
  for (let length = 0; length <= 80; length++) {
    assert(!nonces.isValid(new Uint8Array(length).fill(0x41), client, 5_000_000));
    assert(!nonces.isValid(new Uint8Array(length).fill(0xff), client, 5_000_000));
  }
  for (let index = 0; index < nonce.length; index++) {
    const other = nonce.slice();
    other[index] = other[index] === 0x41 ? 0x42 : 0x41;
    assert(!nonces.isValid(other, client, 5_000_000), `character ${index}`);
  }
  assert(!new Nonces(new Uint8Array(16).fill(1)).isValid(nonce, client, 5_000_000), "other secret");
  assert(!nonces.isValid(nonce, client, 4_000_000), "from the future");
});

Deno.test("Binding needs no credentials and tells the client its address", () => {
  const client = new Conversation().client(PHONE, 51_234);
  const response = client.request(Method.binding, []);
  assertEquals(response.messageClass, MessageClass.success);
  assertEquals(decodeXorAddress(attribute(response, Attribute.xorMappedAddress)), {
    address: PHONE,
    port: 51_234,
  });
});

Deno.test("a request with FINGERPRINT gets one back, and with a wrong one gets no answer", () => {
  const client = new Conversation().client(PHONE);
  const request = encodeStun({
    method: Method.binding,
    messageClass: MessageClass.request,
    transactionId: new Uint8Array(12),
    attributes: [],
    fingerprint: true,
  });
  const response = client.answerTo(request);
  assert(findAttribute(response, Attribute.fingerprint) !== undefined);
  assert(hasNoWrongFingerprint(response));
  request[request.length - 1] ^= 1;
  assertEquals(client.datagram(request), undefined);
});

Deno.test("an unknown comprehension-required attribute gets 420 with its type", () => {
  const unknown = 0x7f01;
  const client = new Conversation().client(PHONE).hello();
  const response = client.request(Method.allocate, [UDP, [unknown, new Uint8Array(4)]]);
  assertEquals(codeOf(response), 420);
  assertEquals(attribute(response, Attribute.unknownAttributes), Uint8Array.of(0x7f, 0x01));
  const binding = client.request(Method.binding, [[unknown, new Uint8Array()]]);
  assertEquals(codeOf(binding), 420);
});

Deno.test("DONT-FRAGMENT gets 420, because it cannot be honoured", () => {
  const client = new Conversation().client(PHONE).hello();
  const response = client.request(Method.allocate, [UDP, [
    Attribute.dontFragment,
    new Uint8Array(),
  ]]);
  assertEquals(codeOf(response), 420);
  assertEquals(attribute(response, Attribute.unknownAttributes), Uint8Array.of(0x00, 0x1a));
});

Deno.test("unknown comprehension-optional attributes are ignored", () => {
  const client = new Conversation().client(PHONE).hello();
  const response = client.request(Method.allocate, [UDP, [0xff01, new Uint8Array(3)]]);
  assertEquals(codeOf(response), undefined);
});

Deno.test("an unknown method gets 400", () => {
  assertEquals(codeOf(new Conversation().client(PHONE).request(0x0055, [])), 400);
});

Deno.test("responses, foreign indications and noise are dropped and counted", () => {
  const conversation = new Conversation();
  const client = conversation.client(PHONE);
  const message = (messageClass: number) =>
    encodeStun({
      method: Method.allocate,
      messageClass,
      transactionId: new Uint8Array(12),
      attributes: [],
    });
  const dropped = [
    message(MessageClass.success),
    message(MessageClass.error),
    message(MessageClass.indication),
    new Uint8Array(),
    Uint8Array.of(0),
    new Uint8Array(19),
    new Uint8Array(100).fill(0x80),
    new Uint8Array(100).fill(0x16),
    encodeStun({
      method: Method.allocate,
      messageClass: MessageClass.request,
      transactionId: new Uint8Array(12),
      attributes: [[0xff00, new Uint8Array(1300)]],
    }),
  ];
  for (const bytes of dropped) assertEquals(client.datagram(bytes), undefined);
  assertEquals(conversation.server.counters(), { "turn-malformed": dropped.length });
});

Deno.test("failures are answered at a limited rate for each address, without effect on others", () => {
  const conversation = new Conversation();
  const noisy = conversation.client(PHONE);
  const request = noisy.encode(Method.allocate, [UDP]);
  let answers = 0;
  for (let i = 0; i < TURN_FAILURE_RATE.burst * 3; i++) {
    if (noisy.datagram(request) !== undefined) answers++;
  }
  assertEquals(answers, TURN_FAILURE_RATE.burst);
  assertEquals(
    conversation.server.counters()["turn-too-many-failures"],
    TURN_FAILURE_RATE.burst * 2,
  );
  conversation.allocated("192.168.1.21");
  conversation.now += 1000;
  for (let i = 0; i < TURN_FAILURE_RATE.burst; i++) {
    if (noisy.datagram(request) !== undefined) answers++;
  }
  assertEquals(answers, TURN_FAILURE_RATE.burst + TURN_FAILURE_RATE.perSecond);
});

Deno.test("valid requests are answered at a limited rate for each address", () => {
  const conversation = new Conversation();
  const client = conversation.allocated(PHONE);
  const refresh = client.encode(Method.refresh, []);
  let answers = 0;
  for (let i = 0; i < TURN_REQUEST_RATE.burst + 100; i++) {
    if (client.datagram(refresh.slice()) !== undefined) answers++;
  }
  assertEquals(answers, TURN_REQUEST_RATE.burst - 2, "two made the allocation");
  assertEquals(conversation.server.counters()["turn-too-many-requests"], 102);
  conversation.now += 1000;
  assertEquals(codeOf(client.refresh()), undefined);
});

Deno.test("requests from strangers leave no allocation behind", () => {
  const conversation = new Conversation();
  for (let i = 0; i < 1000; i++) {
    conversation.client(`10.1.${i >> 8}.${i & 255}`).hello();
  }
  assertEquals(conversation.server.allocations, 0);
});

Deno.test("random requests never throw and never allocate", () => {
  const conversation = new Conversation();
  let state = 7;
  const random = () => (state = (state * 48271) % 0x7fffffff);
  for (let round = 0; round < 5000; round++) {
    const bytes = Uint8Array.from({ length: 20 + 4 * (random() % 30) }, () => random() & 255);
    bytes.set([random() & 1, random() & 31, 0, bytes.length - 20, 0x21, 0x12, 0xa4, 0x42]);
    const sent = conversation.client(`10.2.${round >> 8}.${round & 255}`).datagram(bytes);
    if (sent !== undefined) assert(decodeStun(sent.bytes) !== undefined);
  }
  assertEquals(conversation.server.allocations, 0);
});
