/**
 * Checks the runtime in `DENORT_BIN`, which replaces the one that Deno downloads.
 *
 * @module
 */

import { reasonOf } from "../../relaycore/mod.ts";
import { BuildError } from "./build_error.ts";
import { COMPILE_DENO } from "./compiler.ts";
import { type Target, TARGETS, tripleOf } from "./targets.ts";

/**
 * Checks the runtime before anything is built.
 *
 * @throws {BuildError} if the runtime cannot be read, or does not fit all targets.
 */
export async function checkGivenRuntime(targets: readonly Target[]): Promise<void> {
  const path = Deno.env.get("DENORT_BIN");
  if (!path) return;
  let triple: string | undefined;
  try {
    using file = await Deno.open(path);
    const head = new Uint8Array(64);
    const length = await file.read(head);
    triple = tripleOf(head.subarray(0, length ?? 0));
  } catch (error) {
    const name = `the denort of Deno ${COMPILE_DENO}`;
    throw new BuildError(
      `DENORT_BIN names ${path}, which cannot be read (${
        reasonOf(error)
      }); unset it, or name ${name}.`,
    );
  }
  const foreign = targets.find((target) => target.triple !== triple);
  if (foreign === undefined) return;
  const own = TARGETS.find((target) => target.triple === triple)?.name;
  throw new BuildError(
    `DENORT_BIN names ${path}, which is ${own === undefined ? "no runtime" : `for ${own}`} and ` +
      `not for ${foreign.name}; ` +
      (own === undefined ? "unset it." : `build with --target ${own}.`),
  );
}
