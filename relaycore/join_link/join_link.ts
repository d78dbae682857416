/**
 * The join link: a site and a blob (docs/PROTOCOL.md §1).
 *
 * @module
 */

import { MAX_BASE_LENGTH } from "../limits.ts";
import { DEFAULT_BASE } from "./default_base.ts";

/**
 * Makes the join link that opens the site with this blob. The blob is not escaped: its characters
 * are allowed in a query, and deployed browsers and printed codes use this form.
 *
 * @param base the address of the site, as {@link parseBase} returns it.
 */
export function joinLink(base: string, blob: string): string {
  return `${base}/?galaxy=${blob}`;
}

/**
 * Reads the address of a site: http or https, without user, query or fragment, and at most
 * {@linkcode MAX_BASE_LENGTH} characters long.
 *
 * @returns the address without a slash at its end, or undefined if the text is not such an address.
 */
export function parseBase(text: string): string | undefined {
  if (text === DEFAULT_BASE) return text; // valid already; a URL parser would slow every start
  // If the slashes are missing, a URL parser guesses what is meant.
  if (text.length > MAX_BASE_LENGTH) return undefined;
  if (!/^https?:\/\/[^/\s]/i.test(text) || /\s/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username || url.password || /[?#]/.test(text)) return undefined;
  return url.href.replace(/\/+$/, "");
}
