import {
  CHECK_RATE,
  CONSENT_TIMEOUT_MS,
  HANDSHAKE_TIMEOUT_MS,
  MAX_CHECKED_ADDRESSES,
  MAX_GUESTS,
  MAX_HELD_BYTES,
  MAX_UNFINISHED_HANDSHAKES,
} from "../../relaycore/limits.ts";
import type { TransportAddress } from "../../relaycore/net/transport_address.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { clientHello } from "../support/client_hello.ts";
import { protectedRecord, setUp } from "../support/guest_table.ts";
import { check, FROM } from "../support/ice_check.ts";

const DATA = protectedRecord();
const OTHER: TransportAddress = { address: "10.0.0.9", port: 5 };

Deno.test("a ClientHello from an address without a check gets no answer and no state", () => {
  const { table, sessions, sent, counters } = setUp();
  table.receiveDtls(clientHello(1), FROM, 0);
  assertEquals(table.standingOf(clientHello(1), FROM, 0), "unchecked");
  assertEquals([sessions.length, sent.length], [0, 0]);
  assertEquals(counters.snapshot(), { "dtls-unchecked": 1 });
});

Deno.test("a ClientHello from a checked address gets a cookie and no state", () => {
  const { table, sessions, sent } = setUp();
  table.receiveStun(check({}), FROM, 0);
  table.receiveDtls(clientHello(1), FROM, 1);
  assertEquals(sent.length, 2);
  assertEquals(sent[1].to, FROM);
  assertEquals(sessions.length, 0);
});

Deno.test("a check is valid for thirty seconds", () => {
  const { table, sent } = setUp();
  table.receiveStun(check({}), FROM, 0);
  table.receiveDtls(clientHello(1), FROM, CONSENT_TIMEOUT_MS - 1);
  assertEquals(sent.length, 2);
  table.receiveDtls(clientHello(1), FROM, CONSENT_TIMEOUT_MS);
  assertEquals(sent.length, 2);
});

Deno.test("a guest enters the rooms when its channel opens, and frames go to its address", () => {
  const { rooms, sent, join } = setUp();
  const session = join(FROM, 0, 1);
  assertEquals(rooms.guestCount, 1);
  assertEquals(session.texts, [`{"t":"id","id":1}`]);
  session.say(`{"t":"echo","x":1}`);
  assertEquals(session.texts.at(-1), `{"t":"echo","x":1}`);
  assertEquals(sent.at(-1)!.to, FROM);
});

Deno.test("a guest whose checks stop for thirty seconds is removed, also from peers", () => {
  const { rooms, table, join } = setUp();
  const silent = join(FROM, 0, 1);
  const awake = join(OTHER, 0, 2);
  table.receiveStun(check({ tieBreaker: 2 }), OTHER, 20_000);
  table.sweep(CONSENT_TIMEOUT_MS - 1);
  assertEquals(rooms.guestCount, 2);
  table.sweep(CONSENT_TIMEOUT_MS);
  assert(silent.closed && !awake.closed);
  awake.say(`{"t":"peers"}`);
  assertEquals(awake.texts.at(-1), `{"t":"peers","ids":[2]}`);
});

Deno.test("data without checks does not keep a guest", () => {
  const { rooms, table, join } = setUp();
  join(FROM, 0, 1);
  for (let now = 0; now < CONSENT_TIMEOUT_MS; now += 1000) table.receiveDtls(DATA, FROM, now);
  table.sweep(CONSENT_TIMEOUT_MS);
  assertEquals(rooms.guestCount, 0);
});

Deno.test("a guest that ends leaves the rooms, and can join again from its address", () => {
  const { rooms, join } = setUp();
  join(FROM, 0, 1).events.ended("closed");
  assertEquals(rooms.guestCount, 0);
  join(FROM, 1, 2);
  assertEquals(rooms.guestCount, 1);
});

Deno.test("a repeated ClientHello goes to the session that it began", () => {
  const { table, sessions, sent, shakeHands } = setUp();
  table.receiveStun(check({}), FROM, 0);
  const session = shakeHands(FROM, 0, 7);
  const before = sent.length;
  table.receiveDtls(clientHello(7), FROM, 1);
  table.receiveDtls(clientHello(7, new Uint8Array(20)), FROM, 1);
  assertEquals(sessions.length, 1);
  assertEquals(sent.length, before);
  assertEquals(session.records.length, 3);
});

Deno.test("a handshake that is not complete in time is dropped", () => {
  const { table, shakeHands } = setUp();
  table.receiveStun(check({}), FROM, 0);
  const session = shakeHands(FROM, 0, 1);
  table.receiveStun(check({}), FROM, HANDSHAKE_TIMEOUT_MS - 1);
  table.sweep(HANDSHAKE_TIMEOUT_MS - 1);
  assert(!session.closed);
  table.sweep(HANDSHAKE_TIMEOUT_MS);
  assert(session.closed);
});

Deno.test("the oldest of too many unfinished handshakes is dropped, but no guest is", () => {
  const { table, sessions, shakeHands, join, rooms } = setUp();
  const guest = join(OTHER, 0, 255);
  for (let i = 0; i <= MAX_UNFINISHED_HANDSHAKES; i++) {
    const from = { address: "192.168.7.20", port: 1000 + i };
    table.receiveStun(check({ tieBreaker: 1000 + i }), from, 0);
    shakeHands(from, 0, i & 127);
  }
  const begun = sessions.slice(1);
  assertEquals(begun.length, MAX_UNFINISHED_HANDSHAKES + 1);
  assertEquals(begun.map(({ closed }) => closed).indexOf(false), 1);
  assert(!guest.closed);
  assertEquals(rooms.guestCount, 1);
});

Deno.test("a full hub begins no handshakes until a guest leaves", () => {
  const { table, rooms, sessions, join, shakeHands } = setUp();
  for (let i = 0; i < MAX_GUESTS; i++) {
    const from = { address: "192.168.7.20", port: 1000 + i };
    table.receiveStun(check({ tieBreaker: 1000 + i }), from, 0);
    shakeHands(from, 0, i & 127).open();
  }
  assertEquals(rooms.guestCount, MAX_GUESTS);
  table.receiveStun(check({ tieBreaker: 1 }), FROM, 0);
  shakeHands(FROM, 0, 200);
  assertEquals(sessions.length, MAX_GUESTS);
  sessions[0].events.ended("closed");
  join(FROM, 0, 201);
  assertEquals(rooms.guestCount, MAX_GUESTS);
});

Deno.test("in a full hub an address with fewer guests replaces the quietest guest of another", () => {
  const { rooms, table, sessions, shakeHands, counters } = setUp();
  for (let i = 0; i < MAX_GUESTS; i++) {
    const from = { address: "192.168.7.20", port: 1000 + i };
    table.receiveStun(check({ tieBreaker: 1000 + i }), from, 0);
    shakeHands(from, 0, i & 127).open();
  }
  table.receiveDtls(DATA, { address: "192.168.7.20", port: 1000 }, 5);
  sessions[0].say(`{"t":"peers"}`);
  table.receiveStun(check({ tieBreaker: 1 }), OTHER, 6);
  const late = shakeHands(OTHER, 6, 200);
  assert(sessions.slice(0, MAX_GUESTS).every(({ closed }) => !closed));
  late.open();
  assertEquals(rooms.guestCount, MAX_GUESTS);
  assertEquals(sessions.flatMap(({ closed }, i) => closed ? [i] : []), [1]);
  assertEquals(late.texts.length, 1);
  assertEquals(counters.snapshot()["guest-evicted"], 1);
});

Deno.test("if guests together hold too much, those that hold the most leave, of the heaviest address", () => {
  const { rooms, table, sessions, join, counters } = setUp();
  const MIB = 2 ** 20;
  const room = MAX_HELD_BYTES / MIB;
  // One guest of another address holds more than any guest of the crowd, but less than all of them.
  const held = [20, ...Array.from({ length: room / 4 }, (_, i) => i === 3 ? 5 : 4)];
  for (const i of held.keys()) {
    const address = i === 0 ? OTHER.address : FROM.address;
    join({ address, port: 2000 + i }, 0, 2000 + i);
    sessions[i].heldBytes = MIB;
  }
  table.sweep(1);
  assertEquals(rooms.guestCount, held.length);
  for (const [i, bytes] of held.entries()) sessions[i].heldBytes = bytes * MIB;
  table.sweep(2);
  const left = sessions.flatMap(({ closed }, i) => closed ? [i] : []);
  assertEquals(left.length, 5); // one with 5 MiB and four with 4 MiB: 21 MiB were too much
  assert(left.includes(4) && !left.includes(0));
  assertEquals(counters.snapshot()["guest-holds-most"], 5);
  table.sweep(3);
  assertEquals(rooms.guestCount, held.length - 5);
});

Deno.test("an address that never completes its handshakes displaces only its own", () => {
  const { table, sessions, shakeHands } = setUp();
  table.receiveStun(check({ tieBreaker: 2 }), OTHER, 0);
  const slow = shakeHands(OTHER, 0, 255);
  for (let i = 0; i <= MAX_UNFINISHED_HANDSHAKES; i++) {
    const from = { address: "192.168.7.20", port: 1000 + i };
    table.receiveStun(check({ tieBreaker: 1000 + i }), from, 0);
    shakeHands(from, 0, i & 127);
  }
  assert(!slow.closed);
  assertEquals(sessions.filter(({ closed }) => closed).length, 2);
});

Deno.test("an address that checks too often gets no answers, but a guest there does", () => {
  const { table, sent, counters, join } = setUp();
  join(FROM, 0, 1);
  const before = sent.length;
  const stranger = { address: FROM.address, port: 7 };
  for (let i = 0; i < CHECK_RATE.burst + 5; i++) table.receiveStun(check({}), stranger, 0);
  assert(counters.snapshot()["stun-too-many-checks"] >= 5);
  assert(sent.length <= before + CHECK_RATE.burst);
  const answered = sent.length;
  table.receiveStun(check({ tieBreaker: 1 }), FROM, 0);
  assertEquals(sent.length, answered + 1);
});

Deno.test("a busy hub ignores a guest that has used its share for a while", () => {
  let clock = 0;
  const { table, join } = setUp({ stopwatch: () => clock });
  const greedy = join(FROM, 0, 1);
  const modest = join(OTHER, 0, 2);
  greedy.costs = () => clock += 30;
  for (let i = 0; i < 10; i++) table.receiveDtls(DATA, FROM, 0);
  // Two hellos and as many records as fit into the hub's and the guest's time.
  assertEquals(greedy.records.length, 1 + 2);
  table.receiveDtls(DATA, OTHER, 0);
  assertEquals(modest.records.length, 1 + 1);
  table.receiveDtls(DATA, FROM, 1000);
  assertEquals(greedy.records.length, 1 + 3);
});

Deno.test("the cost of sending is charged to the guest that caused it, not to the receiver", () => {
  let clock = 0;
  const { table, join } = setUp({ stopwatch: () => clock });
  const greedy = join(FROM, 0, 1);
  const modest = join(OTHER, 0, 2);
  greedy.costs = () => modest.events.touched();
  modest.poll = () => clock += 30;
  const turn = (from: TransportAddress, now: number) => {
    table.receiveDtls(DATA, from, now);
    table.flush(now);
  };
  for (let i = 0; i < 10; i++) turn(FROM, 0);
  assertEquals(greedy.records.length, 1 + 2);
  turn(OTHER, 0);
  assertEquals(modest.records.length, 1 + 1);
});

Deno.test("an exception while sending ends only the guest of that session", () => {
  const { table, rooms, failures, join } = setUp();
  const broken = join(FROM, 0, 1);
  const whole = join(OTHER, 0, 2);
  broken.poll = () => {
    throw new Error("broken");
  };
  broken.events.touched();
  whole.events.touched();
  table.flush(1);
  assertEquals([failures.length, rooms.guestCount, whole.polls], [1, 1, [1]]);
  broken.nextDeadline = 0;
  table.poll(2);
});

Deno.test("a flood of checked addresses displaces the oldest, but no guest", () => {
  const { table, join } = setUp();
  const session = join(OTHER, 0, 1);
  for (let i = 0; i < MAX_CHECKED_ADDRESSES + 1; i++) {
    const from = { address: `10.1.${i >> 8}.${i & 255}`, port: 1 };
    table.receiveStun(check({ tieBreaker: 3 }), from, i);
  }
  const standingOf = (address: TransportAddress) =>
    table.standingOf(DATA, address, MAX_CHECKED_ADDRESSES);
  assertEquals(standingOf({ address: "10.1.0.0", port: 1 }), "unchecked");
  assertEquals(standingOf({ address: "10.1.0.1", port: 1 }), "handshake");
  assertEquals(standingOf(OTHER), "data");
  const before = session.records.length;
  table.receiveDtls(DATA, OTHER, MAX_CHECKED_ADDRESSES);
  assertEquals(session.records.length, before + 1);
});

Deno.test("stopping says goodbye to all guests", () => {
  const { table, rooms, sessions, join, shakeHands } = setUp();
  join(FROM, 0, 1);
  table.receiveStun(check({ tieBreaker: 2 }), OTHER, 0);
  shakeHands(OTHER, 0, 2);
  table.close();
  assert(sessions.every(({ closed }) => closed));
  assertEquals(rooms.guestCount, 0);
});

Deno.test("garbage that begins like DTLS is counted and has no other effect", () => {
  const { table, counters, join } = setUp();
  join(FROM, 0, 1);
  for (const bytes of [[22], [22, 0xfe, 0xfd], [22, 1, 1, ...new Uint8Array(20)]]) {
    table.receiveDtls(new Uint8Array(bytes), FROM, 0);
  }
  assertEquals(counters.snapshot(), { "dtls-malformed": 3 });
});

Deno.test("a signature goes to the session that asked for it, or nowhere if that has ended", () => {
  const { table, requests, shakeHands } = setUp();
  table.receiveStun(check({ tieBreaker: 1 }), FROM, 0);
  const first = shakeHands(FROM, 0, 1);
  first.events.sign(new Uint8Array([1]));
  const second = shakeHands(FROM, 0, 2);
  second.events.sign(new Uint8Array([2]));
  assertEquals(requests.map(({ bytes }) => [...bytes]), [[1], [2]]);
  assertEquals(requests.map(({ isWanted }) => isWanted()), [false, true]);
  second.nextDeadline = 400;
  requests[1].done(new Uint8Array([9]), 5);
  assertEquals([second.signatures.length, table.nextDeadline], [1, 400]);
});

Deno.test("sessions are polled at their deadlines, and the earliest deadline is known", () => {
  const { table, join } = setUp();
  const [one, other] = [join(FROM, 0, 1), join(OTHER, 0, 2)];
  assertEquals(table.nextDeadline, Infinity);
  [one.nextDeadline, other.nextDeadline] = [300, 200];
  for (const from of [FROM, OTHER]) table.receiveDtls(DATA, from, 1);
  assertEquals(table.nextDeadline, 200);
  table.poll(200);
  assertEquals([one.polls, other.polls, table.nextDeadline], [[], [200], 300]);
  table.poll(301);
  assertEquals([one.polls, table.nextDeadline], [[301], Infinity]);
});

Deno.test("an exception at a guest's deadline ends that guest, and the others are still polled", () => {
  const { table, rooms, failures, join } = setUp();
  const broken = join(FROM, 0, 1);
  const other = join(OTHER, 0, 2);
  const polled: number[] = [];
  broken.poll = () => {
    throw new Error("of our own making");
  };
  other.poll = (now) => polled.push(now);
  broken.nextDeadline = other.nextDeadline = 5;
  table.poll(5);
  assertEquals(polled, [5]);
  assert(broken.closed && !other.closed);
  assertEquals([rooms.guestCount, failures.length], [1, 1]);
});
