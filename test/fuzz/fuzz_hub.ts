/**
 * The live part of the fuzzer: attacks a running hub through every target at once, while two honest
 * guests use it. It checks what must hold during the attack and afterwards.
 *
 * @module
 */

import { HANDSHAKE_TIMEOUT_MS, SWEEP_INTERVAL_MS } from "../../relaycore/limits.ts";
import { HonestGuests } from "../support/honest_guests.ts";
import { pause } from "../support/waiting.ts";
import { attackAll, TARGETS } from "./attack.ts";
import { readCorpus } from "./corpus.ts";
import type { HonestReport } from "./honest.ts";
import { HubUnderTest } from "./hub.ts";
import type { HubMemory } from "./observed_hub.ts";
import { Sender } from "./sender.ts";
import type { Field, Target } from "./target.ts";

/** What to do. */
export interface FuzzRun {
  readonly seed: number;
  /** The least duration of the attack. */
  readonly minutes: number;
  /** The least number of packets of the attack. */
  readonly packets: number;
  /** The name of the only target; undefined for all. */
  readonly only: string | undefined;
  /** The number of the first case. */
  readonly from: number;
  /** A fault for the hub to have (`observed_hub.ts`), or `none`. */
  readonly fault: string;
}

/** The result of a run. */
export interface FuzzReport {
  /** A sentence for each failure; empty if there was none. */
  readonly failures: readonly string[];
  /** Packets sent, by target. */
  readonly packets: ReadonlyMap<string, number>;
  /** Packets that reached the hub, by its ports. */
  readonly received: ReadonlyMap<string, number>;
  /** The number of cases, by target. */
  readonly cases: ReadonlyMap<string, number>;
  /** The duration of the attack. */
  readonly seconds: number;
  readonly honest: HonestReport | undefined;
  readonly memory: ReadonlyMap<"before" | "after", HubMemory>;
  /** By how much the hub's own counters have grown. */
  readonly counters: Readonly<Record<string, number>>;
  readonly lastLines: readonly string[];
}

/** A first attack, before memory is measured: all code is loaded and caches fill. */
const WARM_UP_MS = 6000;
const WARM_UP_SLOWNESS = 4;

/** After this time, handshakes that nobody finishes are removed from memory. */
const PAUSE_MS = HANDSHAKE_TIMEOUT_MS + 4 * SWEEP_INTERVAL_MS;

/**
 * By how much the heap and its buffers may grow, for compiled code and the type feedback of the
 * optimizing compiler. A leak of 20 bytes for each of 210,000 packets is as much.
 */
const HEAP_MARGIN_BYTES = 4 * 2 ** 20;

/**
 * How many times, and at which interval, memory is measured again before the growth is a failure.
 */
const MEMORY_LOOKS = 3;
const MEMORY_LOOK_MS = 15_000;

/** By how much the process may grow: V8 does not return free pages at once. */
const RESIDENT_MARGIN_BYTES = 96 * 2 ** 20;

/** Counters of errors that are the hub's own, and not a guest's. */
const OWN_ERRORS = ["internal-error", "datagram-handler-error"];

/** Starts a hub, attacks it, and reports what was observed. `log` gets lines on the progress. */
export async function fuzzHub(
  run: FuzzRun,
  log: (line: string) => void,
): Promise<FuzzReport> {
  const failures: string[] = [];
  const memory = new Map<"before" | "after", HubMemory>();
  const cases = new Map<string, number>();
  const packets = new Map<string, number>();
  const received = new Map<string, number>();
  const counters: Record<string, number> = {};
  let honest: HonestReport | undefined;
  let seconds = 0;

  await using hub = await HubUnderTest.start(run.fault);
  await using guests = await HonestGuests.join<HonestReport>("test/fuzz/honest.ts", hub.link);
  const corpus = readCorpus();
  const field = () => ({
    hub,
    corpus,
    guests: new Sender(hub.port),
    media: new Sender(hub.turn.port),
    honest: guests.addresses,
  });
  const names = run.only === undefined ? Object.keys(TARGETS) : [run.only];
  const isOver = () => hub.exit !== undefined || guests.hasEnded;
  try {
    const warmUpEnd = performance.now() + WARM_UP_MS;
    await attackAll(names, field(), {
      seed: `${run.seed}/warm-up`,
      from: 0,
      slowness: WARM_UP_SLOWNESS,
      goesOn: () => performance.now() < warmUpEnd && !isOver(),
    });
    const before = await hub.status();
    memory.set("before", await hub.memory());

    log(
      `attacking UDP ${hub.port} and ${hub.turn.port} and TCP ${hub.httpPort} and ${hub.callPort}`,
    );
    const began = performance.now();
    const attack = field();
    const targets = await attackAll(names, attack, {
      seed: String(run.seed),
      from: run.from,
      slowness: 1,
      goesOn: (sent) =>
        !isOver() && (sent < run.packets || performance.now() - began < run.minutes * 60_000),
      cases,
    });
    seconds = (performance.now() - began) / 1000;
    for (const { name, packets: count } of targets) packets.set(name, count);
    received.set("guests", attack.guests.received).set("media", attack.media.received);

    failures.push(...reachFailures(run, targets, attack));

    log(`waiting ${PAUSE_MS / 1000} s for what was left unfinished to be over`);
    await stillness(PAUSE_MS, isOver);
    const after = await hub.status();
    memory.set("after", await hub.memory());
    for (const [name, count] of Object.entries(after.counters)) {
      const grown = count - (before.counters[name] ?? 0);
      if (grown > 0) counters[name] = grown;
    }
    honest = await guests.report();

    for (const name of OWN_ERRORS) {
      const count = after.counters[name] ?? 0;
      if (count > 0) failures.push(`the hub has made ${count} errors of the kind "${name}"`);
    }
    if (after.guests !== 2) failures.push(`${after.guests} guests are in the hub, not 2`);
    if (after.turn?.allocations !== 0) {
      failures.push(`${after.turn?.allocations} allocations are left`);
    }
    let grown = memoryFailures(memory.get("before")!, memory.get("after")!);
    // What was sent last may stay in memory longer than a handshake. A leak stays for ever.
    for (let again = 0; again < MEMORY_LOOKS && grown.length > 0; again++) {
      await pause(MEMORY_LOOK_MS);
      memory.set("after", await hub.memory());
      grown = memoryFailures(memory.get("before")!, memory.get("after")!);
    }
    failures.push(...grown);
  } catch (error) {
    failures.push(`the run broke off: ${error instanceof Error ? error.message : error}`);
  }
  if (hub.exit !== undefined) failures.push(`the hub has ended with code ${hub.exit.code}`);
  for (const line of hub.uncaught) failures.push(`the hub said: ${line}`);
  if (honest === undefined) failures.push("the honest guests could not tell what they saw");
  else {
    failures.push(...honest.complaints);
    if (honest.received !== honest.sent) {
      failures.push(`honest guests got ${honest.received} of ${honest.sent} frames`);
    }
  }
  const lastLines = hub.lastLines;
  return { failures, packets, received, cases, seconds, honest, memory, counters, lastLines };
}

/** Complains if too few packets have reached the hub, because then the run proves nothing. */
function reachFailures(
  { packets, only }: FuzzRun,
  targets: readonly Target[],
  { guests, media }: Field,
): string[] {
  const failures = targets.filter((target) => target.packets === 0)
    .map(({ name }) => `nothing was sent by ${name}`);
  const byTcp = targets.find(({ name }) => name === "http")?.packets ?? 0;
  const got = guests.received + media.received + byTcp;
  if (got < packets && only === undefined) failures.push(`the hub got ${got} packets only`);
  return failures;
}

function memoryFailures(before: HubMemory, after: HubMemory): string[] {
  const failures: string[] = [];
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  if (after.associations > 2) {
    failures.push(`${after.associations} DTLS associations are in memory for 2 guests`);
  }
  const grown = after.heapUsed + after.external - before.heapUsed - before.external;
  if (grown > HEAP_MARGIN_BYTES) failures.push(`the heap has grown by ${mib(grown)} MiB`);
  const residentGrown = after.rss - before.rss;
  if (residentGrown > RESIDENT_MARGIN_BYTES) {
    failures.push(`the process has grown by ${mib(residentGrown)} MiB`);
  }
  return failures;
}

/** Waits for `ms`, or until `isOver`. */
async function stillness(ms: number, isOver: () => boolean): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end && !isOver()) await pause(200);
}
