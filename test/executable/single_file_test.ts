/** The program in one file, `kibitz-offline.mjs`, run by this Deno. */

import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { childrenOf } from "../support/proc.ts";
import { Program } from "../support/program.ts";
import { inFolder } from "../support/folder.ts";
import { EXECUTABLES, isBuilt, whyNot } from "./support/executables.ts";
import { checkHub, describe } from "./support/hub_check.ts";
import { startMediaRelayThread } from "./support/media_relay_thread.ts";

const FILE = `${EXECUTABLES}/kibitz-offline.mjs`;
const THREAD_MS = 30_000;

/** A copy where no `deno.json` is near, as there is none near a downloaded file. */
async function downloaded(folder: string): Promise<string> {
  await Deno.copyFile(FILE, `${folder}/kibitz-offline.mjs`);
  return `${folder}/kibitz-offline.mjs`;
}

const skipped = await whyNot("kibitz-offline.mjs is not run", [
  async () => await isBuilt(FILE) ? undefined : "it has not been built",
]);

Deno.test({
  name: "One file for Deno: page, two guests, goodbye at Ctrl-C, the same identity again",
  ignore: skipped,
  fn: () =>
    inFolder(async (cwd) => {
      const program = [Deno.execPath(), "run", "-A", await downloaded(cwd)];
      console.log(describe(await checkHub(program, { cwd })));
    }),
});

Deno.test({
  name: "One file for Deno: with a flag for UDP it starts no second Deno, and relays on a thread",
  ignore: skipped || Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (cwd) => {
      const command = [Deno.execPath(), "run", "-A", "--unstable-net", await downloaded(cwd)];
      await using hub = new Program([...command, "--quiet", "--http=0"], { cwd });
      await hub.printed(({ stdout }) => stdout.includes("LINK "));
      assertEquals(childrenOf(hub.pid), []);
      await startMediaRelayThread(hub, THREAD_MS);
      hub.signal("SIGTERM");
      assertEquals(await hub.ended(), 0);
    }),
});

Deno.test({
  name: "One file for Deno: without any permission it says how to start it",
  ignore: skipped,
  fn: () =>
    inFolder(async (cwd) => {
      const command = [Deno.execPath(), "run", "--no-prompt", await downloaded(cwd)];
      await using hub = new Program(command, { cwd });
      assertEquals(await hub.ended(), 2);
      assertStringIncludes(hub.stderr, "deno run -A --unstable-net kibitz-offline.mjs");
    }),
});

Deno.test({
  name: "One file for Deno: the hub ends when the Deno that started it is killed",
  ignore: skipped || Deno.build.os === "windows",
  fn: () =>
    inFolder(async (cwd) => {
      const command = [Deno.execPath(), "run", "-A", await downloaded(cwd), "--quiet", "--http=0"];
      await using launcher = new Program(command, { cwd });
      await launcher.printed(({ stdout }) => stdout.includes("LINK "));
      launcher.signal("SIGKILL");
      // The hub holds the other end of this output, so the output ends when the hub does.
      await launcher.ended();
    }),
});
