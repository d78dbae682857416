/**
 * Makes the files of a release in `dist/`: the executables and what lies beside them.
 * `deno run -A build.ts --help` lists the flags; docs/RELEASE.md says how a release is cut, and
 * cli/release/ has the program.
 *
 * That program runs in a process of its own, because its packages are not those of a hub: what the
 * top `deno.json` names is fetched at every hub's first start.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

if (import.meta.main) {
  const program = fileURLToPath(new URL("cli/release/main.ts", import.meta.url));
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", program, ...Deno.args],
    stdin: "null",
  }).spawn().status;
  Deno.exit(code);
}
