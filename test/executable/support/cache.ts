/**
 * Folders that take long to make, kept from one run of the tests to the next.
 *
 * @module
 */

/** Names the folder's contents; it is written when they are complete. */
const MARK = ".complete";

/**
 * A folder that `make` fills, unless it is there already with the same contents.
 *
 * @param name of the folder.
 * @param contents tells one content from another.
 * @param make gets the path of an empty folder.
 */
export async function unpackedFolder(
  name: string,
  contents: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const home = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  const folder = `${home}/kibitz-offline-test/${name}`;
  const mark = await Deno.readTextFile(`${folder}/${MARK}`).catch(() => undefined);
  if (mark === contents) return folder;
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  await make(folder);
  await Deno.writeTextFile(`${folder}/${MARK}`, contents);
  return folder;
}
