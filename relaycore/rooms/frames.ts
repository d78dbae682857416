/**
 * Decodes and encodes the hub's frames (docs/PROTOCOL.md §2), which are UTF-8. A payload keeps its
 * bytes: it is neither interpreted nor rewritten. Any JSON value therefore arrives as it was sent,
 * even a number that does not fit a double.
 *
 * @module
 */

import { MAX_ROOM_ID_LENGTH } from "../limits.ts";

/** A frame from a guest. */
export type GuestFrame =
  | { readonly t: "join"; readonly room: string }
  | { readonly t: "peers" }
  /** `payload` is JSON in UTF-8. It is a view into the message. */
  | { readonly t: "to"; readonly id: number; readonly payload: Uint8Array }
  /** `x` is JSON in UTF-8, or undefined if the member is missing. */
  | { readonly t: "echo"; readonly x: Uint8Array | undefined };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The character that a decoder puts in place of bytes that are not UTF-8. */
const REPLACEMENT = "\ufffd";

/**
 * Decodes a frame.
 *
 * @param bytes the text of a message. Bytes that are not UTF-8 count as U+FFFD.
 * @returns the frame, or undefined if the message is to be ignored: malformed JSON, unknown `t`, or
 *   wrong types.
 */
export function decodeFrame(bytes: Uint8Array): GuestFrame | undefined {
  const text = decoder.decode(bytes);
  // Only UTF-8 may reach another guest. A byte order mark is not part of the text.
  if (text.includes(REPLACEMENT) || bytes[0] === BYTE_ORDER_MARK) bytes = encoder.encode(text);
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
      const payload = memberOf(bytes, "payload");
      return payload === undefined ? undefined : { t, id, payload };
    }
    case "echo":
      return { t, x: memberOf(bytes, "x") };
    default:
      return undefined;
  }
}

/** Encodes the first frame that a guest gets. */
export function encodeId(id: number): Uint8Array {
  return encoder.encode(`{"t":"id","id":${id}}`);
}

/** Encodes the answer to `peers`. */
export function encodePeers(ids: readonly number[]): Uint8Array {
  return encoder.encode(`{"t":"peers","ids":[${ids.join(",")}]}`);
}

/** Encodes a payload, which is JSON, from guest `id`. */
export function encodeFrom(id: number, payload: Uint8Array): Uint8Array {
  return spliced(`{"t":"from","id":${id},"payload":`, payload);
}

/** Encodes the answer to `echo`. */
export function encodeEcho(x: Uint8Array | undefined): Uint8Array {
  return x === undefined ? encoder.encode(`{"t":"echo"}`) : spliced(`{"t":"echo","x":`, x);
}

/**
 * Encodes an object whose last member has this value. `start` is the text before the value, in
 * ASCII.
 */
function spliced(start: string, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(start.length + value.length + 1);
  for (let i = 0; i < start.length; i++) bytes[i] = start.charCodeAt(i);
  bytes.set(value, start.length);
  bytes[bytes.length - 1] = CLOSING_BRACE;
  return bytes;
}

/** The first byte of a byte order mark in UTF-8. */
const BYTE_ORDER_MARK = 0xef;
const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, COLON = 0x3a, SPACE = 0x20;
const OPENING_BRACE = 0x7b, CLOSING_BRACE = 0x7d, OPENING_BRACKET = 0x5b, CLOSING_BRACKET = 0x5d;

/**
 * The JSON of a member of an object, without white space around it. If the name repeats, the last
 * member counts, as in `JSON.parse`.
 *
 * @param json an object that is known to be valid JSON in UTF-8. All characters with a meaning in
 *   JSON are ASCII.
 */
function memberOf(json: Uint8Array, name: string): Uint8Array | undefined {
  let start = -1, end = -1;
  let depth = 0;
  let keyStart = -1, keyEnd = -1, valueStart = -1;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i];
    if (byte === QUOTE) {
      const from = i;
      for (i++; json[i] !== QUOTE; i++) if (json[i] === BACKSLASH) i++;
      if (depth === 1 && valueStart < 0) [keyStart, keyEnd] = [from, i + 1];
    } else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) depth++;
    else if (depth > 1) {
      if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) depth--;
    } else if (byte === COLON) valueStart = i + 1;
    else if (valueStart >= 0 && (byte === COMMA || byte === CLOSING_BRACE)) {
      if (isString(json, keyStart, keyEnd, name)) [start, end] = [valueStart, i];
      keyStart = valueStart = -1;
    }
  }
  if (start < 0) return undefined;
  while (json[start] <= SPACE) start++;
  while (json[end - 1] <= SPACE) end--;
  return json.subarray(start, end);
}

/** Whether a string literal in JSON stands for this ASCII name. */
function isString(json: Uint8Array, start: number, end: number, name: string): boolean {
  if (end - start === name.length + 2) {
    for (let i = 0; i < name.length; i++) {
      if (json[start + 1 + i] !== name.charCodeAt(i)) return false;
    }
    return true;
  }
  // A literal of another length can still be the name, written with escapes.
  if (!json.subarray(start, end).includes(BACKSLASH)) return false;
  return JSON.parse(decoder.decode(json.subarray(start, end))) === name;
}
