/**
 * UDP port 5353 of this computer: whether it can be bound, and whether another program has it. An
 * edge: it opens sockets.
 *
 * @module
 */

import { MDNS_GROUP, MDNS_PORT } from "../limits.ts";

/**
 * Checks the port, and leaves it as it was.
 *
 * @returns whether another program on this computer answers on it.
 * @throws the system's error if that program does not share the port.
 */
export function isMdnsPortShared(): boolean {
  try {
    bindMdnsPort("0.0.0.0", false).close();
    return false;
  } catch {
    bindMdnsPort(receivingHost(true)).close();
    return true;
  }
}

/** Binds the port. Loopback is on, so that the computer's other responder also hears the hub. */
export function bindMdnsPort(hostname: string, reuseAddress = true): Deno.DatagramConn {
  const options = { hostname, port: MDNS_PORT, reuseAddress, loopback: true };
  return Deno.listenDatagram({ transport: "udp", ...options });
}

/** The address to receive on. */
export function receivingHost(isShared: boolean): string {
  // A hub that does not share the port also receives what is sent to this computer's own address.
  // Windows cannot bind to a group.
  return isShared && Deno.build.os !== "windows" ? MDNS_GROUP : "0.0.0.0";
}
