/**
 * The files that browsers get of the pages in `http/call/`: the call, and the script and style of the
 * QR page. This is how it is from source: they are read, and their TypeScript becomes one script for
 * each entry, when the hub starts.
 *
 * **Contract with `cli/release/call_sources.ts`.** An executable has no sources, and its runtime cannot
 * take the types out of them. So the build puts a module of its own in this one's place:
 *
 * ```ts
 * const files = new Map([["index.html", "…"], …]);
 * export const readCallSources = () => Promise.resolve({ files, problems: [] });
 * ```
 *
 * with the files that this file's function would give: every one of `http/call/` that ends in one of
 * {@linkcode SERVED_AS_THEY_ARE}, by its path there; for each of {@linkcode ENTRIES} a bundle
 * (`main.ts` → `main.js`, a module for browsers, no code from outside the repository); and for each
 * module that one of those imports by `import("./….ts")` a bundle at its path there, with `.js`.
 *
 * @module
 */

import { reasonOf } from "../relaycore/mod.ts";
import { linkModules } from "./call_linker.ts";

/** Where each script begins; what it imports becomes part of it. */
export const ENTRIES: readonly string[] = ["main.ts", "door.ts"];

/** Files that go out unchanged. */
export const SERVED_AS_THEY_ARE = /\.(html|css|svg)$/;

const FOLDER = new URL("./call/", import.meta.url);

/** What browsers get, and what is missing. */
export interface CallSources {
  /** Texts by path below `http/call/`: `index.html`, `main.js`, `lang/de.js`, … */
  readonly files: ReadonlyMap<string, string>;
  /** Why a script is not among them, a sentence without its full stop each. The others still work. */
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
