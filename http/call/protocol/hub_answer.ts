/**
 * The hub's half of the handshake, written by this page itself (wire contract §1), and what the blob
 * says of the media relay (§4).
 *
 * @module
 */

/// <reference lib="dom" />

import type { Endpoint, HubBlob } from "../../../relaycore/join_link/blob.ts";
import { parseIpv4 } from "../../../relaycore/net/transport_address.ts";

/** The largest message that the hub takes and sends. */
const MAX_MESSAGE_SIZE = 262144;
/** The priority of the first host candidate (RFC 8445 §5.1.2). */
const HOST_PRIORITY = 2130706431;

/**
 * The answer that the hub would give to an offer of a data channel.
 *
 * @param offerSdp this browser's offer.
 * @param pageHost the host that the page came from: it is tried first, because it is known to work.
 * @throws TypeError if the offer has no mid, which no browser makes.
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

/** Where the hub may be, the page's own host first. */
export function hubEndpoints(blob: HubBlob, pageHost: string): Endpoint[] {
  const own = pageHost.toLowerCase();
  const isOwn = ({ host }: Endpoint) => host.toLowerCase() === own;
  const rest = blob.endpoints.filter((endpoint) => !isOwn(endpoint));
  const known = blob.endpoints.filter(isOwn);
  // The address may have changed since the blob was made. Browsers take addresses and .local names
  // as candidates, and nothing else; loopback is the hub's own computer, whose addresses are listed.
  const ipv4 = parseIpv4(own);
  const dialled = ipv4 !== undefined ? ipv4 >>> 24 !== 127 : /^[a-z0-9-]+\.local$/.test(own);
  if (known.length === 0 && dialled) known.push({ host: pageHost, port: blob.endpoints[0].port });
  return [...known, ...rest];
}

/**
 * The `iceServers` for links between guests: one for each IPv4 address, none without a relay.
 *
 * @param byName the hub was reached by its name, so it has an address that the blob does not know; then
 *   the name stands for the relay too.
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

/** A base64url fingerprint as an SDP has it: upper-case hex with colons. */
function colonHex(base64url: string): string {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return [...binary].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase())
    .join(":");
}
