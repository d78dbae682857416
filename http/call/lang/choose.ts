/**
 * Picks one of the available languages from those that a browser asks for.
 *
 * @module
 */

/** The available languages, each in a file of its name. */
export const LANGUAGES = ["en", "de", "fr", "es", "it", "pt"] as const;

/** An available language. */
export type Language = typeof LANGUAGES[number];

/**
 * Finds the first wish that can be met; English when none can.
 *
 * @param wishes Language tags, best first, as in `navigator.languages`.
 */
export function chooseLanguage(wishes: readonly string[]): Language {
  for (const wish of wishes) {
    const language = wish.toLowerCase().split(/[-_]/)[0];
    const found = LANGUAGES.find((known) => known === language);
    if (found !== undefined) return found;
  }
  return "en";
}
