/** What the hub does while nobody uses it: it rehearses joins, and collects its garbage. */

import { setImmediate } from "node:timers";
import { collectWhenQuiet } from "../../cli/garbage_collection.ts";
import { REHEARSALS } from "../../relaycore/limits.ts";
import { wellKnownIdentity } from "../../relaycore/identity/well_known.ts";
import { type Hub } from "../../relaycore/mod.ts";
import { Rehearsals } from "../../relaycore/self_test/rehearsals.ts";
import { SelfTest } from "../../relaycore/self_test/self_test.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { Guest } from "../support/guest.ts";
import { keepingLog, startTestHub } from "../support/test_hub.ts";
import { eventually } from "../support/waiting.ts";
import { hubWithRelay } from "./support/hub_with_relay.ts";

/** Long enough for the slowest machine. */
const PATIENCE_MS = 60_000;

const untilIdle = (hub: Hub) =>
  eventually("an idle hub", PATIENCE_MS, () => hub.idle ? true : undefined);
const untilOver = (rehearsals: Rehearsals) =>
  eventually("the end of the rehearsals", PATIENCE_MS, () => rehearsals.areOver ? true : undefined);

/** A test that does nothing but count, unless a test wants it otherwise. */
class FakeTest {
  joins = 0;
  disposals = 0;

  constructor(private readonly joining: (join: number) => Promise<void> = () => Promise.resolve()) {
  }

  join(): Promise<void> {
    return this.joining(++this.joins);
  }

  [Symbol.dispose](): void {
    this.disposals++;
  }
}

const unexpected = (error: unknown) => {
  throw error;
};

Deno.test("a hub without guests rehearses the whole join with what browsers and others offer", async () => {
  const test = new SelfTest(wellKnownIdentity());
  const rehearsals = new Rehearsals({ test, hasGuests: () => false, failed: unexpected });
  assertEquals([rehearsals.count, rehearsals.areOver], [0, false]);
  await untilOver(rehearsals);
  assert(rehearsals.count > 0 && rehearsals.count <= REHEARSALS.max);
  rehearsals.stop();
});

Deno.test("the rehearsals end when a guest comes, and do not begin again", async () => {
  const guests = { present: false };
  const test = new FakeTest((join) => Promise.resolve(void (guests.present = join === 3)));
  const rehearsals = new Rehearsals({
    test,
    hasGuests: () => guests.present,
    failed: unexpected,
  });
  await untilOver(rehearsals);
  assertEquals([test.joins, rehearsals.count, test.disposals], [3, 3, 1]);
});

Deno.test("a rehearsal that fails is reported and is the last one", async () => {
  const failures: unknown[] = [];
  const test = new FakeTest((join) =>
    join === 2 ? Promise.reject(new Error("no answer")) : Promise.resolve()
  );
  const rehearsals = new Rehearsals({
    test,
    hasGuests: () => false,
    failed: (error) => failures.push((error as Error).message),
  });
  await untilOver(rehearsals);
  assertEquals([test.joins, test.disposals, failures], [2, 1, ["no answer"]]);
});

Deno.test("a rehearsal that is cut short is not reported", async () => {
  const begun = Promise.withResolvers<void>();
  const cut = Promise.withResolvers<void>();
  const test = new FakeTest(() => {
    begun.resolve();
    return cut.promise;
  });
  const rehearsals = new Rehearsals({ test, hasGuests: () => false, failed: unexpected });
  await begun.promise;
  rehearsals.stop();
  assertEquals([rehearsals.areOver, test.disposals], [false, 1]);
  cut.reject(new Error("the test is over"));
  await untilOver(rehearsals);
});

Deno.test("a self-test that is disposed in the middle of a join ends the join, wherever it is", async () => {
  for (let turns = 0; turns < 12; turns++) {
    const test = new SelfTest(wellKnownIdentity());
    const outcome = test.join().then(() => "joined", (error) => error.message);
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    test[Symbol.dispose]();
    assertMatch(await outcome, turns === 0 ? /the test is over/ : /the test is over|^joined$/);
  }
});

Deno.test("a hub is idle after its start, and not while a guest is there", async () => {
  const { log, sentences } = keepingLog();
  await using hub = await startTestHub({ log });
  await hub.ready;
  assertEquals(hub.idle, false, "the rehearsals are ahead");
  await untilIdle(hub);
  const { guests, rooms, counters } = hub.status();
  const { "frames-routed": routed, ...faults } = counters;
  assertEquals([guests, rooms, routed, faults], [0, 0, 0, {}], "rehearsals are not counted");
  assertEquals(sentences.filter((sentence) => /guest|handshake/.test(sentence)), []);

  const guest = await Guest.join(hub.link);
  assertEquals(guest.id, 1, "rehearsals take no ids");
  assertEquals(hub.idle, false);
  guest.leave();
  await untilIdle(hub);
});

Deno.test("a hub is not idle while its media relay has an allocation", async () => {
  let allocations = 0;
  const { hub: opening } = hubWithRelay({
    serve: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    status: () => ({ allocations, limits: {}, counters: {} }),
  }, keepingLog().log);
  await using hub = opening;
  await hub.open();
  await untilIdle(hub);
  allocations = 1;
  assertEquals(hub.idle, false);
  allocations = 0;
  assertEquals(hub.idle, true);
});

Deno.test("a hub that stops before its rehearsals reports no error", async () => {
  const { log, sentences } = keepingLog();
  const hub = await startTestHub({ log });
  await hub.ready;
  await hub.stop();
  assertEquals(sentences.filter((sentence) => sentence.includes("internal error")), []);
});

/** Runs in a process of its own, so that the collection does not reach the other tests' libraries. */
const COLLECTING = `
import { collectGarbage } from "${import.meta.resolve("../../cli/garbage_collection.ts")}";
let garbage = { room: new Uint8Array(1000) };
const kept = new WeakRef(garbage);
garbage = undefined;
await new Promise((resolve) => setTimeout(resolve));
await collectGarbage();
console.log(kept.deref() === undefined ? "collected" : "kept");
`;

Deno.test("this runtime collects garbage when it is asked to", async () => {
  const args = ["eval", "--config", new URL("../../deno.json", import.meta.url).pathname];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args, COLLECTING],
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  assertEquals(text(stdout), "collected", text(stderr));
});

Deno.test("garbage is collected once while nobody is there", async () => {
  const sentences: string[] = [];
  let isHubIdle = false;
  let [looks, collections] = [0, 0];
  const stop = collectWhenQuiet({
    activity: () => {
      looks++;
      return { isHubIdle, isPageBusy: false };
    },
    debug: (sentence) => sentences.push(sentence),
    collect: () => Promise.resolve(void collections++),
  });
  const lookAgain = (times: number) => {
    const due = looks + times;
    return eventually("more looks", PATIENCE_MS, () => looks >= due ? true : undefined);
  };
  await lookAgain(8);
  assertEquals(collections, 0);
  isHubIdle = true;
  await eventually("a collection", PATIENCE_MS, () => sentences.length > 0 ? true : undefined);
  assertMatch(sentences[0], /^Garbage was collected in \d+ ms; \d+ MiB are in use\.$/);
  await lookAgain(8);
  assertEquals([collections, sentences.length], [1, 1]);
  stop();
});

Deno.test("a runtime that cannot collect garbage is asked once, and the reason can be read", async () => {
  const sentences: string[] = [];
  const stop = collectWhenQuiet({
    activity: () => ({ isHubIdle: true, isPageBusy: false }),
    debug: (sentence) => sentences.push(sentence),
    collect: () => Promise.reject(new Error("gc is not defined")),
  });
  await eventually("the reason", PATIENCE_MS, () => sentences.length > 0 ? true : undefined);
  assertEquals(sentences, [
    "The hub cannot collect its garbage, and uses more memory: gc is not defined",
  ]);
  stop();
});
