/**
 * A stranger on the Wi-Fi who has read the link, and sends from any address. MALLORY has her own
 * address. She can also send from VICTIM's address, but does not receive what is sent there.
 */

import { assert, assertEquals } from "../assert.ts";
import { PATH_PROBE_DATAGRAM_BYTES } from "../../relaycore/guests/path_probe.ts";
import {
  CHECK_RATE,
  CONSENT_TIMEOUT_MS,
  COOKIE_PERIOD_MS,
  MAX_AGENTS_PER_ADDRESS,
} from "../../relaycore/limits.ts";
import type { TransportAddress } from "../../relaycore/net/transport_address.ts";
import { clientHello } from "../support/client_hello.ts";
import { CERTIFICATE, protectedRecord, setUp } from "../support/guest_table.ts";
import { check } from "../support/ice_check.ts";

const VICTIM: TransportAddress = { address: "192.168.7.20", port: 40_000 };
const MALLORY: TransportAddress = { address: "192.168.7.66", port: 6666 };
const OTHER: TransportAddress = { address: "10.0.0.9", port: 5 };

/** Bytes sent to an address. */
function bytesTo(
  sent: readonly { datagram: Uint8Array; to: TransportAddress }[],
  { address, port }: TransportAddress,
): number {
  return sent.filter(({ to }) => to.address === address && to.port === port)
    .reduce((sum, { datagram }) => sum + datagram.length, 0);
}

Deno.test("a cookie that is forged, or from another handshake or address, begins no session", () => {
  const { table, sessions, cookieFor } = setUp();
  table.receiveStun(check({ tieBreaker: 1 }), VICTIM, 0);
  const cookie = cookieFor(VICTIM, 0, 1);
  table.receiveDtls(clientHello(1, new Uint8Array(cookie.length)), VICTIM, 0);
  table.receiveDtls(clientHello(2, cookie), VICTIM, 0);
  table.receiveStun(check({ tieBreaker: 2 }), MALLORY, 0);
  table.receiveDtls(clientHello(1, cookie), MALLORY, 0);
  assertEquals(sessions.length, 0);
  table.receiveDtls(clientHello(1, cookie), VICTIM, 0);
  assertEquals(sessions.length, 1);
});

Deno.test("a cookie is valid in its period and the next one", () => {
  for (const [ages, isGood] of [[1, true], [2, false], [255, false], [256, false]] as const) {
    const { table, sessions, cookieFor } = setUp();
    table.receiveStun(check({}), VICTIM, 0);
    const cookie = cookieFor(VICTIM, 0, 1);
    const later = ages * COOKIE_PERIOD_MS;
    table.receiveStun(check({}), VICTIM, later);
    table.receiveDtls(clientHello(1, cookie), VICTIM, later);
    assertEquals(sessions.length, isGood ? 1 : 0, `after ${ages} periods`);
  }
});

Deno.test("if ICE changes the pair between the ClientHellos, the flight goes to the cookie's address", () => {
  const { table, sent, sessions, cookieFor } = setUp();
  table.receiveStun(check({ tieBreaker: 1 }), VICTIM, 0);
  table.receiveStun(check({ tieBreaker: 1 }), OTHER, 0);
  const cookie = cookieFor(VICTIM, 1, 7);
  table.receiveDtls(clientHello(7, cookie), OTHER, 2);
  table.receiveDtls(clientHello(7, cookie), OTHER, 3);
  assertEquals(sessions.length, 1, "a repeated one belongs to the same handshake");
  const [session] = sessions;
  session.events.send(new Uint8Array(1100));
  assertEquals(sent.at(-1)!.to, VICTIM);
  // The session gets the records from there.
  table.receiveDtls(CERTIFICATE, OTHER, 4);
  session.secure();
  table.receiveDtls(protectedRecord(session.key), OTHER, 5);
  assertEquals(session.records.length, 4);
  session.open();
  assertEquals(sent.at(-1)!.to, VICTIM, "its id");
  // A connected guest is probed there.
  table.receiveDtls(protectedRecord(session.key), OTHER, 6);
  table.receiveDtls(session.answer(session.probes[0]), OTHER, 7);
  session.send("x");
  assertEquals(sent.at(-1)!.to, OTHER);
});

Deno.test("a forged check and ClientHello with a cookie of another address do not replace a guest", () => {
  const { table, rooms, sent, sessions, join, cookieFor } = setUp();
  const victim = join(VICTIM, 0, 1);
  table.receiveStun(check({ tieBreaker: 66 }), MALLORY, 1);
  const cookie = cookieFor(MALLORY, 1, 66);
  const before = bytesTo(sent, VICTIM);
  const forgedBytes = [check({ tieBreaker: 66 }), clientHello(66, cookie)];
  table.receiveStun(forgedBytes[0], VICTIM, 2);
  table.receiveDtls(forgedBytes[1], VICTIM, 2);
  // She has begun a handshake with her own address, as she could have done from there.
  assertEquals(sessions.length, 2);
  sessions[1].events.send(new Uint8Array(1100));
  assertEquals(sent.at(-1)!.to, MALLORY);
  assert(!victim.closed);
  assertEquals(rooms.guestCount, 1);
  const forged = forgedBytes.reduce((sum, { length }) => sum + length, 0);
  assert(bytesTo(sent, VICTIM) - before <= forged, "the victim is sent no more than came for it");
  // After its handshake it lives at the cookie's address.
  sessions[1].open();
  assert(!victim.closed);
  victim.send("still here");
  assertEquals(sent.at(-1)!.to, VICTIM);
});

Deno.test("an unproved address gets no more bytes than came from it, plus one probe", () => {
  const { table, sent, join } = setUp();
  const mallory = join(MALLORY, 0, 66);
  let received = PATH_PROBE_DATAGRAM_BYTES;
  const forge = (datagram: Uint8Array, receive: (datagram: Uint8Array) => void) => {
    received += datagram.length;
    receive(datagram);
    assert(bytesTo(sent, VICTIM) <= received, `${bytesTo(sent, VICTIM)} bytes for ${received}`);
  };
  const stun = (bytes: Uint8Array) => table.receiveStun(bytes, VICTIM, 1);
  const dtls = (bytes: Uint8Array) => table.receiveDtls(bytes, VICTIM, 1);
  forge(check({ tieBreaker: 66, fingerprint: false }), stun);
  forge(check({ tieBreaker: null, fingerprint: false, guestUfrag: "" }), stun);
  forge(check({ tieBreaker: 66, extra: [[0x7abc, new Uint8Array(0)]], fingerprint: false }), stun);
  forge(clientHello(1), dtls);
  forge(clientHello(1, new Uint8Array(20)), dtls);
  // She is a guest, and her own records come from there.
  for (let i = 0; i < 10; i++) {
    forge(check({ tieBreaker: 66, fingerprint: false }), stun);
    forge(protectedRecord(mallory.key), dtls);
  }
  for (let i = 0; i < 10; i++) mallory.send("x".repeat(1000));
  assert(bytesTo(sent, VICTIM) <= received);
  assert(bytesTo(sent, MALLORY) > 10_000);
});

Deno.test("a forged check with another agent does not redirect a guest's records", () => {
  const { table, counters, join } = setUp();
  const victim = join(VICTIM, 0, 1);
  const mallory = join(MALLORY, 0, 66);
  const before = victim.records.length;
  for (let now = 1; now <= 50; now++) {
    table.receiveStun(check({ tieBreaker: 66 }), VICTIM, now);
    assertEquals(table.standingOf(protectedRecord(), VICTIM, now), "data");
    table.receiveDtls(protectedRecord(victim.key), VICTIM, now);
  }
  assertEquals(victim.records.length, before + 50);
  assertEquals(mallory.records.length, 1);
  assertEquals(counters.snapshot(), {});
});

Deno.test("packets of a stranger from a guest's address are not charged to the guest", () => {
  let clock = 0;
  const { table, join } = setUp({ stopwatch: () => clock });
  const victim = join(VICTIM, 0, 1);
  victim.costs = () => clock += 30;
  for (let i = 0; i < 50; i++) table.receiveDtls(protectedRecord(99), VICTIM, 0);
  victim.costs = () => {};
  const before = victim.records.length;
  table.receiveDtls(protectedRecord(victim.key), VICTIM, 0);
  assertEquals(victim.records.length, before + 1);
});

Deno.test("the hub still answers a guest's checks during a flood of forged checks from its address", () => {
  const { table, sent, join } = setUp();
  join(VICTIM, 0, 1);
  for (let i = 0; i < CHECK_RATE.burst + 5; i++) {
    table.receiveStun(check({ tieBreaker: 1000 + i }), VICTIM, 0);
  }
  const answered = sent.length;
  table.receiveStun(check({ tieBreaker: 1 }), VICTIM, 0);
  assertEquals(sent.length, answered + 1);
});

Deno.test("a new handshake replaces the guest at its address only when it is complete", () => {
  const { table, rooms, sessions, join, shakeHands } = setUp();
  const old = join(VICTIM, 0, 1);
  const next = shakeHands(VICTIM, 1, 99);
  table.receiveDtls(CERTIFICATE, VICTIM, 1);
  assertEquals(next.records.length, 2, "plaintext is the new handshake's");
  table.receiveDtls(protectedRecord(old.key), VICTIM, 1);
  assertEquals(next.records.length, 2, "what opens for the guest is the guest's");
  table.receiveDtls(protectedRecord(next.key), VICTIM, 1);
  assertEquals(next.records.length, 3, "and all else the handshake's");
  assert(!old.closed);
  assertEquals(rooms.guestCount, 1);
  next.secure();
  assert(old.closed && !next.closed);
  assertEquals([sessions.length, rooms.guestCount], [2, 0]);
  next.open();
  assertEquals(next.texts, [`{"t":"id","id":2}`]);
});

Deno.test("an address has only its newest handshake", () => {
  const { sessions, join, shakeHands } = setUp();
  join(VICTIM, 0, 1);
  for (let seed = 100; seed < 110; seed++) shakeHands(VICTIM, 1, seed);
  assertEquals(sessions.filter(({ closed }) => !closed).length, 2);
  assert(!sessions[0].closed && !sessions.at(-1)!.closed);
});

Deno.test("a reloaded page on the same port, with a new agent, also replaces the old guest", () => {
  const { rooms, join } = setUp();
  const old = join(VICTIM, 0, 1);
  join(VICTIM, 1, 2);
  assert(old.closed);
  assertEquals(rooms.guestCount, 1);
});

Deno.test("a client with a guest's tie-breaker cannot replace the guest or end its consent", () => {
  const { table, rooms, join } = setUp();
  const victim = join(VICTIM, 0, 1);
  join(MALLORY, 0, 1);
  assert(!victim.closed);
  for (let now = 5000; now <= CONSENT_TIMEOUT_MS * 2; now += 5000) {
    table.receiveStun(check({ tieBreaker: 1 }), VICTIM, now);
    table.sweep(now);
  }
  assert(!victim.closed);
  assertEquals(rooms.guestCount, 1, "the other one has not checked");
});

Deno.test("a guest stays if its handshake began under the agent of a forged check", () => {
  const { table, rooms, shakeHands } = setUp();
  table.receiveStun(check({ tieBreaker: 1 }), VICTIM, 0);
  table.receiveStun(check({ tieBreaker: 66 }), VICTIM, 0);
  shakeHands(VICTIM, 0, 1).open();
  for (let now = 5000; now <= CONSENT_TIMEOUT_MS * 2; now += 5000) {
    table.receiveStun(check({ tieBreaker: 1 }), VICTIM, now);
    table.sweep(now);
  }
  assertEquals(rooms.guestCount, 1);
});

Deno.test("forged checks do not make the hub forget a guest's addresses", () => {
  const { table, sent, join } = setUp();
  const guest = join(VICTIM, 0, 1);
  table.receiveStun(check({ tieBreaker: 1 }), OTHER, 1);
  for (let i = 0; i < MAX_AGENTS_PER_ADDRESS * 2; i++) {
    table.receiveStun(check({ tieBreaker: 66 + i }), OTHER, 2);
  }
  table.receiveDtls(protectedRecord(guest.key), OTHER, 3);
  table.receiveDtls(guest.answer(guest.probes.at(-1)!), OTHER, 3);
  guest.send("x");
  assertEquals(sent.at(-1)!.to, OTHER);
});

Deno.test("an exception in a guest's session is reported and ends only that guest", () => {
  const { table, rooms, failures, join } = setUp();
  const broken = join(VICTIM, 0, 1);
  join(OTHER, 0, 2);
  broken.costs = () => {
    throw new Error("of our own making");
  };
  table.receiveDtls(protectedRecord(broken.key), VICTIM, 1);
  assert(broken.closed);
  assertEquals(rooms.guestCount, 1);
  assertEquals(failures.map((error) => (error as Error).message), ["of our own making"]);
});
