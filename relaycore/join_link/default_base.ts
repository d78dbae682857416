/**
 * The site that a link opens unless `--base` says otherwise. `build.ts --base` puts another one in
 * the place of this file.
 *
 * @module
 */

export const DEFAULT_BASE = "https://kibitz.chat";
