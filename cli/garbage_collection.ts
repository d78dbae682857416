/**
 * Collects the program's garbage in quiet periods (`quiet_period.ts` says when). An edge: it has the
 * clock, and calls V8 and the C library.
 *
 * @module
 */

import { GARBAGE_COLLECTION } from "../relaycore/limits.ts";
import { openLibc } from "../relaycore/net/libc.ts";
import { reasonOf } from "../relaycore/mod.ts";
import { type Activity, QuietPeriod } from "./quiet_period.ts";

/** What {@link collectWhenQuiet} depends on. */
export interface CollectionParts {
  readonly activity: () => Activity;
  /** Logs a sentence for developers. */
  readonly debug: (sentence: string) => void;
  /** Collects; by default {@link collectGarbage}. */
  readonly collect?: () => Promise<void>;
}

/**
 * Collects garbage in each quiet period. If that is not possible on this computer, the program only
 * uses more memory, and `debug` gets the reason.
 *
 * @returns a function that ends it.
 */
export function collectWhenQuiet(
  { activity, debug, collect = collectGarbage }: CollectionParts,
): () => void {
  const period = new QuietPeriod();
  const timer = setInterval(async () => {
    if (!period.look(activity(), performance.now())) return;
    try {
      const began = performance.now();
      await collect();
      const took = (performance.now() - began).toFixed(0);
      const { rss } = Deno.memoryUsage();
      debug(`Garbage was collected in ${took} ms; ${(rss / 2 ** 20).toFixed(0)} MiB are in use.`);
    } catch (error) {
      clearInterval(timer);
      debug(`The hub cannot collect its garbage, and uses more memory: ${reasonOf(error)}`);
    }
  }, GARBAGE_COLLECTION.lookMs);
  return () => clearInterval(timer);
}

/**
 * Collects all garbage, and gives unused memory back to the system.
 *
 * @throws {Error} if the runtime does not offer it.
 */
export async function collectGarbage(): Promise<void> {
  // Executables have it from the start: they are compiled with the flag, because Deno 2.6, which they
  // contain, does not obey it later.
  const { gc } = globalThis as { gc?: () => void };
  (gc ?? await exposedGc())();
  returnUnusedMemory();
}

/** V8's function for a full collection, in a program that has started without it. */
async function exposedGc(): Promise<() => void> {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc"); // contexts that are created later have it
  return runInNewContext("gc");
}

/**
 * glibc keeps memory that was freed. V8's compiler, which works on threads of its own, leaves 2 MB
 * of it behind. Does nothing where the C library cannot be called.
 */
function returnUnusedMemory(): void {
  try {
    const libc = openLibc({ malloc_trim: { parameters: ["usize"], result: "i32" } });
    libc.symbols.malloc_trim(0n);
    libc.close();
  } catch {
    // The memory stays with the program, which uses it again.
  }
}
