/**
 * Where the hub is, as text for the terminal. Pure.
 *
 * @module
 */

import type { Hub } from "../relaycore/mod.ts";
import { NAME } from "./help.ts";

/**
 * Where the hub is, printed at the start and again when the addresses change. Scripts read the lines
 * that start with `BLOB ` and `LINK `.
 *
 * @param hub the hub.
 * @param discovery whether browsers find it without the link.
 */
export function banner(
  hub: Pick<Hub, "port" | "addresses" | "blob" | "link">,
  discovery: boolean,
): string {
  const width = Math.max(15, ...hub.addresses.map(({ host }) => host.length));
  const [, , site] = hub.link.split("/"); // as a URL's host, and with no parser to wait for
  return [
    `${NAME}: browsers on this network meet here, no internet needed.`,
    "",
    `Guests reach it on UDP port ${hub.port} of:`,
    ...hub.addresses.map(({ host, remark }) => `  ${host.padEnd(width)}  ${remark}`),
    ...discovery ? [`${site}, opened on this network, also finds it without the link.`] : [],
    "",
    machineLines(hub),
    "",
  ].join("\n");
}

/** The two lines that scripts read. They are printed in every verbosity. */
export function machineLines(hub: Pick<Hub, "blob" | "link">): string {
  return `BLOB ${hub.blob}\nLINK ${hub.link}`;
}
