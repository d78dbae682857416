/**
 * Finds links in messages. Only `http:` and `https:` addresses become links, and the text of a link
 * is its address, so that a link always leads where it says.
 *
 * @module
 */

import type { TextPart } from "../state.ts";
import { MAX_LINKS } from "./limits.ts";

const CANDIDATE = /\bhttps?:\/\/[^\s<>"'`{}|\\^]+/gi;

/** The host and port of an address, as written. */
const AUTHORITY = /^https?:\/\/([^/?#]*)/i;

/** Splits a cleaned text into plain pieces and links. Joined together, they are the text again. */
export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  let links = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    if (links >= MAX_LINKS) break;
    const visible = withoutTail(match[0]);
    const href = safeHref(visible);
    if (href === undefined) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: visible, href });
    end = match.index + visible.length;
    links++;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/**
 * Removes punctuation at the end, which belongs to the sentence around the address, and a bracket
 * at the end that was not opened in the address.
 */
function withoutTail(url: string): string {
  let end = url.length;
  for (; end > 0; end--) {
    const last = url[end - 1];
    if (".,;:!?…*_~".includes(last)) continue;
    const opener = { ")": "(", "]": "[" }[last];
    if (opener !== undefined && !url.slice(0, end - 1).includes(opener)) continue;
    break;
  }
  return url.slice(0, end);
}

/** The address for a link; undefined if the browser would open another host than the text shows. */
function safeHref(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return undefined;
  // The hosts differ if there are letters of other scripts that look like Latin ones, if the host
  // is a number, and in https://bank.example@evil.example.
  const host = AUTHORITY.exec(text)?.[1].replace(/:\d*$/, "").toLowerCase();
  return host !== "" && host === url.hostname ? url.href : undefined;
}

/** As `URL.parse`, which browsers before 2024 do not have. */
function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
