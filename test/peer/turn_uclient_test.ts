/**
 * The relay against a client that nobody here wrote: coturn's `turnutils_uclient`. Skipped where it
 * is not installed (Debian: `apt install coturn`).
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import type { Engine } from "../../relaycore/turn/engine.ts";
import { WorkerEngine } from "../../relaycore/turn/worker_engine.ts";
import { startTurnRelay } from "../support/turn_relay.ts";

const ENGINES = WorkerEngine.isPossible() ? ["datagram", "thread"] as const : ["datagram"] as const;
const installed = await new Deno.Command("sh", { args: ["-c", "command -v turnutils_uclient"] })
  .output().then(({ success }) => success, () => false);

/** Runs the client against a fresh relay; returns what it printed and what was relayed. */
async function uclient(engine: Engine["kind"], ...flags: string[]) {
  await using relay = await startTurnRelay({
    port: 0,
    username: "user",
    password: "secret",
    hostAddresses: [],
    engine,
  });
  const { stdout, stderr } = await new Deno.Command("timeout", {
    // deno-fmt-ignore
    args: [
      "60", "turnutils_uclient", ...flags, "-c", "-u", "user", "-w", "secret",
      "-p", String(relay.port), "127.0.0.1",
    ],
  }).output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout) + decoder.decode(stderr);
}

/** How many messages were sent and received, as the client says at the end. */
function messagesOf(output: string): { sent: number; received: number } {
  const totals = [...output.matchAll(/tot_send_msgs=(\d+), tot_recv_msgs=(\d+)/g)].at(-1);
  assert(totals !== undefined, output);
  return { sent: Number(totals[1]), received: Number(totals[2]) };
}

for (const engine of ENGINES) {
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({ name: `uclient, ${engine}: ${name}`, ignore: !installed, fn });

  test("client to client by channels loses nothing", async () => {
    const output = await uclient(engine, "-y", "-m", "4", "-n", "50", "-l", "1000");
    assertEquals(messagesOf(output), { sent: 200, received: 200 }, output);
    assertStringIncludes(output, "Total lost packets 0 ");
  });

  test("client to client by indications loses nothing", async () => {
    const output = await uclient(engine, "-y", "-s", "-m", "4", "-n", "50", "-l", "1000");
    assertEquals(messagesOf(output), { sent: 200, received: 200 }, output);
    assertStringIncludes(output, "Total lost packets 0 ");
  });

  test("a channel to a peer that is no client is refused with 403", async () => {
    assertStringIncludes(await uclient(engine, "-e", "127.0.0.1"), "error 403 (Forbidden)");
  });

  test("a permission for a peer that is no client is refused with 403", async () => {
    assertStringIncludes(await uclient(engine, "-s", "-e", "192.0.2.1"), "error 403 (Forbidden)");
  });
}
