/**
 * UDP port 5353 of this computer: whether it is to be had, and who else has it. An edge: it opens
 * sockets.
 *
 * @module
 */

import { MDNS_GROUP, MDNS_PORT } from "../limits.ts";

/**
 * Looks at the port, and leaves it as it was.
 *
 * @returns whether another program on this computer answers on it.
 * @throws what the system says if that program does not share it.
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

/** With loopback, because the other responder of this computer is to hear the hub too. */
export function bindMdnsPort(hostname: string, reuseAddress = true): Deno.DatagramConn {
  const options = { hostname, port: MDNS_PORT, reuseAddress, loopback: true };
  return Deno.listenDatagram({ transport: "udp", ...options });
}

/** The address to receive on. */
export function receivingHost(isShared: boolean): string {
  // Alone, it also takes what is sent to this computer itself. Windows binds to no group.
  return isShared && Deno.build.os !== "windows" ? MDNS_GROUP : "0.0.0.0";
}
