/** Guests that change their address, and clients that have lost their association. */

import { assert, assertEquals } from "../assert.ts";
import {
  CONSENT_TIMEOUT_MS,
  MAX_GUESTS,
  MISSED_CHECKS_MS,
  ORPHAN_GRACE_MS,
  ORPHAN_SILENCE_MS,
  PATH_PROBE_INTERVAL_MS,
} from "../../relaycore/limits.ts";
import type { TransportAddress } from "../../relaycore/net/transport_address.ts";
import { clientHello } from "../support/client_hello.ts";
import { protectedRecord, setUp } from "../support/guest_table.ts";
import { check, FROM } from "../support/ice_check.ts";

const OTHER: TransportAddress = { address: "10.0.0.9", port: 5 };
const THIRD: TransportAddress = { address: "10.0.0.10", port: 6 };

Deno.test("a guest that sends from another address is probed there, and moves when it answers", () => {
  const { rooms, table, sent, join } = setUp();
  const guest = join(FROM, 0, 1);
  table.receiveStun(check({ tieBreaker: 1 }), OTHER, 1);
  table.receiveDtls(protectedRecord(guest.key), OTHER, 200);
  assertEquals(sent.at(-1)!.to, OTHER, "the question goes to the new address");
  guest.send("x");
  assertEquals(sent.at(-1)!.to, FROM, "and all else to the old one");
  table.receiveDtls(guest.answer(guest.probes.at(-1)!), OTHER, 201);
  guest.send("x");
  assertEquals(sent.at(-1)!.to, OTHER);
  assertEquals(guest.moves, [201]);
  assertEquals(rooms.guestCount, 1);
});

Deno.test("a guest survives an ICE restart with a new ufrag, a new port and the same tie-breaker", () => {
  const { rooms, table, sent, join } = setUp();
  const guest = join(FROM, 0, 1);
  const restarted = { ...FROM, port: FROM.port + 1 };
  for (let now = 10_000; now < 3 * CONSENT_TIMEOUT_MS; now += 5000) {
    table.receiveStun(check({ tieBreaker: 1, guestUfrag: "after-the-restart" }), restarted, now);
    table.sweep(now);
  }
  assertEquals(rooms.guestCount, 1);
  table.receiveDtls(guest.answer(guest.probes.at(-1)!), restarted, 3 * CONSENT_TIMEOUT_MS);
  guest.send("x");
  assertEquals(sent.at(-1)!.to, restarted);
});

Deno.test("a nomination leads to a probe even if the guest sends nothing else", () => {
  const { table, sent, join } = setUp();
  const guest = join(FROM, 0, 1);
  table.receiveStun(check({ tieBreaker: 1 }), OTHER, 1);
  assertEquals(sent.at(-1)!.to, OTHER);
  assertEquals(guest.probes.length, 1);
  table.receiveDtls(guest.answer(guest.probes[0]), OTHER, 2);
  guest.send("x");
  assertEquals(sent.at(-1)!.to, OTHER);
});

Deno.test("checks without a nomination cause no probe", () => {
  const { table, join } = setUp();
  const guest = join(FROM, 0, 1);
  for (let now = 1; now < 1000; now += 100) {
    table.receiveStun(check({ tieBreaker: 1, isNominated: false }), OTHER, now);
  }
  assertEquals(guest.probes.length, 0);
});

Deno.test("a wrong number, a number from another address and a repeated one do not move a guest", () => {
  const { table, sent, join } = setUp();
  const guest = join(FROM, 0, 1);
  table.receiveStun(check({ tieBreaker: 1 }), OTHER, 1);
  table.receiveStun(check({ tieBreaker: 1, isNominated: false }), THIRD, 1);
  const [nonce] = guest.probes;
  const isAt = (address: TransportAddress) => {
    guest.send("x");
    assertEquals(sent.at(-1)!.to, address);
  };
  table.receiveDtls(guest.answer(nonce.map((byte) => byte ^ 1)), OTHER, 2);
  isAt(FROM);
  table.receiveDtls(guest.answer(nonce), FROM, 2);
  isAt(FROM);
  table.receiveDtls(guest.answer(nonce), OTHER, 3);
  isAt(OTHER);
  table.receiveStun(check({ tieBreaker: 1 }), FROM, 500);
  table.receiveDtls(guest.answer(guest.probes.at(-1)!), FROM, 501);
  isAt(FROM);
  table.receiveDtls(guest.answer(nonce), OTHER, 502);
  isAt(FROM);
});

Deno.test("a lost probe is sent again, but not for every record", () => {
  const { table, join } = setUp();
  const guest = join(FROM, 0, 1);
  table.receiveStun(check({ tieBreaker: 1, isNominated: false }), OTHER, 0);
  for (let now = 0; now < PATH_PROBE_INTERVAL_MS * 3; now++) {
    table.receiveDtls(protectedRecord(guest.key), OTHER, now);
  }
  assertEquals(guest.probes.length, 3);
});

Deno.test("a record that does not open cannot move a guest to another address", () => {
  const { table, sent, join } = setUp();
  const guest = join(FROM, 0, 1);
  guest.authentic = false;
  table.receiveStun(check({ tieBreaker: 1, isNominated: false }), OTHER, 1);
  table.receiveDtls(protectedRecord(guest.key), OTHER, 2);
  assertEquals(guest.probes.length, 0);
  guest.send("x");
  assertEquals(sent.at(-1)!.to, FROM);
});

Deno.test("the hub stops answering a client that keeps sending records of no association", () => {
  const { table, sent, counters } = setUp();
  const isAnswered = (now: number) => {
    const before = sent.length;
    table.receiveStun(check({ tieBreaker: 1 }), FROM, now);
    return sent.length > before;
  };
  assert(isAnswered(0));
  // A browser does this if its hub was killed and restarted.
  table.receiveDtls(protectedRecord(), FROM, 2500);
  assert(isAnswered(2500));
  for (let now = 7500; now < 200_000; now += 2500) {
    assert(!isAnswered(now), `answered after ${now} ms`);
    if (now % 30_000 === 0) table.receiveDtls(protectedRecord(), FROM, now);
  }
  // Another agent at the same address and port is not affected.
  const before = sent.length;
  table.receiveStun(check({ tieBreaker: 2 }), FROM, 200_000);
  assertEquals(sent.length, before + 1);
  assertEquals(counters.snapshot()["stun-orphan"], 77);
});

Deno.test("such a client is answered again after a ClientHello, or after a silence", () => {
  for (const begins of [true, false]) {
    const { table, sent, join } = setUp();
    const at = ORPHAN_GRACE_MS + 1;
    table.receiveStun(check({ tieBreaker: 1 }), FROM, 0);
    table.receiveDtls(protectedRecord(), FROM, 1);
    table.receiveStun(check({ tieBreaker: 1 }), FROM, at);
    assertEquals(sent.length, 1);
    if (begins) {
      assert(!join(FROM, at + 1, 1).closed);
    } else {
      for (let now = at; now <= ORPHAN_SILENCE_MS; now += 5000) {
        table.receiveStun(check({ tieBreaker: 1 }), FROM, now);
      }
      assertEquals(sent.length, 1);
      table.receiveStun(check({ tieBreaker: 1 }), FROM, ORPHAN_SILENCE_MS + 1);
      assertEquals(sent.length, 2);
    }
  }
});

Deno.test("records that are forged from its address silence neither a newcomer nor a guest", () => {
  const { table, sent, rooms, join, shakeHands } = setUp();
  const forge = (from: TransportAddress, now: number) =>
    table.receiveDtls(protectedRecord(99), from, now);
  const isAnswered = (from: TransportAddress, tieBreaker: number, now: number) => {
    const before = sent.length;
    table.receiveStun(check({ tieBreaker, isNominated: false }), from, now);
    return sent.length > before;
  };
  // Long before the newcomer comes, and while it sends checks.
  table.receiveStun(check({ tieBreaker: 66 }), FROM, 0);
  for (let now = 0; now < 20_000; now += 100) forge(FROM, now);
  assert(isAnswered(FROM, 1, 20_000));
  forge(FROM, 20_001);
  assert(isAnswered(FROM, 1, 20_000 + ORPHAN_GRACE_MS));
  shakeHands(FROM, 20_000 + ORPHAN_GRACE_MS, 1).open();
  assertEquals(rooms.guestCount, 1);
  // A guest at its address, and at another one that it keeps as a spare.
  join(OTHER, 0, 2);
  for (let now = 0; now < 20_000; now += 100) {
    assert(isAnswered(THIRD, 2, now) && isAnswered(OTHER, 2, now));
    forge(OTHER, now);
    forge(THIRD, now);
  }
});

Deno.test("a guest that joins again at its address keeps its place in a full hub", () => {
  const { rooms, sessions, table, shakeHands } = setUp();
  const at = (i: number) => ({ address: `10.9.${i >> 8}.${i & 255}`, port: 1000 });
  for (let i = 0; i < MAX_GUESTS; i++) {
    table.receiveStun(check({ tieBreaker: i + 1 }), at(i), 0);
    shakeHands(at(i), 0, i & 127).open();
  }
  assertEquals(rooms.guestCount, MAX_GUESTS);
  // One guest for each address: a stranger would be refused.
  table.receiveStun(check({ tieBreaker: 5000 }), FROM, 1);
  shakeHands(FROM, 1, 200);
  assertEquals(sessions.length, MAX_GUESTS);

  table.receiveStun(check({ tieBreaker: 6000 }), at(7), 1);
  const again = shakeHands(at(7), 1, 201);
  again.open();
  assertEquals(rooms.guestCount, MAX_GUESTS);
  assertEquals(sessions.flatMap(({ closed }, i) => closed ? [i] : []), [7]);
});

Deno.test("a full hub first drops a guest that has missed its checks", () => {
  const { rooms, sessions, table, shakeHands, join } = setUp();
  // A phone, and a school behind one router.
  const phone = join(OTHER, 0, 9999);
  const school = (i: number) => ({ address: "10.9.0.1", port: 1000 + i });
  for (let i = 0; i < MAX_GUESTS - 1; i++) {
    table.receiveStun(check({ tieBreaker: i + 1 }), school(i), 0);
    shakeHands(school(i), 0, i & 127).open();
  }
  const now = MISSED_CHECKS_MS;
  for (let i = 0; i < MAX_GUESTS - 1; i++) {
    table.receiveStun(check({ tieBreaker: i + 1 }), school(i), now - 1);
  }
  // The phone's browser was killed, and dials from another port.
  join({ ...OTHER, port: 77 }, now, 8888);
  assert(phone.closed);
  assertEquals(rooms.guestCount, MAX_GUESTS);
  assertEquals(sessions.filter(({ closed }) => closed).length, 1);
});

Deno.test("a late repeated ClientHello of a guest has no effect", () => {
  const { table, sessions, sent, join } = setUp();
  const guest = join(FROM, 0, 1);
  const before = sent.length;
  table.receiveDtls(clientHello(1), FROM, 1);
  table.receiveDtls(clientHello(1, new Uint8Array(27)), FROM, 1);
  assertEquals([sessions.length, sent.length], [1, before]);
  assert(!guest.closed);
});
