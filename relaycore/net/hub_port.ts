/**
 * Which UDP port the hub takes, and what to say when it is taken. An edge: it opens sockets.
 *
 * @module
 */

import { HubStartError } from "../api.ts";
import { PREFERRED_PORTS } from "../limits.ts";
import { reasonOf } from "../reason.ts";
import type { ProbeCredentials } from "./hub_probe.ts";

/** A socket for the hub and its port. */
export interface HubSocket {
  readonly socket: Deno.DatagramConn;
  readonly port: number;
}

/**
 * Takes the port that was asked for, else the saved one, else the first free of the preferred ones,
 * else any.
 *
 * @param known identities under which another hub on the same port would answer.
 * @throws {HubStartError} if the port asked for, or the saved one, cannot be had. A saved port is
 *   not given up for another: codes with it may hang on walls.
 */
export async function openHubSocket(
  asked: number | undefined,
  saved: number | undefined,
  known: readonly ProbeCredentials[],
): Promise<HubSocket> {
  const wanted = asked ?? saved;
  if (wanted === undefined) return openPreferred();
  try {
    return open(wanted);
  } catch (error) {
    throw await refusal(wanted, asked === undefined, error, known);
  }
}

function openPreferred(): HubSocket {
  for (const port of PREFERRED_PORTS) {
    try {
      return open(port);
    } catch (error) {
      // Taken, or on Windows reserved for virtual machines ("access denied"): the next one will do.
      if (error instanceof Deno.errors.NotCapable) throw cannotOpen(port, error);
    }
  }
  try {
    return open(0);
  } catch (error) {
    throw cannotOpen(0, error);
  }
}

function open(port: number): HubSocket {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port });
  return { socket, port: (socket.addr as Deno.NetAddr).port };
}

async function refusal(
  port: number,
  isSaved: boolean,
  error: unknown,
  known: readonly ProbeCredentials[],
): Promise<HubStartError> {
  if (!(error instanceof Deno.errors.AddrInUse)) return cannotOpen(port, error);
  const { isHub } = await import("./hub_probe.ts"); // only who finds a port taken waits for it
  const holder = await isHub(port, known)
    ? "another Kibitz hub runs on this computer and holds it; stop that one"
    : "another program on this computer holds it; stop that program";
  const which = isSaved
    ? `UDP port ${port}, which printed codes of this hub use,`
    : `UDP port ${port}`;
  return new HubStartError(`${which} is taken: ${holder}, or choose a port with --port.`);
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
