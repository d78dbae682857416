/**
 * What a guest reads in a join link, and the answer that it writes for the hub (docs/PROTOCOL.md §1).
 * It shares no code with the hub.
 *
 * @module
 */

/** What a link tells a guest. */
export interface Invitation {
  readonly ufrag: string;
  readonly pwd: string;
  /** As SDP writes it: `AB:CD:…`. */
  readonly fingerprint: string;
  /** The media relay; undefined in a `g1` link. */
  readonly turn: InvitedTurn | undefined;
  readonly endpoints: readonly { readonly host: string; readonly port: number }[];
}

/** The media relay of a `g2` link; it is at every endpoint that is an IPv4 address. */
export interface InvitedTurn {
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

/** What the answer names besides the identity. */
export interface AnswerOptions {
  /** What the guest believes that the hub takes, in bytes; the truth, 262144, unless said. */
  readonly maxMessageSize?: number;
  /** Whether the candidates are in it; a guest can also be told them one by one. */
  readonly candidates?: boolean;
}

const MAX_MESSAGE_SIZE = 262_144;

/** The priority of the first candidate; each further one has one less. */
const PRIORITY = 2_130_706_431;

/** Reads a join link. */
export function readLink(link: string): Invitation {
  const [kind, ufrag, pwd, fp, ...rest] = new URL(link).searchParams.get("galaxy")!.split("|");
  const digest = Uint8Array.from(
    atob(fp.replaceAll("-", "+").replaceAll("_", "/")),
    (char) => char.charCodeAt(0),
  );
  const turn = kind === "g2" ? rest.shift()!.split(",") : undefined;
  return {
    ufrag,
    pwd,
    fingerprint: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(":")
      .toUpperCase(),
    turn: turn && { port: Number(turn[0]), username: turn[1], password: turn[2] },
    endpoints: rest.map((endpoint) => {
      const [host, port] = endpoint.split("~");
      return { host, port: Number(port) };
    }),
  };
}

/** The hub's candidates, each as SDP and browsers write it, without `a=`. */
export function candidatesOf({ endpoints }: Invitation): string[] {
  return endpoints.map(({ host, port }, i) =>
    `candidate:${i + 1} 1 udp ${PRIORITY - i} ${host} ${port} typ host`
  );
}

/**
 * The hub's answer to an offer.
 *
 * @param mid the mid of the offer's one section.
 */
export function hubAnswer(
  invitation: Invitation,
  mid: string,
  { maxMessageSize = MAX_MESSAGE_SIZE, candidates = true }: AnswerOptions = {},
): string {
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
    `a=ice-ufrag:${invitation.ufrag}`,
    `a=ice-pwd:${invitation.pwd}`,
    `a=fingerprint:sha-256 ${invitation.fingerprint}`,
    "a=setup:passive",
    "a=sctp-port:5000",
    `a=max-message-size:${maxMessageSize}`,
    ...candidates
      ? [...candidatesOf(invitation).map((line) => `a=${line}`), "a=end-of-candidates"]
      : [],
    "",
  ].join("\r\n");
}

/** The same link with another port: through a proxy. */
export function linkThrough(link: string, port: number): string {
  return link.replace(/~\d+/g, `~${port}`);
}

/** The same link with loopback endpoints only: a guest that is bound there would dial the others too. */
export function onlyLoopback(link: string): string {
  const url = new URL(link);
  const fields = url.searchParams.get("galaxy")!.split("|");
  const endpoints = fields.filter((field) => !field.includes("~") || field.startsWith("127."));
  url.searchParams.set("galaxy", endpoints.join("|"));
  return url.href;
}
