/**
 * Bundles the program, so that an executable contains only the code that it runs and not whole
 * packages. Code that is loaded after the link is out stays in separate files inside the executable,
 * and does not delay the start.
 *
 * There are three kinds of bundles. {@linkcode GENERATED} makes the difference between them.
 *
 * @module
 */

import { builtinModules } from "node:module";
import { basename, join } from "node:path";
import * as esbuild from "esbuild";
import { VERSION } from "../../relaycore/mod.ts";
import { callSourcesModule } from "./call_sources.ts";
import { runDeno } from "./compiler.ts";

/**
 * The kinds of bundles:
 * - `plain` does not call native code.
 * - `native` has the media relay on a thread of its own, which calls the C library.
 * - `single` is like `native`, but in one file, for any computer with Deno.
 */
export type BundleKind = "plain" | "native" | "single";

/** What goes into a bundle besides the sources. */
export interface BundleContents {
  readonly kind: BundleKind;
  /** The site that links open without `--base`. */
  readonly base: string;
  /** The text for `--licenses`. */
  readonly notices: string;
}

/** A file of a package that is in a bundle. */
export interface BundledFile {
  /** The path of the package's folder. */
  readonly packageFolder: string;
  /** The file's path in that folder. */
  readonly path: string;
}

/** The contents of a bundle. */
export interface Bundle {
  /** Files that no import leads to, such as a worker. */
  readonly included: readonly string[];
  /** Files from packages, in the order of their paths. */
  readonly packageFiles: readonly BundledFile[];
}

/** The root of the repository. */
const ROOT = new URL("../../", import.meta.url);

/** The parts of the repository that are needed. */
const SOURCES = ["main.ts", "cli", "http", "relaycore", "pi", "deno.json", "deno.lock"];

/** The time of every file inside an executable, so that the same inputs make the same bytes. */
const WRITTEN_AT = new Date("2026-01-01T00:00:00Z");

/** CommonJS packages call `require` for built-in modules, and an ES module does not have it. */
const REQUIRE = "const require = (name) => process.getBuiltinModule(name);";

/** The entry of the code that runs on the media relay's thread. */
const WORKER = "relaycore/turn/turn_worker.ts";

/** Packages that the program imports but never calls, with the text that replaces them. */
const STAND_INS: Readonly<Record<string, string>> = {
  // werift's log. It reads the whole environment when it is loaded.
  "debug": "const log = () => Object.assign(() => {}, { enabled: false, extend: log });" +
    "module.exports = Object.assign(log, { debug: log, default: log });",
  // werift's mDNS candidates. The hub's candidates are in its link.
  "multicast-dns": "module.exports = () => { throw new Error('not part of the hub'); };",
  // The pictures of npm:qrcode. The hub draws its own.
  "pngjs": "module.exports = {};",
  // werift's DTLS. The hub has its own.
  "@fidm/x509": "module.exports = {};",
  "@noble/curves/p256": "module.exports = {};",
  "tweetnacl": "module.exports = {};",
};

/** Packages that are replaced only for werift. The hub makes its certificates with this one. */
const WERIFT_STAND_INS: Readonly<Record<string, string>> = {
  "@peculiar/x509": "module.exports = { cryptoProvider: { set: () => {} } };",
};

/**
 * Modules of the program that have other contents in a bundle, by path. Each function returns the
 * module's text, or undefined if the module stays as it is. `worker` returns the bundled code of the
 * media relay's thread. `sources` is the folder with the copy of the repository.
 */
const GENERATED: Readonly<
  Record<
    string,
    (
      contents: BundleContents,
      worker: () => Promise<string>,
      sources: string,
    ) => Promise<string | undefined> | string | undefined
  >
> = {
  "deno.json": () => JSON.stringify({ version: VERSION }), // the program reads only the version
  "relaycore/join_link/default_base.ts": ({ base }) =>
    `export const DEFAULT_BASE = ${JSON.stringify(base)};`,
  "http/call_sources.ts": (_contents, _worker, sources) => callSourcesModule(sources),
  "cli/notices.ts": ({ notices }) => `export const NOTICES = ${JSON.stringify(notices)};`,
  "relaycore/net/socket_batches.ts": ({ kind }) =>
    kind === "plain" ? "export const SocketBatches = { of: () => undefined };" : undefined,
  "relaycore/dtls/libcrypto.ts": ({ kind }) =>
    kind === "plain" ? "export const openLibcrypto = () => undefined;" : undefined,
  // Rehearsals take 4 MB, and make a join a seventh cheaper. PCs join guests fast enough without.
  "relaycore/self_test/rehearsals.ts": ({ kind }) =>
    kind === "plain" ? "export class Rehearsals { areOver = true; stop() {} }" : undefined,
  "relaycore/turn/worker_engine.ts": ({ kind }) =>
    kind === "plain" ? "export const WorkerEngine = { isPossible: () => false };" : undefined,
  "relaycore/turn/worker_url.ts": async ({ kind }, worker) =>
    kind === "single"
      ? `const code = new Blob([${JSON.stringify(await worker())}], { type: "text/javascript" });
         export const workerUrl = () => URL.createObjectURL(code);`
      : `export const workerUrl = () => import.meta.resolve("./turn_worker.mjs");`,
};

/**
 * Copies the sources into a folder, and installs the packages of `deno.lock` there. Bundles are made
 * from a copy, because their contents depend on the path of the sources.
 *
 * @param sources the folder. It is created.
 */
export async function copySources(sources: string): Promise<void> {
  for (const part of SOURCES) await copy(new URL(part, ROOT), `${sources}/${part}`);
  await runDeno(Deno.execPath(), ["install", "--node-modules-dir=auto", "--frozen"], sources);
}

/**
 * Makes a bundle: `main.mjs` and the files that it loads later, or only `kibitz-offline.mjs`.
 *
 * @param sources the folder that {@linkcode copySources} has filled.
 * @param directory an existing folder for the bundle.
 */
export async function bundle(
  sources: string,
  directory: string,
  contents: BundleContents,
): Promise<Bundle> {
  const bundler = new Bundler(sources, directory, contents);
  if (contents.kind === "single") {
    await bundler.write({
      entryPoints: [{ in: "cli/release/single_file.ts", out: "kibitz-offline" }],
      splitting: false,
    });
    return { included: [], packageFiles: bundler.packageFiles() };
  }
  // The start is a single file, because every further file takes time to load. It therefore has its
  // own copies of modules that the rest also uses. This is safe because these modules keep no
  // state, and no instanceof compares classes of the two copies.
  const rest = await bundler.writeStart("main.ts");
  const included = contents.kind === "native" ? ["turn_worker.mjs"] : [];
  // The entry points are sorted, because the bytes of the bundle depend on their order.
  await bundler.write({
    entryPoints: [...rest, ...included.map(() => WORKER)].sort(),
    splitting: true,
  });
  return { included, packageFiles: bundler.packageFiles() };
}

/** Ends the bundler's process. */
export function stopBundler(): Promise<void> {
  return esbuild.stop();
}

/** Makes the files of one bundle. */
class Bundler {
  readonly #files = new Map<string, BundledFile>();

  constructor(
    private readonly sources: string,
    private readonly directory: string,
    private readonly contents: BundleContents,
  ) {}

  /** The files from packages that were bundled so far. */
  packageFiles(): BundledFile[] {
    return [...this.#files].sort(([a], [b]) => a < b ? -1 : 1).map(([, file]) => file);
  }

  /** Writes the file that is loaded first. @returns the modules that it loads later. */
  async writeStart(entryPoint: string): Promise<string[]> {
    const rest = new Set<string>();
    const restIsApart: esbuild.Plugin = {
      name: "the rest is apart",
      setup(build) {
        build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, kind, resolveDir }) => {
          if (kind !== "dynamic-import") return undefined;
          rest.add(join(resolveDir, path));
          return { path: `./${basename(path, ".ts")}.mjs`, external: true };
        });
      },
    };
    await this.write({ entryPoints: [entryPoint], splitting: true }, [restIsApart]);
    return [...rest];
  }

  /** Bundles and writes. */
  async write(
    options: Pick<esbuild.BuildOptions, "entryPoints" | "splitting">,
    plugins: readonly esbuild.Plugin[] = [],
  ): Promise<void> {
    for (const { path, text } of await this.#bundle(options, plugins)) {
      await Deno.writeTextFile(path, text);
      await Deno.utime(path, WRITTEN_AT, WRITTEN_AT); // an executable contains the files' times
    }
  }

  async #bundle(
    options: Pick<esbuild.BuildOptions, "entryPoints" | "splitting">,
    plugins: readonly esbuild.Plugin[],
  ): Promise<{ readonly path: string; readonly text: string }[]> {
    const { outputFiles, metafile } = await esbuild.build({
      ...options,
      absWorkingDir: this.sources,
      entryNames: "[name]",
      outdir: this.directory,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "node",
      target: "esnext",
      legalComments: "none", // they are in THIRD_PARTY_NOTICES.txt
      logLevel: "error",
      metafile: true,
      write: false,
      plugins: [...plugins, await this.#parts()],
    });
    for (const { inputs } of Object.values(metafile.outputs)) {
      for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
        const [, folder, file] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/(.+)$/.exec(path) ?? [];
        if (folder === undefined || bytesInOutput === 0 || path.startsWith("stand-in:")) continue;
        this.#files.set(path, { packageFolder: join(this.sources, folder), path: file });
      }
    }
    return outputFiles.map(({ path, text }) => ({
      path,
      text: /\btypeof require\b/.test(text) ? REQUIRE + text : text,
    }));
  }

  /** Tells the bundler how to find modules, and which ones to replace. */
  async #parts(): Promise<esbuild.Plugin> {
    const { imports } = JSON.parse(await Deno.readTextFile(`${this.sources}/deno.json`)) as {
      imports: Record<string, string>;
    };
    const builtins = builtinModules.filter((name) => !name.startsWith("_")).join("|");
    const worker = async () => {
      const options = { entryPoints: [WORKER], splitting: false };
      const [{ text }] = await this.#bundle(options, []);
      return text;
    };
    const { sources, contents } = this;
    return {
      name: "parts of the hub",
      setup(build) {
        build.onResolve(
          { filter: /^@std\// },
          ({ path, kind, resolveDir }) =>
            build.resolve(imports[path].replace(/^npm:(.+)@[^/]+/, "$1"), { kind, resolveDir }),
        );
        build.onResolve({ filter: new RegExp(`^(node:)?(${builtins})$`) }, ({ path }) => ({
          path: path.replace(/^(node:)?/, "node:"),
          external: true,
        }));
        build.onResolve({ filter: /^[@a-z]/ }, ({ path, importer }) => {
          const isStoodInFor = Object.hasOwn(STAND_INS, path) ||
            (Object.hasOwn(WERIFT_STAND_INS, path) && /[\\/]werift[\\/]/.test(importer));
          return isStoodInFor ? { path, namespace: "stand-in" } : undefined;
        });
        build.onLoad({ filter: /./, namespace: "stand-in" }, ({ path }) => ({
          contents: STAND_INS[path] ?? WERIFT_STAND_INS[path],
        }));
        for (const [path, generate] of Object.entries(GENERATED)) {
          const end = path.replaceAll(".", "\\.").replaceAll("/", "[\\\\/]");
          build.onLoad({ filter: new RegExp(`[\\\\/]${end}$`) }, async (module) => {
            if (module.path !== join(sources, path)) return undefined;
            const text = await generate(contents, worker, sources);
            const loader = path.endsWith(".json") ? "json" : "ts";
            return text === undefined ? undefined : { contents: text, loader };
          });
        }
      },
    };
  }
}

/** Copies a file, or a folder with its contents. */
async function copy(from: URL, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) {
    await Deno.mkdir(to.replace(/\/[^/]*$/, ""), { recursive: true });
    return await Deno.copyFile(from, to);
  }
  for await (const { name } of Deno.readDir(from)) {
    await copy(new URL(`${from.href.replace(/\/?$/, "/")}${name}`), `${to}/${name}`);
  }
}
