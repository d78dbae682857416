/**
 * What to do about a UDP port that is taken: wait for a hub that is about to end, and tell a hub
 * from another program. An edge: it opens sockets. It is loaded only where a port is taken.
 *
 * @module
 */

import { STOP_DEADLINE_MS, TAKEN_PORT_RETRY_INTERVAL_MS } from "../limits.ts";
import { isHub, type ProbeCredentials } from "./hub_probe.ts";

/**
 * Opens a port that was just refused, if that is possible soon. A hub that was told to stop keeps
 * its port until its guests know. So if a hub holds the port, it gets the time in which every hub
 * that was told to stop has ended.
 *
 * @param open opens the port; throws while it is taken.
 * @param known identities under which a hub on this computer would answer.
 * @returns what `open` returned, or who still holds the port.
 */
export async function openTakenPort<T extends object>(
  port: number,
  open: () => T,
  known: readonly ProbeCredentials[],
): Promise<T | "hub" | "other"> {
  const deadline = performance.now() + STOP_DEADLINE_MS;
  const holder = await isHub(port, known) ? "hub" : "other";
  while (true) {
    try {
      return open(); // also if no hub answered: one that was stopping may have ended meanwhile
    } catch (error) {
      const isOver = holder === "other" || performance.now() >= deadline;
      if (isOver || !(error instanceof Deno.errors.AddrInUse)) return holder;
    }
    await new Promise((resolve) => setTimeout(resolve, TAKEN_PORT_RETRY_INTERVAL_MS));
  }
}
