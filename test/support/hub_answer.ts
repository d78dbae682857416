/**
 * The answer that a guest writes for the hub (docs/PROTOCOL.md §1), for guests of other stacks.
 *
 * @module
 */

import { parseBlob } from "../../relaycore/join_link/blob.ts";

/**
 * The hub's answer to an offer.
 *
 * @param link a join link.
 * @param mid the mid of the offer's one section.
 */
export function hubAnswer(link: string, mid: string): string {
  const blob = parseBlob(new URL(link).searchParams.get("galaxy")!)!;
  const digest = atob(blob.fingerprint.replaceAll("-", "+").replaceAll("_", "/"));
  const fingerprint = Array.from(digest, (char) => char.charCodeAt(0).toString(16).padStart(2, "0"))
    .join(":").toUpperCase();
  return [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    `a=group:BUNDLE ${mid}`,
    "a=ice-lite",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    `a=mid:${mid}`,
    `a=ice-ufrag:${blob.ufrag}`,
    `a=ice-pwd:${blob.pwd}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    "a=setup:passive",
    "a=sctp-port:5000",
    "a=max-message-size:262144",
    ...blob.endpoints.map(({ host, port }, i) =>
      `a=candidate:${i + 1} 1 udp ${2130706431 - i} ${host} ${port} typ host`
    ),
    "a=end-of-candidates",
    "",
  ].join("\r\n");
}
