/**
 * Makes the files of a release in `dist/`: the executables and what lies beside them.
 * `deno run -A build.ts --help` lists the flags; RELEASE.md says how a release is cut, and
 * cli/release/ has the parts of this program.
 *
 * @module
 */

import { BuildError } from "./cli/release/build_error.ts";
import { buildRelease } from "./cli/release/build_release.ts";
import { buildHelpText, parseBuildFlags } from "./cli/release/options.ts";
import { UsageError } from "./cli/usage_error.ts";
import { reasonOf } from "./relaycore/mod.ts";

if (import.meta.main) {
  try {
    const options = parseBuildFlags(Deno.args);
    if (options === undefined) console.log(buildHelpText());
    else await buildRelease(options);
  } catch (error) {
    console.error(reasonOf(error));
    Deno.exit(error instanceof UsageError || error instanceof BuildError ? 2 : 1);
  }
}
