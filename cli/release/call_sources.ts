/**
 * The call page's files for an executable. From source, `http/call_sources.ts` makes these files at
 * every start. For an executable they are made here once, and smaller. The contract between the two
 * is described in `http/call_sources.ts`.
 *
 * @module
 */

import { join, relative } from "node:path";
import * as esbuild from "esbuild";
import { ENTRIES, SERVED_AS_THEY_ARE } from "../../http/call_sources.ts";

/**
 * The text of the module that replaces `http/call_sources.ts`.
 *
 * @param sources the folder with a copy of the repository.
 */
export async function callSourcesModule(sources: string): Promise<string> {
  const folder = join(sources, "http", "call");
  const files = new Map<string, string>();
  for await (const path of walk(folder)) {
    if (!SERVED_AS_THEY_ARE.test(path)) continue;
    const text = await Deno.readTextFile(join(folder, path));
    files.set(path, path.endsWith(".css") ? await minifyCss(text) : text);
  }
  const entries = [...ENTRIES];
  for (const entry of entries) {
    const { text, later } = await bundleScript(folder, entry);
    files.set(entry.replace(/\.ts$/, ".js"), text);
    for (const path of later) if (!entries.includes(path)) entries.push(path);
  }
  // The files are sorted, because the bytes of an executable depend on their order.
  const sorted = [...files].sort(([a], [b]) => a < b ? -1 : 1);
  return `const files = new Map(${JSON.stringify(sorted)});
export const readCallSources = () => Promise.resolve({ files, problems: [] });\n`;
}

/** One script, and the modules that it imports with `import()`. */
async function bundleScript(
  folder: string,
  entry: string,
): Promise<{ readonly text: string; readonly later: readonly string[] }> {
  const later: string[] = [];
  const importsLater: esbuild.Plugin = {
    name: "imported later",
    setup(build) {
      build.onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) => {
        if (kind !== "dynamic-import") return undefined;
        const target = relative(folder, join(resolveDir, path)).replaceAll("\\", "/");
        later.push(target);
        return { path: `./${target.replace(/\.ts$/, ".js")}`, external: true };
      });
    },
  };
  const { outputFiles: [{ text }] } = await esbuild.build({
    absWorkingDir: folder,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    charset: "utf8",
    format: "esm",
    platform: "browser",
    target: "esnext",
    legalComments: "none",
    logLevel: "error",
    write: false,
    plugins: [importsLater],
  });
  return { text, later };
}

async function minifyCss(text: string): Promise<string> {
  return (await esbuild.transform(text, { loader: "css", minify: true, charset: "utf8" })).code;
}

async function* walk(folder: string, under = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(folder, under))) {
    if (isDirectory) yield* walk(folder, `${under}${name}/`);
    else yield `${under}${name}`;
  }
}
