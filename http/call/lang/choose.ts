/**
 * Chooses the language of the page from those that the browser prefers.
 *
 * @module
 */

/** The tags of the available languages. Each has a file of that name. */
export const LANGUAGES = ["en", "de", "fr", "es", "it", "pt"] as const;

/** An available language. */
export type Language = typeof LANGUAGES[number];

/**
 * Chooses the first preferred language that is available; English if there is none.
 *
 * @param wishes language tags, best first, as in `navigator.languages`.
 */
export function chooseLanguage(wishes: readonly string[]): Language {
  for (const wish of wishes) {
    const language = wish.toLowerCase().split(/[-_]/)[0];
    const found = LANGUAGES.find((known) => known === language);
    if (found !== undefined) return found;
  }
  return "en";
}
