/**
 * The hub's addresses and link, as text for the terminal. Pure.
 *
 * @module
 */

import type { Hub } from "../relaycore/mod.ts";
import type { RunCommand } from "./flags.ts";
import { NAME } from "./help.ts";

/** Where guests find the hub: for people, or with `--quiet` for scripts only. */
export function whereItIs(hub: Hub, { config, verbosity }: RunCommand): string {
  if (verbosity === "quiet") return machineLines(hub);
  return banner(hub, hub.discovery ? config.base : undefined);
}

/**
 * Describes where guests find the hub. It is printed at the start and again when the addresses
 * change. Scripts read the lines that start with `BLOB ` and `LINK `.
 *
 * @param finder the site on which browsers find the hub without the link; undefined if there is none.
 */
export function banner(
  hub: Pick<Hub, "port" | "addresses" | "blob" | "link">,
  finder: string | undefined,
): string {
  const isReachable = hub.addresses.some(({ reachable }) => reachable);
  const width = Math.max(15, ...hub.addresses.map(({ host }) => host.length));
  return [
    `${NAME}: browsers on one network meet here, no internet needed.`,
    "",
    isReachable
      ? `Guests reach it on UDP port ${hub.port} of:`
      : `It listens on UDP port ${hub.port} of:`,
    ...hub.addresses.map(({ host, remark }) => `  ${host.padEnd(width)}  ${remark}`),
    ...finder === undefined || !isReachable
      ? []
      : [`${finder}, opened on this network, finds it without the link.`],
    "",
    machineLines(hub),
    "",
  ].join("\n");
}

/** The two lines that scripts read. They are printed in every verbosity. */
function machineLines(hub: Pick<Hub, "blob" | "link">): string {
  return `BLOB ${hub.blob}\nLINK ${hub.link}`;
}
