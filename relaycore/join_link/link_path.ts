/**
 * Where the link is written. Pure: it works on paths and touches no files.
 *
 * @module
 */

/**
 * The path of `relay-link.txt`, which is in the folder of the state file.
 *
 * @param isWindows whether `\\` separates folders too, and a drive may stand before the name.
 */
export function linkPath(statePath: string, isWindows = Deno.build.os === "windows"): string {
  return statePath.replace(isWindows ? /[^/\\:]*$/ : /[^/]*$/, "relay-link.txt");
}
