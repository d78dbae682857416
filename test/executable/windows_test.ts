/**
 * The executable for Windows, under Wine. Debian 12's Wine is too old for Deno, so a newer one is
 * unpacked into a folder and run with that folder as its root.
 */

import { inFolder } from "../support/folder.ts";
import { EXECUTABLES, isBuilt, whyNot } from "./support/executables.ts";
import { checkHub, describe } from "./support/hub_check.ts";
import { whyNoDebian } from "./support/debian.ts";
import { whyNoWine, wineCommand } from "./support/wine.ts";

const FILE = `${EXECUTABLES}/kibitz-offline-windows.exe`;

const skipped = await whyNot("The Windows executable is not run under Wine", [
  async () => await isBuilt(FILE) ? undefined : "it has not been built",
  whyNoDebian,
  whyNoWine,
]);

Deno.test({
  name: "Windows, under Wine: page, code, two guests, goodbye at Ctrl-C, the same identity again",
  ignore: skipped,
  fn: () =>
    inFolder(async (cwd) => {
      await using wine = await wineCommand(FILE, cwd);
      const { program, env, folder } = wine;
      // Wine's first start makes a Windows, which takes a while.
      const patience = { giveUpMs: 120_000 };
      const options = { cwd, env, ...patience, statePath: `${folder}\\relay-state.json` };
      console.log(describe(await checkHub(program, options)));
    }),
});
