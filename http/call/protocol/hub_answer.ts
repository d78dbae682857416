/**
 * Writes the hub's half of the handshake from its blob (docs/PROTOCOL.md §1), and the ICE servers
 * for the hub's media relay (§4).
 *
 * @module
 */

/// <reference lib="dom" />

import type { Endpoint, HubBlob } from "../../../relaycore/join_link/blob.ts";
import { parseIpv4 } from "../../../relaycore/net/transport_address.ts";

/** The largest message that the hub accepts and sends, in bytes. */
const MAX_MESSAGE_SIZE = 262144;
/** The priority of the first host candidate (RFC 8445 §5.1.2). */
const HOST_PRIORITY = 2130706431;

/**
 * The answer that the hub would give to an offer of a data channel.
 *
 * @param offerSdp this browser's offer.
 * @param pageHost the host that the page came from. It is tried first, because it is known to work.
 * @returns the SDP of the answer.
 * @throws TypeError if the offer has no mid. Every browser writes one.
 */
export function synthesizeAnswer(offerSdp: string, blob: HubBlob, pageHost: string): string {
  const mid = /^a=mid:(\S+)/m.exec(offerSdp)?.[1];
  if (mid === undefined) throw new TypeError("the offer has no mid");
  return [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    "a=ice-lite",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    `a=mid:${mid}`,
    `a=ice-ufrag:${blob.ufrag}`,
    `a=ice-pwd:${blob.pwd}`,
    `a=fingerprint:sha-256 ${colonHex(blob.fingerprint)}`,
    "a=setup:passive",
    "a=sctp-port:5000",
    `a=max-message-size:${MAX_MESSAGE_SIZE}`,
    ...hubEndpoints(blob, pageHost).map(({ host, port }, i) =>
      `a=candidate:${i + 1} 1 udp ${HOST_PRIORITY - i} ${host} ${port} typ host`
    ),
    "",
  ].join("\r\n");
}

/** Where the hub may be reached. The page's own host comes first. */
export function hubEndpoints(blob: HubBlob, pageHost: string): Endpoint[] {
  const own = pageHost.toLowerCase();
  const isOwn = ({ host }: Endpoint) => host.toLowerCase() === own;
  const rest = blob.endpoints.filter((endpoint) => !isOwn(endpoint));
  const known = blob.endpoints.filter(isOwn);
  // If the page's host is not in the blob, the hub's address has changed since the blob was made.
  // Browsers accept only addresses and `.local` names as candidates. Loopback is left out: the page
  // is open on the hub's own computer, whose addresses are in the blob.
  const ipv4 = parseIpv4(own);
  const dialled = ipv4 !== undefined ? ipv4 >>> 24 !== 127 : /^[a-z0-9-]+\.local$/.test(own);
  if (known.length === 0 && dialled) known.push({ host: pageHost, port: blob.endpoints[0].port });
  return [...known, ...rest];
}

/**
 * The `iceServers` for links between guests: one for each IPv4 address of the hub. Empty if the hub
 * has no media relay.
 *
 * @param byName whether the hub was reached by its name. Then its address may be missing in the
 *   blob, so its names are included.
 */
export function iceServersOf(blob: HubBlob, pageHost: string, byName: boolean): RTCIceServer[] {
  const { turn } = blob;
  if (turn === undefined) return [];
  const hosts = hubEndpoints(blob, pageHost).map(({ host }) => host)
    .filter((host) => byName || parseIpv4(host) !== undefined);
  return [...new Set(hosts)].map((host) => ({
    urls: `turn:${host}:${turn.port}?transport=udp`,
    username: turn.username,
    credential: turn.password,
  }));
}

/** A base64url fingerprint in the notation of SDP: upper-case hex with colons. */
function colonHex(base64url: string): string {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return [...binary].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase())
    .join(":");
}
