/**
 * Guests that leave the network without a word must not take the others' call with them: what is
 * sent to them waits in the kernel for an answer to ARP, in the one send buffer that all share.
 *
 * @module
 */

import { eventually } from "./eventually.ts";
import { createLan, type Host, namespacesAvailable } from "./network.ts";
import { TextLineStream } from "./text_lines.ts";

const REPO = new URL("../../", import.meta.url);
/** Of 300 packets a second that are sent. With a full send buffer fewer than 40 arrive. */
const ENOUGH_PER_SECOND = 200;
const DEADLINE_MS = 30_000;

/** A program of this repository on a host; disposing of it ends it. */
class Program implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;

  constructor(host: Host, script: string, ...args: string[]) {
    this.#child = host.command(Deno.execPath(), {
      args: ["run", "-A", "--cached-only", script, ...args],
      cwd: REPO,
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    const lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) this.lines.push(line);
  }

  /** The first line it prints. */
  firstLine(): Promise<string> {
    return eventually("a program's first line", DEADLINE_MS, () => this.lines[0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#reading;
  }
}

for (const engine of ["datagram", "thread"]) {
  Deno.test({
    name: `${engine}: a call goes on when three guests vanish from the network`,
    ignore: !await namespacesAvailable(),
    async fn() {
      await using lan = await createLan({ guests: 5 });
      await using stack = new AsyncDisposableStack();
      const run = (host: Host, script: string, ...args: string[]) =>
        stack.use(new Program(host, script, ...args));
      const relay = run(
        lan.hub,
        "test/bench/turn_server.ts",
        ...["3478", "user", "secret", engine],
      );
      await relay.firstLine();
      const [sender, ...receivers] = lan.guests;
      const programs = receivers.map((host) => run(host, "test/lan/turn_guest.ts", host.address));
      const relayed = await Promise.all(programs.map((program) => program.firstLine()));
      run(sender, "test/lan/turn_guest.ts", sender.address, ...relayed);

      const [staying] = programs;
      const lastSecond = () => Number(staying.lines.at(-1)) >= ENOUGH_PER_SECOND || undefined;
      await eventually("the call to begin", DEADLINE_MS, lastSecond);

      for (const host of receivers.slice(1)) {
        await host.command("ip", { args: ["link", "set", "wlan0", "down"] }).output();
      }
      // As it is some seconds after a phone went out of range, when its neighbour entry is stale.
      await lan.hub.command("ip", { args: ["neigh", "flush", "all"] }).output();
      const from = staying.lines.length;
      await eventually("three good seconds in a row", DEADLINE_MS, () => {
        const recent = staying.lines.slice(from).map(Number);
        return recent.some((_, index) =>
          index >= 2 && recent.slice(index - 2, index + 1).every((n) => n >= ENOUGH_PER_SECOND)
        ) || undefined;
      });
      console.log(`  packets each second: ${staying.lines.slice(from)}`);
    },
  });
}
