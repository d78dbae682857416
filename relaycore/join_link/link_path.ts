/**
 * The path of the file that holds the join link. Pure: it works on paths and touches no files.
 *
 * @module
 */

/**
 * The path of `relay-link.txt`, which is in the folder of the state file.
 *
 * @param isWindows whether `\\` also separates folders, and a drive may precede the name.
 */
export function linkPath(statePath: string, isWindows = Deno.build.os === "windows"): string {
  return statePath.replace(isWindows ? /[^/\\:]*$/ : /[^/]*$/, "relay-link.txt");
}
