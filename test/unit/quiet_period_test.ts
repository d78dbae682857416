import { type Activity, QuietPeriod } from "../../cli/quiet_period.ts";
import { GARBAGE_COLLECTION } from "../../relaycore/limits.ts";
import { assertEquals } from "../support/assert.ts";

const { quietMs, lookMs } = GARBAGE_COLLECTION;
const QUIET: Activity = { isHubIdle: true, isPageBusy: false };
const GUESTS: Activity = { isHubIdle: false, isPageBusy: false };
const VISITOR: Activity = { isHubIdle: true, isPageBusy: true };

/** A program that is observed at regular intervals. */
class Program {
  readonly #period = new QuietPeriod();
  #now = 0;

  /** @returns after how many milliseconds of this activity there were collections. */
  during(activity: Activity, ms: number): number[] {
    const collections: number[] = [];
    for (let at = 0; at < ms; at += lookMs) {
      if (this.#period.look(activity, this.#now + at)) collections.push(at);
    }
    this.#now += ms;
    return collections;
  }
}

const DAYS = 3 * 86_400_000;

Deno.test("a hub that nobody uses for days collects its garbage once, soon after the start", () => {
  const program = new Program();
  assertEquals(program.during(GUESTS, 2000), [], "the start");
  assertEquals(program.during(QUIET, DAYS), [quietMs]);
});

Deno.test("there is no collection while guests are there, and one after the last has left", () => {
  const program = new Program();
  program.during(QUIET, 60_000);
  assertEquals(program.during(GUESTS, DAYS), []);
  assertEquals(program.during(QUIET, DAYS), [quietMs]);
  assertEquals(program.during(GUESTS, lookMs), []);
  assertEquals(program.during(QUIET, DAYS), [quietMs]);
});

Deno.test("guests that come back before the quiet has lasted long enough delay the collection", () => {
  const program = new Program();
  for (let visit = 0; visit < 10; visit++) {
    assertEquals(program.during(QUIET, quietMs), []);
    assertEquals(program.during(GUESTS, lookMs), []);
  }
  assertEquals(program.during(QUIET, 60_000), [quietMs]);
});

Deno.test("a busy page delays the collection, but causes none", () => {
  const program = new Program();
  assertEquals(program.during(VISITOR, 60_000), []);
  assertEquals(program.during(QUIET, 60_000), [quietMs]);
  for (let scrape = 0; scrape < 100; scrape++) {
    assertEquals(program.during(VISITOR, lookMs), []);
    assertEquals(program.during(QUIET, 15_000), []);
  }
});

Deno.test("a computer that was asleep collects at most once after it wakes up", () => {
  const period = new QuietPeriod();
  assertEquals(period.look(QUIET, 0), false);
  assertEquals(period.look(QUIET, DAYS), true);
  assertEquals(period.look(QUIET, DAYS + lookMs), false);
});
