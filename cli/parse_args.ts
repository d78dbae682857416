/**
 * `parseArgs` of `@std/cli` with types: the npm package that it comes from here ships none.
 *
 * @module
 */

import { parseArgs as untyped } from "@std/cli/parse-args";

/** How to read a command line; see `parseArgs` of `@std/cli`. */
export interface ParseArgsOptions {
  readonly string: readonly string[];
  readonly collect: readonly string[];
  readonly unknown: (argument: string, flag?: string) => boolean;
}

/** Splits a command line into flags. With `collect`, each flag has a list of values. */
export const parseArgs = untyped as unknown as (
  args: readonly string[],
  options: ParseArgsOptions,
) => Record<string, readonly string[]>;
