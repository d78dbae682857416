/**
 * The join link: a site and a blob (docs/PROTOCOL.md §1).
 *
 * @module
 */

import { DEFAULT_BASE } from "./default_base.ts";

/**
 * Makes the link that opens the site with this blob. The blob is not escaped: its characters are
 * allowed in a query, and deployed browsers and printed codes have it that way.
 *
 * @param base as from {@link parseBase}.
 */
export function joinLink(base: string, blob: string): string {
  return `${base}/?galaxy=${blob}`;
}

/** Longest address of a site: with any blob behind it the link still fits a QR code. */
const MAX_BASE_LENGTH = 512;

/**
 * Reads the address of a site: http or https, without user, query or fragment, at most 512 letters.
 *
 * @returns the address without a slash at its end, or undefined if the text is not one.
 */
export function parseBase(text: string): string | undefined {
  if (text === DEFAULT_BASE) return text; // the default needs no parser, which would slow every start
  // Without the slashes, a URL parser would guess what is meant.
  if (text.length > MAX_BASE_LENGTH) return undefined;
  if (!/^https?:\/\/[^/\s]/i.test(text) || /\s/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username || url.password || /[?#]/.test(text)) return undefined;
  return url.href.replace(/\/+$/, "");
}
