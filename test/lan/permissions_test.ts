/**
 * The narrowest permission list of the README: what it promises is what it does.
 */

import { assert, assertEquals } from "../assert.ts";
import { Browser } from "./browser.ts";
import { HubProcess } from "../support/hub_process.ts";
import { createLan } from "./network.ts";

const REPO = new URL("../../", import.meta.url);

/** The arguments of the README's `deno run --allow-net…` command, or undefined without a README. */
async function readmeCommand(): Promise<string[] | undefined> {
  const readme = await Deno.readTextFile(new URL("README.md", REPO)).catch(() => undefined);
  if (readme === undefined) return undefined;
  const command = /^ *(deno run --allow-net(?:[^\n]*\\\n)*[^\n]*)$/m.exec(readme)?.[1];
  if (command === undefined) throw new Error("README.md has no `deno run --allow-net` command.");
  return command.replaceAll("\\\n", " ").trim().split(/\s+/).slice(1);
}

/** A copy of what a person downloads, without tests and without a cache of its own. */
async function copyProgram(to: string): Promise<void> {
  const copy = async (from: URL, target: string): Promise<void> => {
    await Deno.mkdir(target, { recursive: true });
    for await (const entry of Deno.readDir(from)) {
      if (["test", "dist", "node_modules", "docs"].includes(entry.name)) continue;
      if (entry.name.startsWith(".") || entry.name.startsWith("relay-")) continue;
      if (entry.isDirectory) await copy(new URL(`${entry.name}/`, from), `${target}/${entry.name}`);
      else await Deno.copyFile(new URL(entry.name, from), `${target}/${entry.name}`);
    }
  };
  await copy(REPO, to);
}

const command = await readmeCommand();
if (!command) console.log("There is no README.md yet: test/lan/permissions_test.ts is skipped.");

for (const flags of [[], ["--fixed-id=false"]]) {
  Deno.test({
    name: `The README's narrowest permissions are enough ${flags.join(" ") || "by default"}`,
    ignore: !command,
    async fn() {
      await using lan = await createLan({ guests: 1 });
      const cwd = `${lan.directory}/program`;
      await copyProgram(cwd);
      // Only what the list allows: the command as it stands, in a fresh directory, with the default
      // paths.
      const [run, ...rest] = command ?? [];
      await using hub = await HubProcess.start(lan, {
        deno: [run, "--cached-only", "--no-prompt", ...rest],
        flags,
        cwd,
        state: null,
      });
      await using chromium = await Browser.start(lan, lan.guests[0], "chromium");
      const guest = await chromium.join(hub.link, "cabin");
      assertEquals(await guest.peers(), [guest.id]);
      const page = await chromium.fetch(`http://${lan.hub.address}:8080/link`);
      assertEquals(page, { status: 200, body: `${hub.link}\n` });
      assertEquals(await Deno.readTextFile(`${cwd}/relay-link.txt`), `${hub.link}\n`);
      assertEquals((await hub.stop()).code, 0);
      assert(!/NotCapable|Requires \w+ access|--allow-/.test(hub.output), hub.output);
    },
  });
}
