/**
 * The files in `http/call/` that browsers get: those of the call page, and the script and style of
 * the QR page. From source, the hub reads them when it starts, and makes one script of the TypeScript
 * for each entry.
 *
 * **Contract with `cli/release/call_sources.ts`.** An executable has no sources, and its runtime
 * cannot remove types from TypeScript. So the build replaces this module with one of its own:
 *
 * ```ts
 * const files = new Map([["index.html", "…"], …]);
 * export const readCallSources = () => Promise.resolve({ files, problems: [] });
 * ```
 *
 * It contains the same files that this module returns, by their paths in `http/call/`:
 * - every file that matches {@linkcode SERVED_AS_THEY_ARE};
 * - for each of {@linkcode ENTRIES} a bundle (`main.ts` → `main.js`), which is a module for browsers
 *   without code from outside the repository;
 * - a bundle for each module that one of these imports with `import("./….ts")`.
 *
 * @module
 */

import { reasonOf } from "../relaycore/mod.ts";
import { linkModules } from "./call_linker.ts";

/** The modules at which scripts begin. The modules that they import become part of the script. */
export const ENTRIES: readonly string[] = ["main.ts", "door.ts"];

/** Files that are served unchanged. */
export const SERVED_AS_THEY_ARE = /\.(html|css|svg)$/;

const FOLDER = new URL("./call/", import.meta.url);

/** The files for browsers, and what is missing among them. */
export interface CallSources {
  /** Texts by path below `http/call/`: `index.html`, `main.js`, `lang/de.js`, … */
  readonly files: ReadonlyMap<string, string>;
  /** Why scripts are missing, each a sentence without its full stop. The other scripts still work. */
  readonly problems: readonly string[];
}

/**
 * Reads and links everything that browsers get.
 *
 * @throws {Error} if the folder cannot be read.
 */
export async function readCallSources(): Promise<CallSources> {
  const files = new Map<string, string>();
  const problems: string[] = [];
  for await (const path of walk("")) {
    if (SERVED_AS_THEY_ARE.test(path)) files.set(path, await read(path));
  }
  const entries = [...ENTRIES];
  for (const entry of entries) {
    try {
      const { text, later } = await linkModules(entry, read);
      files.set(entry.replace(/\.ts$/, ".js"), text);
      for (const path of later) if (!entries.includes(path)) entries.push(path);
    } catch (error) {
      problems.push(`http/call/${entry} cannot be served: ${reasonOf(error).replace(/\.$/, "")}`);
    }
  }
  return { files, problems };
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, FOLDER));
}

async function* walk(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, FOLDER))) {
    if (isDirectory) yield* walk(`${folder}${name}/`);
    else yield `${folder}${name}`;
  }
}
