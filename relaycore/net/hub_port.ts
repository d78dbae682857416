/**
 * Chooses the hub's UDP port, and explains the error if it cannot be opened. An edge: it opens
 * sockets.
 *
 * @module
 */

import { HubStartError } from "../api.ts";
import { PREFERRED_PORTS } from "../limits.ts";
import { reasonOf } from "../reason.ts";
import type { ProbeCredentials } from "./hub_probe.ts";
import { openFirst } from "./open_first.ts";

/** A socket for the hub and its port. */
export interface HubSocket {
  readonly socket: Deno.DatagramConn;
  readonly port: number;
}

/**
 * Opens the port that was asked for. Without one, opens the saved port; without that, the first
 * preferred port that is free, or else any free port. If another hub holds the port, waits a moment:
 * that hub may be about to stop.
 *
 * @param known identities under which another hub on this computer would answer.
 * @throws {HubStartError} if the port asked for, or the saved one, cannot be opened. A saved port
 *   is not replaced by another, because printed codes may contain it. Also if there is neither and
 *   a hub on this computer already holds a preferred port: the guests would be split between the
 *   two hubs.
 */
export async function openHubSocket(
  asked: number | undefined,
  saved: number | undefined,
  known: readonly ProbeCredentials[],
): Promise<HubSocket> {
  const wanted = asked ?? saved;
  if (wanted === undefined) return await openPreferred(known);
  try {
    return open(wanted);
  } catch (error) {
    const opened = await openIfTaken(wanted, error, known);
    if (typeof opened === "object") return opened;
    throw refusal(wanted, asked === undefined, error, opened);
  }
}

async function openPreferred(known: readonly ProbeCredentials[]): Promise<HubSocket> {
  try {
    return await openFirst([...PREFERRED_PORTS, 0], async (port) => {
      try {
        return open(port);
      } catch (error) {
        const opened = await openIfTaken(port, error, known);
        if (typeof opened === "object") return opened;
        if (opened !== "hub") throw error;
        throw new HubStartError(
          "A hub is already running on this computer; use its window, or close it first. " +
            "A second hub needs a port of its own: choose one with --port.",
        );
      }
    });
  } catch (error) {
    throw error instanceof HubStartError ? error : cannotOpen(PREFERRED_PORTS[0], error);
  }
}

function open(port: number): HubSocket {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port });
  return { socket, port: (socket.addr as Deno.NetAddr).port };
}

/**
 * Waits a moment for a port that is in use.
 *
 * @returns the socket if the port became free, otherwise what kind of program holds it; undefined if
 *   the port could not be opened for another reason.
 */
async function openIfTaken(
  port: number,
  error: unknown,
  known: readonly ProbeCredentials[],
): Promise<HubSocket | "hub" | "other" | undefined> {
  if (!(error instanceof Deno.errors.AddrInUse)) return undefined;
  const { openTakenPort } = await import("./taken_port.ts"); // loaded only where a port is taken
  return await openTakenPort(port, () => open(port), known);
}

function refusal(
  port: number,
  isSaved: boolean,
  error: unknown,
  holder: "hub" | "other" | undefined,
): HubStartError {
  if (holder === undefined) return cannotOpen(port, error);
  const remedy = holder === "hub"
    ? "another Kibitz hub runs on this computer and holds it; stop that one"
    : "another program on this computer holds it; stop that program";
  const which = isSaved
    ? `UDP port ${port}, which printed codes of this hub use,`
    : `UDP port ${port}`;
  return new HubStartError(`${which} is taken: ${remedy}, or choose a port with --port.`);
}

function cannotOpen(port: number, error: unknown): HubStartError {
  if (error instanceof Deno.errors.NotCapable) {
    return new HubStartError("The hub may not open a port; start it with --allow-net or -A.");
  }
  if (error instanceof Deno.errors.PermissionDenied && port < 1024) {
    return new HubStartError(
      `UDP port ${port} is reserved for administrators; choose one from 1024 up with --port.`,
    );
  }
  return new HubStartError(
    `UDP port ${port} cannot be opened (${reasonOf(error)}); choose another with --port.`,
  );
}
