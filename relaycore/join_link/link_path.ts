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
  const separators = isWindows ? ["/", "\\", ":"] : ["/"];
  const nameAt = 1 + Math.max(...separators.map((separator) => statePath.lastIndexOf(separator)));
  return `${statePath.slice(0, nameAt)}relay-link.txt`;
}
