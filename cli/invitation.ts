/**
 * What guests are shown, as text for the terminal. Pure.
 *
 * @module
 */

import type { Hub } from "../relaycore/mod.ts";

/**
 * What guests are shown, printed below the {@linkcode banner}.
 *
 * @param hub the hub.
 * @param pagePort TCP port of the QR page, undefined if there is none.
 * @param qr the code for this terminal, undefined if that is too narrow.
 * @param guestsPage the address for guests who have nothing, undefined if there is no call page.
 * @param isPageCode whether the code is that address, and not the link.
 */
export function invitation(
  hub: Pick<Hub, "addresses">,
  pagePort: number | undefined,
  qr: string | undefined,
  guestsPage?: string,
  isPageCode = false,
): string {
  const pages = hub.addresses.map(({ host }) => host).filter((host) => /^[\d.]+$/.test(host))
    .map((host) => `  http://${host}:${pagePort}/`);
  return [
    ...pagePort === undefined || pages.length === 0
      ? []
      : ["A page with the code below, to show or to print:", ...pages, ""],
    isPageCode
      ? "Guests join the same Wi-Fi, then scan this code: it opens the hub's own page."
      : "Guests join the same Wi-Fi, then scan this code or open the link above.",
    ...guestsPage === undefined
      ? []
      : [`Guests who have nothing open ${guestsPage} in any browser.`],
    "",
    qr ??
      "(This window is too narrow for the code: make it wider and start again.)",
    "",
    "If the browser asks for access to devices on the local network: tap Allow.",
  ].join("\n");
}

/**
 * The address that guests who have nothing type: that of the QR page, where phones reach it best.
 *
 * @returns undefined if there is no page, or no address that a phone reaches.
 */
export function pageForGuests(
  { addresses }: Pick<Hub, "addresses">,
  pagePort: number | undefined,
): string | undefined {
  const best = addresses.find(({ host, reachable }) => reachable && /^[\d.]+$/.test(host));
  return best === undefined || pagePort === undefined
    ? undefined
    : `http://${best.host}:${pagePort}/`;
}
