/**
 * The hub's frames (docs/PROTOCOL.md §2): text to a typed frame, and back. A payload stays the text that it
 * was: it is neither understood nor rewritten, so that any JSON value arrives as it was sent,
 * numbers beyond a double and all.
 *
 * @module
 */

import { MAX_ROOM_ID_LENGTH } from "../limits.ts";

/** A frame from a guest. */
export type GuestFrame =
  | { readonly t: "join"; readonly room: string }
  | { readonly t: "peers" }
  /** `payload` is JSON text. */
  | { readonly t: "to"; readonly id: number; readonly payload: string }
  /** `x` is JSON text, or undefined if the member is missing. */
  | { readonly t: "echo"; readonly x: string | undefined };

/**
 * Reads a frame.
 *
 * @returns undefined for everything that is to be ignored: malformed JSON, unknown `t`, wrong types.
 */
export function decodeFrame(text: string): GuestFrame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { t, room, id } = value as Record<string, unknown>;
  switch (t) {
    case "join":
      return typeof room === "string" && room.length <= MAX_ROOM_ID_LENGTH
        ? { t, room }
        : undefined;
    case "peers":
      return { t };
    case "to": {
      if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 1) return undefined;
      const payload = memberText(text, "payload");
      return payload === undefined ? undefined : { t, id, payload };
    }
    case "echo":
      return { t, x: memberText(text, "x") };
    default:
      return undefined;
  }
}

/** The first frame that a guest gets. */
export function encodeId(id: number): string {
  return `{"t":"id","id":${id}}`;
}

/** The answer to `peers`. */
export function encodePeers(ids: readonly number[]): string {
  return `{"t":"peers","ids":[${ids.join(",")}]}`;
}

/** A payload, as JSON text, from guest `id`. */
export function encodeFrom(id: number, payload: string): string {
  return `{"t":"from","id":${id},"payload":${payload}}`;
}

/** The answer to `echo`. */
export function encodeEcho(x: string | undefined): string {
  return x === undefined ? `{"t":"echo"}` : `{"t":"echo","x":${x}}`;
}

const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, COLON = 0x3a;
const OPENERS = new Set([0x7b, 0x5b]), CLOSERS = new Set([0x7d, 0x5d]);

/**
 * The JSON text of a member of an object; the last one if the name repeats, as in `JSON.parse`.
 *
 * @param json the text of an object, known to be valid JSON.
 */
function memberText(json: string, name: string): string | undefined {
  let found: string | undefined;
  let depth = 0;
  let keyStart = -1, keyEnd = -1, valueStart = -1;
  const closeMember = (end: number) => {
    if (valueStart >= 0 && JSON.parse(json.slice(keyStart, keyEnd)) === name) {
      found = json.slice(valueStart, end).trim();
    }
    keyStart = valueStart = -1;
  };
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === QUOTE) {
      const start = i;
      for (i++; json.charCodeAt(i) !== QUOTE; i++) if (json.charCodeAt(i) === BACKSLASH) i++;
      if (depth === 1 && valueStart < 0) [keyStart, keyEnd] = [start, i + 1];
    } else if (OPENERS.has(code)) depth++;
    else if (CLOSERS.has(code)) {
      if (depth === 1) closeMember(i);
      depth--;
    } else if (depth === 1 && code === COLON) valueStart = i + 1;
    else if (depth === 1 && code === COMMA) closeMember(i);
  }
  return found;
}
