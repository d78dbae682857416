/**
 * Folders for the files of tests.
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

/** Runs `test` in an empty folder. */
export async function inFolder(test: (path: string) => Promise<void>): Promise<void> {
  await using folder = await makeFolder("test");
  await test(folder.path);
}

let ofProcess: string | undefined;

/** An empty folder that stays until this process ends. */
export function folderOfProcess(): string {
  if (ofProcess === undefined) {
    const path = ofProcess = Deno.makeTempDirSync({ prefix: "kibitz-tests-" });
    globalThis.addEventListener("unload", () => Deno.removeSync(path, { recursive: true }));
  }
  return Deno.makeTempDirSync({ dir: ofProcess });
}
