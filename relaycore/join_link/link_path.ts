/**
 * The files that the hub keeps beside the state file. Pure: it works on paths and touches no files.
 *
 * @module
 */

/** The name of the file with the join link. */
export const LINK_FILE = "relay-link.txt";

/** The name of the file with the key and certificate of the call page. */
export const CERTIFICATE_FILE = "relay-call.pem";

/**
 * The path of a file in the folder of the state file.
 *
 * @param isWindows whether `\\` also separates folders, and a drive may precede the name.
 */
export function besideStateFile(
  statePath: string,
  name: string,
  isWindows = Deno.build.os === "windows",
): string {
  const separators = isWindows ? ["/", "\\", ":"] : ["/"];
  const nameAt = 1 + Math.max(...separators.map((separator) => statePath.lastIndexOf(separator)));
  return statePath.slice(0, nameAt) + name;
}
