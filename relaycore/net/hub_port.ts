/**
 * Which UDP port the hub takes, and what to say when it is taken. An edge: it opens sockets.
 *
 * @module
 */

import { RelayStartError } from "../api.ts";
import { PORT_PROBE_TIMEOUT_MS, PREFERRED_PORTS } from "../limits.ts";
import { reasonOf } from "../reason.ts";
import { hasValidIntegrity } from "../stun/integrity.ts";
import { decodeStun, encodeStun } from "../stun/message.ts";
import { Attribute, MessageClass, Method } from "../stun/registry.ts";

/** A socket for the hub and its port. */
export interface HubSocket {
  readonly socket: Deno.DatagramConn;
  readonly port: number;
}

/** ICE credentials, to recognize another hub by. */
export interface ProbeCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

/**
 * Takes the port that was asked for, else the saved one, else the first free of the preferred ones,
 * else any.
 *
 * @param known identities under which another hub on the same port would answer.
 * @throws {RelayStartError} if the port asked for, or the saved one, cannot be had. A saved port is
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
): Promise<RelayStartError> {
  if (!(error instanceof Deno.errors.AddrInUse)) return cannotOpen(port, error);
  const holder = await isHub(port, known)
    ? "another Kibitz hub runs on this computer and holds it; stop that one"
    : "another program on this computer holds it; stop that program";
  const which = isSaved
    ? `UDP port ${port}, which printed codes of this hub use,`
    : `UDP port ${port}`;
  return new RelayStartError(`${which} is taken: ${holder}, or choose a port with --port.`);
}

function cannotOpen(port: number, error: unknown): RelayStartError {
  if (error instanceof Deno.errors.NotCapable) {
    return new RelayStartError("The hub may not open a port; start it with --allow-net or -A.");
  }
  if (error instanceof Deno.errors.PermissionDenied && port < 1024) {
    return new RelayStartError(
      `UDP port ${port} is reserved for administrators; choose one from 1024 up with --port.`,
    );
  }
  return new RelayStartError(
    `UDP port ${port} cannot be opened (${reasonOf(error)}); choose another with --port.`,
  );
}

/** Whether a hub answers a connectivity check on this port of this machine. */
async function isHub(port: number, known: readonly ProbeCredentials[]): Promise<boolean> {
  let socket: Deno.DatagramConn;
  try {
    socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  } catch {
    return false; // not permitted
  }
  const timer = setTimeout(() => socket.close(), PORT_PROBE_TIMEOUT_MS);
  const encoder = new TextEncoder();
  try {
    for (const { ufrag, pwd } of known) {
      const check = encodeStun({
        method: Method.binding,
        messageClass: MessageClass.request,
        transactionId: crypto.getRandomValues(new Uint8Array(12)),
        attributes: [[Attribute.username, encoder.encode(`${ufrag}:probe`)]],
        integrityKey: encoder.encode(pwd),
        fingerprint: true,
      });
      await socket.send(check, { transport: "udp", hostname: "127.0.0.1", port });
    }
    const [datagram] = await socket.receive();
    const answer = decodeStun(datagram);
    // Any STUN server answers; only a hub knows the password.
    return answer?.messageClass === MessageClass.success &&
      known.some(({ pwd }) => hasValidIntegrity(answer, encoder.encode(pwd)));
  } catch {
    return false; // closed by the timer, or refused
  } finally {
    clearTimeout(timer);
    try {
      socket.close();
    } catch { /* the timer was first */ }
  }
}
