/**
 * What the program is called, and the text for `--help`.
 *
 * @module
 */

import { VERSION } from "../relaycore/mod.ts";
import { FLAGS } from "./flags.ts";

/** The first words of what is printed, and the whole answer to `--version`. */
export const NAME = `Kibitz Offline ${VERSION}`;

/** The text for `--help`. */
export function helpText(): string {
  const rows = FLAGS.map(([name, value, help]) => `  ${`--${name} ${value}`.padEnd(18)}${help}`);
  return [
    `${NAME}: a hub where browsers on one network meet without internet.`,
    "",
    "Start it without any flag, and show your guests the code that it prints.",
    "",
    ...rows,
    "",
    "Ctrl-C stops the hub. kibitz-offline-guide.md on the download page tells more.",
  ].join("\n");
}
