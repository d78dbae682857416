/** Who loses something if a resource is used up. */

import { FairShare } from "../../relaycore/fairness/fair_share.ts";
import { HandshakeQueue } from "../../relaycore/guests/handshake_queue.ts";
import { TimeBudget } from "../../relaycore/fairness/time_budget.ts";
import {
  MAX_HANDSHAKE_DATAGRAM_BYTES,
  MAX_WAITING_HANDSHAKE_DATAGRAMS,
  STEPS_PER_NEWCOMER,
} from "../../relaycore/limits.ts";
import { RateLimiter } from "../../relaycore/fairness/rate_limiter.ts";
import { assert, assertEquals } from "../assert.ts";

Deno.test("the oldest item of the address with the most is removed first", () => {
  const share = new FairShare<number>();
  share.add("a", 1);
  share.add("b", 2);
  share.add("b", 3);
  assertEquals([share.heaviest, share.first, share.size, share.addresses], ["b", 2, 3, 2]);
  share.delete("b", 2);
  assertEquals([share.heaviest, share.first], ["a", 1]);
  share.delete("b", 9);
  share.delete("c", 1);
  assertEquals(share.size, 2);
  share.delete("a", 1);
  share.delete("b", 3);
  assertEquals([share.heaviest, share.first, share.size, share.addresses], [
    undefined,
    undefined,
    0,
    0,
  ]);
});

Deno.test("a share counts correctly through a thousand random changes", () => {
  const share = new FairShare<number>();
  const held = new Map<string, number[]>();
  for (let i = 0; i < 1000; i++) {
    const address = `${(i * 7919) % 13}`;
    const things = held.get(address) ?? [];
    held.set(address, things);
    if ((i * 31) % 5 < 2 && things.length > 0) share.delete(address, things.shift()!);
    else {
      things.push(i);
      share.add(address, i);
    }
    const most = Math.max(...[...held.values()].map(({ length }) => length));
    assertEquals(share.countOf(share.heaviest!), most);
    assertEquals(share.first, held.get(share.heaviest!)![0]);
  }
});

/** A queue whose steps are done by calling `step`. */
function steppedQueue() {
  const done: string[] = [];
  const steps: (() => void)[] = [];
  const queue = new HandshakeQueue(
    (datagram, { address }) => done.push(`${address}#${datagram[0]}`),
    (step) => steps.push(step),
  );
  return { queue, done, step: () => steps.shift()?.() };
}

const at = (address: string) => ({ address, port: 1 });

Deno.test("addresses take turns in the handshake queue", () => {
  const { queue, done, step } = steppedQueue();
  for (let i = 0; i < 3; i++) queue.push(Uint8Array.of(i), at("a"));
  queue.push(Uint8Array.of(7), at("b"));
  for (let i = 0; i < 5; i++) step();
  assertEquals(done, ["a#0", "b#7", "a#1", "a#2"]);
});

Deno.test("handshakes under way go first, but newcomers get a step now and then", () => {
  const { queue, done, step } = steppedQueue();
  queue.push(Uint8Array.of(1), at("new"));
  queue.push(Uint8Array.of(2), at("new"));
  for (let i = 0; i < 2 * STEPS_PER_NEWCOMER; i++) queue.push(Uint8Array.of(i), at("old"), true);
  for (let i = 0; i < 2 * STEPS_PER_NEWCOMER + 2; i++) step();
  const old = (i: number) => `old#${i}`;
  const steps = [...Array(2 * STEPS_PER_NEWCOMER).keys()].map(old);
  steps.splice(STEPS_PER_NEWCOMER, 0, "new#1");
  assertEquals(done, [...steps, "new#2"]);
});

Deno.test("in a full queue nobody gives way to the address that filled it, newcomer or not", () => {
  for (const isBegun of [false, true]) {
    const { queue, done, step } = steppedQueue();
    for (let i = 0; i < MAX_WAITING_HANDSHAKE_DATAGRAMS - 2; i++) {
      queue.push(Uint8Array.of(i & 255), at("a"), isBegun);
    }
    queue.push(Uint8Array.of(7), at("b"), true);
    queue.push(Uint8Array.of(8), at("c"));
    for (const other of [true, false]) {
      assertEquals(queue.push(Uint8Array.of(9), at("a"), other), false); // this one is lost
      assertEquals(queue.push(Uint8Array.of(9), at("d"), other), false); // one of a's is
    }
    for (let i = 0; i < MAX_WAITING_HANDSHAKE_DATAGRAMS; i++) step();
    const others = done.filter((each) => !each.startsWith("a")).sort();
    assertEquals(others, ["b#7", "c#8", "d#9", "d#9"]);
  }
});

Deno.test("when the handshake queue is full, the address that filled it loses a datagram", () => {
  const { queue, done, step } = steppedQueue();
  for (let i = 0; i < MAX_WAITING_HANDSHAKE_DATAGRAMS; i++) {
    assert(queue.push(Uint8Array.of(i & 255), at("a")));
  }
  assertEquals(queue.push(Uint8Array.of(0), at("a")), false);
  assertEquals(queue.push(Uint8Array.of(9), at("b")), false); // one of a's is lost
  step();
  step();
  assertEquals(done, ["a#1", "b#9"]);
});

Deno.test("a datagram that is too large for a handshake is not queued", () => {
  const { queue, done, step } = steppedQueue();
  assertEquals(queue.push(new Uint8Array(MAX_HANDSHAKE_DATAGRAM_BYTES + 1), at("a")), false);
  step();
  assertEquals(done, []);
});

Deno.test("a share of time is used up by work, and is refilled over time", () => {
  const budget = new TimeBudget(0.5, 100, 0);
  assert(!budget.isSpent(0));
  budget.spend(50);
  assert(budget.isSpent(0));
  assert(!budget.isSpent(2));
  budget.spend(10_000); // the debt has a bound
  assert(budget.isSpent(101));
  assert(!budget.isSpent(105));
});

Deno.test("a rate allows a burst, is refilled, and counts each address separately", () => {
  const limiter = new RateLimiter({ burst: 2, perSecond: 10 }, 1);
  const taken = (address: string, now: number) => limiter.take(address, now);
  assertEquals([taken("a", 0), taken("a", 0), taken("a", 0), taken("b", 0)], [
    true,
    true,
    false,
    true,
  ]);
  assertEquals([taken("a", 99), taken("a", 100), taken("a", 100)], [false, true, false]);
});
