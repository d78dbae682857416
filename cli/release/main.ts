/**
 * The program that `build.ts` runs, with the packages of this folder's `deno.json`.
 *
 * @module
 */

import { reasonOf } from "../../relaycore/mod.ts";
import { UsageError } from "../usage_error.ts";
import { BuildError } from "./build_error.ts";
import { buildRelease } from "./build_release.ts";
import { buildHelpText, parseBuildFlags } from "./options.ts";

try {
  const options = parseBuildFlags(Deno.args);
  if (options === undefined) console.log(buildHelpText());
  else await buildRelease(options);
} catch (error) {
  console.error(reasonOf(error));
  Deno.exit(error instanceof UsageError || error instanceof BuildError ? 2 : 1);
}
