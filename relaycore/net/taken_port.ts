/**
 * Handles a UDP port that is taken: finds out whether a hub or another program holds it, and waits for
 * a hub that is stopping. An edge: it opens sockets. It is loaded only if a port is taken.
 *
 * @module
 */

import { STOP_DEADLINE_MS, TAKEN_PORT_RETRY_INTERVAL_MS } from "../limits.ts";
import { isHub, type ProbeCredentials } from "./hub_probe.ts";

/**
 * Opens a port that was just refused, if it becomes free soon. A hub that is stopping keeps its port
 * until it has told its guests. So if a hub holds the port, this waits for as long as a hub may need
 * to stop.
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
      return open(); // even if no hub answered: a stopping hub may have ended in the meantime
    } catch (error) {
      const isOver = holder === "other" || performance.now() >= deadline;
      if (isOver || !(error instanceof Deno.errors.AddrInUse)) return holder;
    }
    await new Promise((resolve) => setTimeout(resolve, TAKEN_PORT_RETRY_INTERVAL_MS));
  }
}
