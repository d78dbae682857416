import { IceResponder } from "../../relaycore/ice/responder.ts";
import { decodeErrorCode, decodeXorAddress } from "../../relaycore/stun/attributes.ts";
import { hasNoWrongFingerprint, hasValidIntegrity } from "../../relaycore/stun/integrity.ts";
import { decodeStun, encodeStun, findAttribute } from "../../relaycore/stun/message.ts";
import { Attribute, MessageClass, Method } from "../../relaycore/stun/registry.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { check, FROM, HUB } from "../support/ice_check.ts";

const responder = new IceResponder(HUB);

Deno.test("a valid check is answered with its source address, signed with the hub's password", () => {
  const request = check({});
  const outcome = responder.check(request, FROM);
  assert(outcome.kind === "passed");
  const response = decodeStun(outcome.response);
  assert(response !== undefined);
  assertEquals(response.method, Method.binding);
  assertEquals(response.messageClass, MessageClass.success);
  assertEquals(response.transactionId, request.subarray(8, 20));
  assertEquals(decodeXorAddress(findAttribute(response, Attribute.xorMappedAddress)!), FROM);
  assert(hasValidIntegrity(response, new TextEncoder().encode(HUB.pwd)));
  assert(hasNoWrongFingerprint(response));
  assertEquals(response.attributes.at(-1)?.type, Attribute.fingerprint);
});

Deno.test("an agent is named by its tie-breaker, which survives ICE restarts, or else by its ufrag", () => {
  const agentOf = (bytes: Uint8Array) => {
    const outcome = responder.check(bytes, FROM);
    assert(outcome.kind === "passed");
    return outcome.agent;
  };
  const first = agentOf(check({ tieBreaker: 1 }));
  assertEquals(agentOf(check({ tieBreaker: 1, guestUfrag: "restarted" })), first);
  assert(agentOf(check({ tieBreaker: 2 })) !== first);
  const without = agentOf(check({ tieBreaker: null }));
  assertEquals(agentOf(check({ tieBreaker: null })), without);
  assert(agentOf(check({ tieBreaker: null, guestUfrag: "other" })) !== without);
  // A ufrag that looks like a tie-breaker is not one.
  const ufrag = "0000000000000001";
  assert(agentOf(check({ tieBreaker: null, guestUfrag: ufrag })) !== first);
});

Deno.test("a check tells whether it nominates its pair, and mayHash() gets its agent", () => {
  for (const isNominated of [true, false]) {
    const asked: string[] = [];
    const outcome = responder.check(check({ isNominated, tieBreaker: 10 }), FROM, (agent) => {
      asked.push(agent);
      return true;
    });
    assert(outcome.kind === "passed");
    assertEquals(outcome.isNominated, isNominated);
    assertEquals(asked, [outcome.agent]);
  }
});

Deno.test("no answer is larger than its check", () => {
  const smallest = { tieBreaker: null, isNominated: false, hasPriority: false };
  const bare = new IceResponder({ ufrag: "abcd", pwd: HUB.pwd }); // the shortest ufrag there can be
  const checks = [
    check({ ...smallest, username: "abcd:" }),
    check({ ...smallest, username: "abcd:", fingerprint: false }),
    ...[1, 2, 3, 7].map((count) =>
      check({
        ...smallest,
        username: "abcd:",
        fingerprint: false,
        extra: Array.from({ length: count }, (_, i) => [0x7000 + i, new Uint8Array()] as const),
      })
    ),
    check({
      ...smallest,
      username: "abcd:",
      fingerprint: false,
      extra: [[Attribute.iceControlled, new Uint8Array(8)]],
    }),
  ];
  for (const datagram of checks) {
    const outcome = bare.check(datagram, FROM);
    assert(outcome.kind !== "dropped");
    const { length } = outcome.response;
    assert(length <= datagram.length, `${length} bytes for ${datagram.length}`);
  }
});

Deno.test("checks for another hub are dropped without an answer, with a cause", () => {
  const cases: [string, Uint8Array][] = [
    ["stun-wrong-username", check({ username: "nobody:abcd" })],
    ["stun-wrong-username", check({ username: HUB.ufrag })],
    ["stun-wrong-username", check({ username: `${HUB.ufrag}x:abcd` })],
    ["stun-wrong-username", check({ guestUfrag: "a".repeat(257) })],
    ...[Attribute.iceControlling, Attribute.iceControlled].flatMap((role) =>
      [0, 9].map((length): [string, Uint8Array] => [
        "stun-malformed",
        check({ tieBreaker: null, extra: [[role, new Uint8Array(length)]] }),
      ])
    ),
    ["stun-wrong-integrity", check({ key: "another password of the right length" })],
    ["stun-wrong-integrity", check({ key: null })],
    ["stun-not-a-check", check({ messageClass: MessageClass.indication })],
    ["stun-not-a-check", check({ messageClass: MessageClass.success })],
    ["stun-not-a-check", check({ method: Method.allocate })],
    ["stun-malformed", check({}).subarray(0, -4)],
    ["stun-too-large", new Uint8Array(1281)],
  ];
  for (const [cause, datagram] of cases) {
    assertEquals(responder.check(datagram, FROM), { kind: "dropped", cause } as never, cause);
  }
});

Deno.test("the longest ufrag there can be is answered", () => {
  assertEquals(responder.check(check({ guestUfrag: "a".repeat(256) }), FROM).kind, "passed");
});

Deno.test("a check without a username is dropped", () => {
  const datagram = encodeStun({
    method: Method.binding,
    messageClass: MessageClass.request,
    transactionId: new Uint8Array(12),
    attributes: [],
    integrityKey: new TextEncoder().encode(HUB.pwd),
  });
  assertEquals(responder.check(datagram, FROM).kind, "dropped");
});

Deno.test("a wrong fingerprint is dropped although the integrity is right", () => {
  const datagram = check({});
  datagram[datagram.length - 1] ^= 1;
  assertEquals(
    responder.check(datagram, FROM),
    { kind: "dropped", cause: "stun-wrong-fingerprint" } as never,
  );
});

Deno.test("a check without a fingerprint passes", () => {
  assertEquals(responder.check(check({ fingerprint: false }), FROM).kind, "passed");
});

Deno.test("every changed bit before the fingerprint is detected", () => {
  const good = check({});
  // If the type of FINGERPRINT changes, there is another optional attribute and no FINGERPRINT.
  for (let bit = 0; bit < (good.length - 8) * 8; bit++) {
    const bad = good.slice();
    bad[bit >> 3] ^= 1 << (bit & 7);
    assertEquals(responder.check(bad, FROM).kind, "dropped", `bit ${bit}`);
  }
});

Deno.test("a username after MESSAGE-INTEGRITY is ignored", () => {
  const signed = encodeStun({
    method: Method.binding,
    messageClass: MessageClass.request,
    transactionId: new Uint8Array(12),
    attributes: [],
    integrityKey: new TextEncoder().encode(HUB.pwd),
  });
  const username = new TextEncoder().encode(`${HUB.ufrag}:abcdefgh`.padEnd(20, "x"));
  const datagram = new Uint8Array(signed.length + 4 + username.length);
  datagram.set(signed);
  datagram.set([0, Attribute.username, 0, username.length], signed.length);
  datagram.set(username, signed.length + 4);
  new DataView(datagram.buffer).setUint16(2, datagram.length - 20);
  assertEquals(responder.check(datagram, FROM).kind, "dropped");
});

Deno.test("an unknown comprehension-required attribute gets 420 with its number", () => {
  const outcome = responder.check(check({ extra: [[0x7abc, new Uint8Array(3)]] }), FROM);
  assert(outcome.kind === "refused");
  const response = decodeStun(outcome.response)!;
  assertEquals(decodeErrorCode(findAttribute(response, Attribute.errorCode)!), 420);
  assertEquals([...findAttribute(response, Attribute.unknownAttributes)!], [0x7a, 0xbc]);
});

Deno.test("an unknown comprehension-optional attribute is ignored", () => {
  assertEquals(
    responder.check(check({ extra: [[0xc057, new Uint8Array(4)]] }), FROM).kind,
    "passed",
  );
});

Deno.test("a guest in the controlled role gets 487", () => {
  const outcome = responder.check(
    check({ tieBreaker: null, extra: [[Attribute.iceControlled, new Uint8Array(8)]] }),
    FROM,
  );
  assert(outcome.kind === "refused");
  const response = decodeStun(outcome.response)!;
  assertEquals(decodeErrorCode(findAttribute(response, Attribute.errorCode)!), 487);
});
