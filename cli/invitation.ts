/**
 * The invitation for guests, as text for the terminal. Pure.
 *
 * @module
 */

import type { Hub } from "../relaycore/mod.ts";
import type { TerminalCode, TerminalWindow } from "./terminal_code.ts";

/** For browsers that ask for permission to access the local network. */
const ALLOW = "If the browser asks for access to devices on the local network: tap Allow.";

/** The way in through the hub's own page. */
export interface OwnPage {
  /** Its address, for guests who have not used the site before; undefined if there is no call page. */
  readonly address: string | undefined;
  /** Whether the code is that address, and not the link. */
  readonly isPageCode: boolean;
  /** A code that opens the QR page, in a window that is too small for the link's code. */
  readonly substitute?: string;
}

const NO_PAGE: OwnPage = { address: undefined, isPageCode: false };

/**
 * What guests are shown, printed below the banner. The code comes last, so that all of it is on the
 * screen. While no phone can reach the hub, the text says instead what to do.
 *
 * @param pagePort TCP port of the QR page, undefined if there is none.
 * @param code the link as a QR code.
 * @param window the window that the code has to fit.
 * @param ownPage the way in through the hub's own page.
 */
export function invitation(
  { addresses }: Pick<Hub, "addresses">,
  pagePort: number | undefined,
  code: TerminalCode,
  window: TerminalWindow,
  ownPage: OwnPage = NO_PAGE,
): string {
  if (!addresses.some(({ reachable }) => reachable)) {
    return [
      "No phone can reach this hub at the moment. Join a Wi-Fi or start a hotspot on",
      "this computer, and the code for your guests appears here.",
    ].join("\n");
  }
  const pages = pagePort === undefined
    ? []
    : addresses.filter(canBeTyped).map(({ host }) => `  http://${host}:${pagePort}/`);
  return [
    ...pages.length === 0 ? [] : ["A page with the code, to show or to print:", ...pages, ""],
    ...withCode(code, window, pages.length > 0, ownPage),
  ].join("\n");
}

function withCode(
  code: TerminalCode,
  window: TerminalWindow,
  hasPage: boolean,
  { address, isPageCode, substitute }: OwnPage,
): string[] {
  const isPage = isPageCode || (code.text === undefined && substitute !== undefined);
  const who = isPage ? "Or they open" : "First-time guests open";
  const typed = address === undefined ? [] : [`${who} ${address} in any browser.`];
  if (code.text === undefined && substitute !== undefined) {
    return [
      "Guests join the same Wi-Fi, then scan this code: it opens the hub's own page.",
      ...typed,
      `(The link's code appears when the window has ${code.needed.rows + 1} rows and ` +
      `${code.needed.columns} columns.)`,
      ALLOW,
      "",
      substitute,
    ];
  }
  if (code.text === undefined) {
    return [
      "Guests join the same Wi-Fi, then open the link above.",
      ...typed,
      ALLOW,
      "",
      ...tooSmall(code.needed, window, hasPage),
    ];
  }
  return [
    isPageCode
      ? "Guests join the same Wi-Fi, then scan this code: it opens the hub's own page."
      : "Guests join the same Wi-Fi, then scan this code or open the link above.",
    ...typed,
    ALLOW,
    "",
    ...code.isWhole ? [] : ["(To fit this window, the code leaves out some of the addresses.)"],
    code.text,
  ];
}

/** Instead of a code that does not fit. */
function tooSmall(needed: TerminalWindow, window: TerminalWindow, hasPage: boolean): string[] {
  if (needed.rows === Infinity) return ["(The link is too long for a QR code.)"];
  return [
    `The QR code takes ${needed.rows + 1} rows and ${needed.columns} columns; this window has ` +
    `${window.rows + 1} and ${window.columns}.`,
    `Make the window larger, and the code appears here${
      hasPage ? "; or show the page above" : ""
    }.`,
  ];
}

/**
 * The address that guests type who have not used the site before: that of the QR page, where phones
 * reach it best.
 *
 * @returns undefined if there is no page, or no address that a phone reaches.
 */
export function pageForGuests(
  { addresses }: Pick<Hub, "addresses">,
  pagePort: number | undefined,
): string | undefined {
  const best = addresses.find(canBeTyped);
  return best === undefined || pagePort === undefined
    ? undefined
    : `http://${best.host}:${pagePort}/`;
}

/** Whether a phone reaches this address, and people can type it: it is IPv4. */
function canBeTyped({ host, reachable }: Hub["addresses"][number]): boolean {
  return reachable && /^[\d.]+$/.test(host);
}
