/**
 * The blob: the hub's permanent half of the handshake, packed for a join link (docs/PROTOCOL.md
 * §1). This file decodes and encodes it.
 *
 * @module
 */

import { isPort, parseIpv4 } from "../net/transport_address.ts";

/** A host and UDP port where the hub can be reached. */
export interface Endpoint {
  /** IPv4 in dotted decimal, or a host name. */
  readonly host: string;
  readonly port: number;
}

/** The media relay in a blob. It has the hub's addresses and its own port. */
export interface BlobTurn {
  /** UDP port. */
  readonly port: number;
  /** User name of the long-term credentials. */
  readonly username: string;
  /** Password of the long-term credentials. */
  readonly password: string;
}

/** The content of a blob. */
export interface HubBlob {
  readonly ufrag: string;
  readonly pwd: string;
  /** SHA-256 of the DER certificate, base64url without padding. */
  readonly fingerprint: string;
  /** The media relay, if there is one. The blob is then a g2. */
  readonly turn?: BlobTurn;
  /** Addresses come first, the best one at the front; names come last. */
  readonly endpoints: readonly Endpoint[];
}

/** The longest host name in characters (RFC 1035 §2.3.4; its 255 bytes include lengths). */
const MAX_HOST_LENGTH = 253;
/** The longest label of a host name (RFC 1035 §2.3.4). */
const MAX_LABEL_LENGTH = 63;

const DIGITS = "0123456789";
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** What separates the parts of a blob, of a link and of its fragment, and what a URL parser changes. */
const SPECIAL = '|#&%+"<>\\';

/**
 * Whether a text can be a host in a blob: an IPv4 address that can be dialled, or a name of letters,
 * digits, hyphens and dots.
 */
export function isHost(text: string): boolean {
  const ipv4 = parseIpv4(text);
  // These cannot be dialled: "this network" (0/8), multicast groups and the addresses above them
  // (224/3).
  if (ipv4 !== undefined) return ipv4 >= 2 ** 24 && ipv4 < 0xe0000000;
  // Digits and dots that are not an address are a typing error, not a name.
  if (text.length > MAX_HOST_LENGTH || consistsOf(text, `${DIGITS}.`)) return false;
  return text.split(".").every(isLabel);
}

/** Whether a text can be a label of a host name (RFC 1123 §2.1). */
function isLabel(text: string): boolean {
  return text.length >= 1 && text.length <= MAX_LABEL_LENGTH &&
    consistsOf(text, `${LETTERS}${DIGITS}-`) && !text.startsWith("-") && !text.endsWith("-");
}

/**
 * Encodes a blob.
 *
 * @throws {TypeError} if a field is empty, has a separator or a character that is not visible ASCII
 *   (nothing in a blob can be escaped), or if there is no endpoint.
 */
export function encodeBlob(blob: HubBlob): string {
  const { ufrag, pwd, fingerprint, turn, endpoints } = blob;
  const fields = [ufrag, pwd, fingerprint];
  for (const field of fields) {
    if (field === "" || !isVisible(field, "|")) {
      throw new TypeError(`"${field}" cannot stand in a blob`);
    }
  }
  if (turn !== undefined) {
    if (!isTurn(turn)) throw new TypeError("this TURN server cannot stand in a blob");
    fields.push(`${turn.port},${turn.username},${turn.password}`);
  }
  if (endpoints.length === 0) throw new TypeError("a blob needs an endpoint");
  for (const { host, port } of endpoints) {
    if (!isHost(host) || !isPort(port)) {
      throw new TypeError(`${host}~${port} is not a host and a port`);
    }
    fields.push(`${host}~${port}`);
  }
  return [turn === undefined ? "g1" : "g2", ...fields].join("|");
}

/**
 * Decodes a blob as browsers do. Endpoints that are not valid are skipped.
 *
 * @returns undefined if a browser would reject the blob: neither g1 nor g2, fewer than five fields,
 *   an empty field among the first four, a fingerprint that is not 32 bytes, or no valid endpoint.
 */
export function parseBlob(text: string): HubBlob | undefined {
  const fields = text.split("|");
  if (fields.length < 5 || fields.slice(0, 4).includes("")) return undefined;
  const [kind, ufrag, pwd, fingerprint] = fields;
  // 32 bytes are 43 digits, and the last one carries only four bits.
  if (!/^[\w-]{42}[AEIMQUYcgkosw048]$/.test(fingerprint)) return undefined;
  let turn: BlobTurn | undefined;
  if (kind === "g2") turn = parseTurn(fields[4]);
  if (kind !== "g1" && turn === undefined) return undefined;
  const endpoints = fields.slice(kind === "g2" ? 5 : 4).flatMap((field) =>
    parseEndpoint(field) ?? []
  );
  return endpoints.length === 0 ? undefined : { ufrag, pwd, fingerprint, turn, endpoints };
}

/**
 * Reads the TURN field of a blob: `port,username,password`.
 *
 * @returns undefined if the field is not a port and two parts that are not empty, or if a part has a
 *   character that a link cannot contain.
 */
export function parseTurn(field: string): BlobTurn | undefined {
  const [port, username, password, ...rest] = field.split(",");
  if (rest.length > 0 || !username || !password || !isPlain(field)) return undefined;
  const number = parsePort(port);
  return number === undefined ? undefined : { port: number, username, password };
}

/** Whether port, username and password of a media relay can be written into a blob. */
export function isTurn({ port, username, password }: BlobTurn): boolean {
  return isPort(port) &&
    [username, password].every((field) => field !== "" && !field.includes(",") && isPlain(field));
}

/**
 * Whether a text can be in a query without escaping: it contains no separator and no character that
 * a URL parser changes.
 */
function isPlain(text: string): boolean {
  return isVisible(text, SPECIAL);
}

function parseEndpoint(field: string): Endpoint | undefined {
  const [host, port, ...rest] = field.split("~");
  const number = parsePort(port ?? "");
  if (rest.length > 0 || number === undefined || !isHost(host)) return undefined;
  return { host, port: number };
}

function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && isPort(Number(text)) ? Number(text) : undefined;
}

// These two functions take the place of patterns: a blob is encoded before the link is out, and
// compiling the patterns would delay it.

/** Whether a text has only these characters. */
function consistsOf(text: string, characters: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (!characters.includes(text[i])) return false;
  }
  return true;
}

/** Whether a text has only visible ASCII characters, and none of those that are forbidden. */
function isVisible(text: string, forbidden: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x21 || code > 0x7e) return false;
  }
  return ![...forbidden].some((character) => text.includes(character));
}
