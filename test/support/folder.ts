/**
 * Folders for the files of one test.
 *
 * @module
 */

/** An empty folder. Disposing of it removes it with everything in it. */
export interface TestFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes a folder. @param name begins its name, so that one that was left behind tells where from. */
export async function makeFolder(name: string): Promise<TestFolder> {
  const path = await Deno.makeTempDir({ prefix: `kibitz-${name}-` });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
