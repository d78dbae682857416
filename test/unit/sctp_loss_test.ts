/**
 * Conversations between two ends of SCTP, with a fake clock and lost packets.
 */

import { SCTP_LONGEST_SACK_DELAY_MS, SCTP_RTO_MS } from "../../relaycore/limits.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { type Direction, type Fate, SctpPath } from "./support/sctp_path.ts";

const WAYS: readonly Direction[] = ["to-hub", "to-guest"];

/** Small messages and a large one each way. They must arrive complete, in order, and once. */
function converse(fate: Fate, patience: number): { ms: number; counts: Record<Direction, number> } {
  using path = new SctpPath();
  path.fate = fate;
  const texts = ["hello", "x".repeat(20_000), "and", "y".repeat(1161), "goodbye"];
  for (const text of texts) {
    path.say(`guest: ${text}`);
    path.answer(`hub: ${text}`);
  }
  const isDone = () =>
    path.received.length >= texts.length && path.guest.received.length >= texts.length;
  const ms = path.until(isDone, patience);
  path.run(10_000);
  assertEquals(path.received, texts.map((text) => `guest: ${text}`));
  assertEquals(path.guest.received, texts.map((text) => `hub: ${text}`));
  assertEquals(path.hub.nextDeadline, undefined, "nothing is left to do");
  assertEquals(path.ends, []);
  return { ms, counts: path.counts };
}

Deno.test("a conversation without loss takes a few round trips", () => {
  const { ms, counts } = converse(() => "arrives", 1000);
  assert(ms <= 60, `${ms} ms`);
  for (const way of WAYS) assert(counts[way] < 45, `${counts[way]} packets ${way}`);
});

Deno.test("a conversation continues after the loss of any packet, within one timeout", () => {
  const { counts } = converse(() => "arrives", 1000);
  for (const way of WAYS) {
    for (let lost = 0; lost < counts[way]; lost++) {
      const { ms } = converse(
        (direction, index) => direction === way && index === lost ? "lost" : "arrives",
        2000,
      );
      assert(ms <= SCTP_RTO_MS.initial + 100, `${ms} ms with packet ${lost} ${way} lost`);
    }
  }
});

Deno.test("a packet that is lost among others is retransmitted before the timer", () => {
  using path = new SctpPath();
  path.fate = (direction, index) => direction === "to-guest" && index === 4 ? "lost" : "arrives";
  path.answer("x".repeat(40_000));
  const ms = path.until(() => path.guest.received.length === 1, 1000);
  assert(ms < SCTP_RTO_MS.min, `${ms} ms`);
});

Deno.test("a conversation continues after the loss of any two packets", () => {
  const { counts } = converse(() => "arrives", 1000);
  for (const way of WAYS) {
    for (let a = 0; a < counts[way]; a += 3) {
      for (let b = a + 1; b < counts[way] + 5; b += 4) {
        converse(
          (direction, index) =>
            direction === way && (index === a || index === b) ? "lost" : "arrives",
          5000,
        );
      }
    }
  }
});

Deno.test("a conversation continues if any packet arrives twice", () => {
  const { counts } = converse(() => "arrives", 1000);
  for (const way of WAYS) {
    for (let twice = 0; twice < counts[way]; twice++) {
      converse(
        (direction, index) => direction === way && index === twice ? "twice" : "arrives",
        1000,
      );
    }
  }
});

Deno.test("a conversation continues with a fifth of all packets lost", () => {
  let seed = 1;
  const random = () => (seed = Math.imul(seed, 0x5bd1e995) + 0x9e3779b9 | 0) >>> 8;
  for (let run = 0; run < 60; run++) {
    converse(() => random() % 5 === 0 ? "lost" : random() % 20 === 0 ? "twice" : "arrives", 60_000);
  }
});

Deno.test("256 KiB pass a path that loses a fifth of all packets, without ever longer pauses", () => {
  let seed = 7;
  const random = () => (seed = Math.imul(seed, 0x5bd1e995) + 0x9e3779b9 | 0) >>> 8;
  for (let run = 0; run < 10; run++) {
    using path = new SctpPath(5);
    path.fate = () => random() % 5 === 0 ? "lost" : "arrives";
    path.answer("x".repeat(262_144));
    path.until(() => path.guest.received.length === 1, 20_000);
  }
});

Deno.test("256 KiB pass a path without loss at the speed of a growing window", () => {
  using path = new SctpPath(5);
  path.answer("x".repeat(262_144));
  path.say("y".repeat(262_144));
  const ms = path.until(
    () => path.received.length === 1 && path.guest.received.length === 1,
    1000,
  );
  assert(ms <= 120, `${ms} ms, which is ${ms / 10} round trips`);
});

Deno.test("a guest that does not answer is asked at growing intervals, and then dropped", () => {
  using path = new SctpPath();
  path.answer("hello");
  path.run(1000);
  const sentAt: number[] = [];
  path.fate = (direction) => {
    if (direction === "to-guest") sentAt.push(path.now);
    return "lost";
  };
  path.answer("is anybody there?");
  path.run(120_000);
  const [first, probe, ...pauses] = sentAt.slice(1).map((at, i) => at - sentAt[i]);
  assert(first >= SCTP_RTO_MS.min && first <= SCTP_RTO_MS.initial, `${first} ms`);
  assert(probe > SCTP_LONGEST_SACK_DELAY_MS && probe < 2 * first, `${probe} ms`);
  for (let i = 0; i < pauses.length - 1; i++) {
    assertEquals(pauses[i], Math.min(2 ** (i + 1) * first, SCTP_RTO_MS.max), `pause ${i}`);
  }
  assertEquals(path.ends, ["does not answer"]);
});

Deno.test("a measured round trip ends the back-off after a timeout", () => {
  using path = new SctpPath();
  let isLost = true;
  path.fate = (direction) => direction === "to-guest" && isLost ? "lost" : "arrives";
  path.answer("lost");
  path.run(8000);
  isLost = false;
  path.until(() => path.guest.received.length === 1, 10_000);
  path.answer("measured");
  path.run(1000);
  isLost = true;
  const began = path.now;
  path.answer("lost again");
  path.run(1);
  isLost = false;
  path.until(() => path.guest.received.length === 3, 1000);
  assert(path.now - began < 2 * SCTP_RTO_MS.initial, `${path.now - began} ms`);
});
