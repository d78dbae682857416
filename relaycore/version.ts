/**
 * The version, from the one place that has it.
 *
 * @module
 */

import manifest from "../deno.json" with { type: "json" };

/** The version of this program, as in deno.json. */
export const VERSION: string = manifest.version;
