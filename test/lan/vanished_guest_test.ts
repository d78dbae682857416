/**
 * Guests that leave the network without a word must not take the others' call with them: what is
 * sent to them waits in the kernel for an answer to ARP, in the one send buffer that all share.
 *
 * @module
 */

import { denoCommand, Program } from "../support/program.ts";
import { eventually } from "../support/waiting.ts";
import { createLan, type Host, namespacesAvailable } from "./network.ts";

/** Of 300 packets a second that are sent. With a full send buffer fewer than 40 arrive. */
const ENOUGH_PER_SECOND = 200;
const DEADLINE_MS = 30_000;

for (const engine of ["datagram", "thread"]) {
  Deno.test({
    name: `${engine}: a call goes on when three guests vanish from the network`,
    ignore: !await namespacesAvailable(),
    async fn() {
      await using lan = await createLan({ guests: 5 });
      await using stack = new AsyncDisposableStack();
      const run = (host: Host, script: string, ...args: string[]) =>
        stack.use(new Program(denoCommand(script, ...args), { on: host }));
      const relay = run(
        lan.hub,
        "test/bench/turn_server.ts",
        ...["3478", "user", "secret", engine],
      );
      await relay.line();
      const [sender, ...receivers] = lan.guests;
      const programs = receivers.map((host) => run(host, "test/lan/turn_guest.ts", host.address));
      const relayed = await Promise.all(programs.map((program) => program.line()));
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
