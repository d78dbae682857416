/**
 * The join link as a QR code that fits the terminal's window. A code with a missing row cannot be
 * scanned. Pure: it gets the function that draws.
 *
 * @module
 */

import type { AdvertisedAddress } from "../relaycore/mod.ts";

/** How much of the terminal there is for the code. */
export interface TerminalWindow {
  readonly columns: number;
  /** Rows of text; `Infinity` if no text scrolls out of view. */
  readonly rows: number;
}

/** Draws a QR code; undefined if it is wider than so many columns. */
export type DrawCode = (link: string, columns: number) => string | undefined;

/** A code for the window, or how large a window it needs. */
export type TerminalCode =
  | {
    readonly text: string;
    /** Whether all addresses of the link are in it. */
    readonly isWhole: boolean;
  }
  | { readonly text: undefined; readonly needed: TerminalWindow };

/**
 * Draws the code, with fewer addresses if it fits only then.
 *
 * @param link the join link.
 * @param addresses what the link advertises, best first.
 */
export function fitCode(
  link: string,
  addresses: readonly AdvertisedAddress[],
  { columns, rows }: TerminalWindow,
  draw: DrawCode,
): TerminalCode {
  let needed: TerminalWindow = { columns: Infinity, rows: Infinity };
  for (const shorter of [link, ...shorterLinks(link, addresses)]) {
    const text = draw(shorter, columns);
    if (text !== undefined && heightOf(text) <= rows) return { text, isWhole: shorter === link };
    const whole = draw(shorter, Infinity);
    if (whole !== undefined) needed = { columns: 2 * heightOf(whole), rows: heightOf(whole) };
  }
  return { text: undefined, needed };
}

/**
 * Links with fewer addresses than the whole one, longest first: without those that phones cannot
 * reach, with the best address and the name that outlives a change of address, with the best alone.
 */
export function shorterLinks(link: string, addresses: readonly AdvertisedAddress[]): string[] {
  const reachable = addresses.filter(({ reachable }) => reachable);
  const [best] = reachable;
  const choices = [reachable, [best, reachable.at(-1)], [best]]
    .map((kept) => new Set(kept.map((address) => address?.host)));
  const links = choices.map((kept) => {
    const parts = link.split("|");
    return parts.filter((part, index) => {
      const [host, port] = part.split("~");
      const isEndpoint = index >= 4 && port !== undefined;
      return !isEndpoint || kept.has(host);
    }).join("|");
  });
  return best === undefined ? [] : links.filter((shorter) => shorter !== link);
}

/** The rows of text of a code. Each shows two modules, one above the other. */
function heightOf(text: string): number {
  return text.split("\n").length;
}
