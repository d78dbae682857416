/**
 * The executable for the Raspberry Pi on another processor: qemu translates its instructions, with
 * the libraries of the Pi's Debian.
 */

import { inFolder } from "../support/folder.ts";
import { checkHub, describe } from "./support/hub_check.ts";
import { startMediaRelayThread } from "./support/media_relay_thread.ts";
import { EXECUTABLES, isBuilt, isInstalled, whyNot } from "./support/executables.ts";
import { unpackedRoot, whyNoDebian } from "./support/debian.ts";
import { Program } from "../support/program.ts";
import { assertEquals } from "../support/assert.ts";

const FILE = `${EXECUTABLES}/kibitz-offline-raspberry-pi`;
/** It takes some ten times as long as on the computer that it runs on. */
const GIVE_UP_MS = 120_000;
const QEMU = "qemu-aarch64-static";

const skipped = await whyNot("The Pi's executable is not run under qemu", [
  async () => await isBuilt(FILE) ? undefined : "it has not been built",
  whyNoDebian,
  async () => await isInstalled(QEMU) ? undefined : `${QEMU} is missing (package qemu-user-static)`,
]);

/** The command that runs it. The processor is a Pi 4's: what qemu takes by itself is far slower. */
async function program(): Promise<string[]> {
  const root = await unpackedRoot("pi", {
    ...{ suite: "trixie", processor: "arm64" },
    packages: ["libgcc-s1", "busybox-static"],
  });
  return [QEMU, "-cpu", "cortex-a72", "-L", root, FILE];
}

Deno.test({
  name: "Raspberry Pi, under qemu: page, two guests, goodbye at Ctrl-C, the same identity again",
  ignore: skipped,
  fn: () =>
    inFolder(async (cwd) => {
      console.log(describe(await checkHub(await program(), { cwd, giveUpMs: GIVE_UP_MS })));
    }),
});

Deno.test({
  name: "Raspberry Pi, under qemu: media are relayed on a thread of their own",
  ignore: skipped,
  fn: () =>
    inFolder(async (cwd) => {
      await using hub = new Program([...await program(), "--quiet", "--http=0"], {
        ...{ cwd, giveUpMs: GIVE_UP_MS },
      });
      await hub.printed(({ stdout }) => stdout.includes("LINK "));
      await startMediaRelayThread(hub, GIVE_UP_MS);
      hub.signal("SIGINT");
      assertEquals(await hub.ended(), 0);
    }),
});
