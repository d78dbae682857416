/**
 * The site that a join link opens, unless `--base` names another one. `build.ts --base` replaces
 * this file with one that names another site.
 *
 * @module
 */

/** The address of that site, as `parseBase` returns it. */
export const DEFAULT_BASE = "https://kibitz.chat";
