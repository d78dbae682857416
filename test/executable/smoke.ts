/**
 * Tries a downloaded executable on the system that it is for: everything that
 * `support/hub_check.ts` expects of it. For the release workflow:
 *
 *     deno run -A --config test/deno.json test/executable/smoke.ts PROGRAM [ARGUMENT…]
 *
 * @module
 */

import { checkHub, describe } from "./support/hub_check.ts";
import { inFolder } from "../support/folder.ts";

if (Deno.args.length === 0) {
  console.error("Give the program to try, with its first arguments if it takes any.");
  Deno.exit(2);
}
const [program, ...args] = Deno.args;
const command = [await Deno.realPath(program).catch(() => program), ...args];
let failed = false;
try {
  await inFolder(async (cwd) => console.log(describe(await checkHub(command, { cwd }))));
} catch (error) {
  console.error(error);
  failed = true;
}
// The guests' library has threads that keep this process.
Deno.exit(failed ? 1 : 0);
