/**
 * The flags of `build.ts`.
 *
 * @module
 */

import { DEFAULT_BASE, parseBase } from "../../relaycore/mod.ts";
import { nearest } from "../nearest.ts";
import { parseArgs } from "../parse_args.ts";
import { quote, UsageError } from "../usage_error.ts";
import { type Target, TARGETS } from "./targets.ts";

/** What to build. */
export interface BuildOptions {
  readonly targets: readonly Target[];
  /** The site that links open without `--base`. */
  readonly base: string;
  readonly dryRun: boolean;
}

/**
 * Reads the command line.
 *
 * @returns undefined if `--help` is given.
 * @throws {UsageError} if an argument is unknown or invalid.
 */
export function parseBuildFlags(args: readonly string[]): BuildOptions | undefined {
  const names = ["target", "base", "dry-run", "help"];
  const flags = parseArgs([...args], {
    string: ["_", ...names],
    collect: names,
    unknown(argument, flag) {
      if (flag === undefined) return true;
      const meant = nearest(argument.replace(/^-+|=.*$/gs, ""), names);
      const hint = meant === undefined ? "--help lists them all." : `did you mean --${meant}?`;
      throw new UsageError(`There is no flag ${quote(argument).slice(1, -1)}; ${hint}`);
    },
  });
  if (flags._.length > 0) {
    throw new UsageError(`${quote(flags._[0])} is not a flag; --help lists what there is.`);
  }
  if (flags.help.length > 0) return undefined;
  const base = flags.base.length === 0 ? DEFAULT_BASE : parseBase(flags.base.at(-1)!);
  if (base === undefined) {
    throw new UsageError(
      `--base takes a web address that starts with https:// or http://, not ` +
        `${quote(flags.base.at(-1)!)}; for example --base ${DEFAULT_BASE}.`,
    );
  }
  const targets = flags.target.map((name) => {
    const target = TARGETS.find((target) => target.name === name);
    if (target !== undefined) return target;
    const meant = nearest(name.toLowerCase(), TARGETS.map(({ name }) => name));
    const hint = meant === undefined
      ? `there are ${TARGETS.map(({ name }) => name).join(", ")}.`
      : `did you mean ${meant}?`;
    throw new UsageError(`There is no target ${quote(name)}; ${hint}`);
  });
  return {
    targets: targets.length === 0 ? TARGETS : [...new Set(targets)],
    base,
    dryRun: flags["dry-run"].length > 0,
  };
}

/** The text for `--help`. */
export function buildHelpText(): string {
  return [
    "Makes the files of a release in dist/.",
    "",
    `  --target NAME   ${TARGETS.map(({ name }) => name).join(", ")};`,
    "                  may repeat (default: all)",
    `  --base URL      the site that links open (default: ${DEFAULT_BASE})`,
    "  --dry-run       print the commands, and do nothing",
    "",
    "DENORT_BIN in the environment names the runtime to use instead of Deno's download.",
  ].join("\n");
}
