import { REHEARSALS } from "../../relaycore/limits.ts";
import { RehearsalPlan } from "../../relaycore/self_test/rehearsal_plan.ts";
import { assert, assertEquals } from "../support/assert.ts";

const READY = 1000;

/** Rehearses until the plan is over. @returns when each rehearsal began, and when the last one ended. */
function rehearse(tookMs: number): { plan: RehearsalPlan; began: number[]; ended: number } {
  const plan = new RehearsalPlan(READY);
  const began: number[] = [];
  let now = READY;
  while (!plan.isOver) {
    now = plan.nextDeadline;
    began.push(now);
    plan.ended(now, now += tookMs);
  }
  return { plan, began, ended: now };
}

Deno.test("the first rehearsal begins when the pages have had time to start", () => {
  assertEquals(new RehearsalPlan(READY).nextDeadline, READY + REHEARSALS.delayMs);
});

Deno.test("a fast computer rehearses the full number of times", () => {
  const { plan, began } = rehearse(3);
  assertEquals([plan.count, began.length], [REHEARSALS.max, REHEARSALS.max]);
  assertEquals(plan.nextDeadline, Infinity);
});

Deno.test("a slow computer rehearses for a limited time", () => {
  for (const took of [40, 250, 700]) {
    const { plan } = rehearse(took);
    assertEquals(plan.count, Math.ceil(REHEARSALS.totalMs / took));
  }
});

Deno.test("half of the time between the first rehearsal and the last is free", () => {
  for (const took of [3, 250]) {
    const { began, ended } = rehearse(took);
    const wall = ended - began[0];
    const busy = began.length * took;
    assert(busy <= wall / 2 + took, `${busy} ms of ${wall} ms`);
  }
});

Deno.test("after stop there is no further rehearsal, even if one is under way", () => {
  const plan = new RehearsalPlan(READY);
  plan.ended(READY, READY + 3);
  plan.stop();
  assertEquals(plan.nextDeadline, Infinity);
  plan.ended(READY + 6, READY + 9);
  assertEquals([plan.isOver, plan.nextDeadline], [true, Infinity]);
});
