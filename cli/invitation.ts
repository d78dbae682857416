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
 * @param qr the link as a QR code for this terminal, undefined if that is too narrow.
 */
export function invitation(
  hub: Pick<Hub, "addresses">,
  pagePort: number | undefined,
  qr: string | undefined,
): string {
  const pages = hub.addresses.map(({ host }) => host).filter((host) => /^[\d.]+$/.test(host))
    .map((host) => `  http://${host}:${pagePort}/`);
  return [
    ...pagePort === undefined || pages.length === 0
      ? []
      : ["A page with the code below, to show or to print:", ...pages, ""],
    "Guests join the same Wi-Fi, then scan this code or open the link above.",
    "",
    qr ?? "(This window is too narrow for the code: make it wider and start again.)",
    "",
    "If the browser asks for access to devices on the local network: tap Allow.",
  ].join("\n");
}
