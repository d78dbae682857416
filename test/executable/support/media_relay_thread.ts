/**
 * Whether the hub's media relay has a thread of its own.
 *
 * @module
 */

import { threadNamesOf } from "../../support/proc.ts";
import type { Program } from "../../support/program.ts";
import { eventually } from "../../support/waiting.ts";

/**
 * Sends the first datagram to the media relay, which starts its thread, and waits for the thread.
 *
 * @param hub has printed its link.
 * @throws {Error} if the thread does not start.
 */
export async function startMediaRelayThread(hub: Program, patienceMs: number): Promise<void> {
  const turn = /\|(\d+),/.exec(hub.stdout);
  if (turn === null) throw new Error(`no media relay in ${hub.stdout}`);
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    const to = { transport: "udp", hostname: "127.0.0.1", port: Number(turn[1]) } as const;
    await eventually("the media relay's thread", patienceMs, async () => {
      // Each is the first one for a hub that has just begun to serve.
      await socket.send(new Uint8Array(1), to);
      return threadNamesOf(hub.pid).some((name) => name.startsWith("worker")) || undefined;
    });
  } finally {
    socket.close();
  }
}
