/**
 * Guesses the intended name when a person has mistyped one.
 *
 * @module
 */

import { levenshteinDistance as untyped } from "@std/text/levenshtein-distance";

/** The npm package that it comes from here ships no types. */
const levenshteinDistance = untyped as unknown as (
  a: string,
  b: string,
) => number;

/** A name that differs in more letters than this was not intended. */
const MAX_DISTANCE = 2;

/** A longer text is not a mistyped name, and would take long to compare. */
const MAX_LENGTH = 64;

/**
 * Finds the name that resembles `typed` most.
 *
 * @param names the names there are, in lower case.
 * @returns `undefined` if none is near.
 */
export function nearest(
  typed: string,
  names: readonly string[],
): string | undefined {
  let found: string | undefined;
  let least = MAX_DISTANCE + 1;
  const word = typed.slice(0, MAX_LENGTH);
  for (const name of names) {
    const isBeginning = word !== "" &&
      (name.startsWith(word) || word.startsWith(name));
    const distance = isBeginning ? 1 : levenshteinDistance(word, name);
    if (distance < least) [found, least] = [name, distance];
  }
  return found;
}
