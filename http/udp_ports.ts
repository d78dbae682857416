/**
 * The UDP ports that the host's firewall has to allow.
 *
 * @module
 */

import type { Hub } from "../relaycore/mod.ts";

/** The UDP ports that guests need: that of the hub, and that of its media relay if it runs one. */
export function udpPortsOf(hub: Pick<Hub, "port" | "status">): number[] {
  const media = hub.status().turn?.port;
  return media === undefined ? [hub.port] : [hub.port, media];
}
