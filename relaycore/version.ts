/**
 * The version of the program, read from deno.json.
 *
 * @module
 */

import manifest from "../deno.json" with { type: "json" };

/** The version of this program, as in deno.json. */
export const VERSION: string = manifest.version;
