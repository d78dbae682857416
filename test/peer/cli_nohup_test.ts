/** A hub that is started with nohup outlives its terminal. */

import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { makeFolder } from "../support/folder.ts";
import { hubCommand } from "../support/hub_process.ts";
import { isAlive } from "../support/proc.ts";
import { eventually } from "../support/waiting.ts";
import { hasTerminal } from "./support/terminal.ts";
import { freeUdpPort } from "../support/ports.ts";

const GIVE_UP_MS = 30_000;

const until = (condition: () => boolean | Promise<boolean>, what: string) =>
  eventually(what, GIVE_UP_MS, async () => await condition() || undefined, 20);

const read = (path: string) => Deno.readTextFile(path).catch(() => "");

Deno.test({
  name: "nohup: the terminal closes, the hub stays, and SIGTERM still ends it with a goodbye",
  ignore: Deno.build.os !== "linux" || !await hasTerminal(),
  async fn() {
    await using folder = await makeFolder("nohup");
    const cwd = folder.path;
    const command = hubCommand(
      "--no-fixed-id",
      `--port=${freeUdpPort()}`,
      "--http=0",
      "--turn=off",
    );
    const terminal = new Deno.Command("script", {
      args: ["--quiet", "--command", "bash --norc -i", "/dev/null"],
      cwd,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const keyboard = terminal.stdin.getWriter();
    const words = command.map((word) => `'${word}'`).join(" ");
    await keyboard.write(new TextEncoder().encode(
      `echo $$ > shell; nohup ${words} & echo $! > pid\n`,
    ));
    await until(async () => (await read(`${cwd}/nohup.out`)).includes("tap Allow"), "ready");
    const [shell, pid] = [Number(await read(`${cwd}/shell`)), Number(await read(`${cwd}/pid`))];
    try {
      assert(isAlive(shell) && isAlive(pid));
      terminal.kill("SIGKILL"); // the window is closed
      await until(() => !isAlive(shell), "the shell ended");
      Deno.kill(pid, "SIGHUP"); // what the shell and the system send, whichever they did
      Deno.kill(pid, "SIGTERM");
      await until(() => !isAlive(pid), "the hub ended");
      assertStringIncludes(await read(`${cwd}/nohup.out`), "Stopping: saying goodbye");
    } finally {
      if (isAlive(pid)) Deno.kill(pid, "SIGKILL");
      await terminal.status;
      await keyboard.close().catch(() => {});
    }
    assertEquals(isAlive(pid), false);
  },
});
