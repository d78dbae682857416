/**
 * Datagrams that look like something of WebRTC's and are nothing.
 *
 * @module
 */

import { wholeClientHello } from "../support/client_hello.ts";
import { agentCheck } from "../support/ice_check.ts";

/** One of each sort. */
export function shams(hub: { ufrag: string }): Uint8Array[] {
  const noise = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const record = new Uint8Array([23, 0xfe, 0xfd, 0, 1, ...noise(6), 4, 0, ...noise(1024)]);
  const media = noise(200);
  media[0] = 0x80;
  return [
    noise(64),
    record,
    media,
    agentCheck({ ufrag: hub.ufrag, pwd: "not the password of this hub" }, 1),
    agentCheck({ ufrag: "somebody", pwd: "else" }, 1),
    wholeClientHello(noise(32)),
  ];
}
