/**
 * Makes the files of a release in `dist/`: the five executables, the files for the Raspberry Pi,
 * `SHA256SUMS` and `manifest.json`. `deno run -A build.ts --help` lists the flags.
 *
 * The program is bundled before it is compiled, so that an executable holds the code that runs and
 * not the packages that it comes from. What is loaded later stays in files of its own inside: the
 * link is out before they are read.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { builtinModules } from "node:module";
import { basename, join } from "node:path";
import * as esbuild from "esbuild";
import { nearest } from "./cli/nearest.ts";
import { parseArgs } from "./cli/parse_args.ts";
import { quote, UsageError } from "./cli/usage_error.ts";
import { DEFAULT_BASE, parseBase, reasonOf, VERSION } from "./relaycore/mod.ts";

const ROOT = new URL(".", import.meta.url);
const DIST = "dist";

/** An executable: the short name of its target, what `deno compile` calls that, its file's name. */
interface Target {
  readonly name: string;
  readonly triple: string;
  /** As the download page links it. */
  readonly file: string;
}

/** Every executable of a release. */
export const TARGETS: readonly Target[] = [
  { name: "windows", triple: "x86_64-pc-windows-msvc", file: "kibitz-offline-windows.exe" },
  {
    name: "mac-apple-silicon",
    triple: "aarch64-apple-darwin",
    file: "kibitz-offline-mac-apple-silicon",
  },
  { name: "mac-intel", triple: "x86_64-apple-darwin", file: "kibitz-offline-mac-intel" },
  { name: "linux", triple: "x86_64-unknown-linux-gnu", file: "kibitz-offline-linux" },
  {
    name: "raspberry-pi",
    triple: "aarch64-unknown-linux-gnu",
    file: "kibitz-offline-raspberry-pi",
  },
];

/** What lies beside the executables as it is. */
const PI_FILES = ["kibitz-offline.service", "README.md"];

/**
 * What an executable may do: no more than its flags can ask for. The README says what each is for.
 * Not among them: running programs, native libraries (FFI), and the environment at large.
 */
export const PERMISSIONS: readonly string[] = [
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-sys=networkInterfaces,hostname",
  "--allow-env=NOTIFY_SOCKET,RUNTIME_DIRECTORY,WATCHDOG_USEC,WATCHDOG_PID",
  "--no-prompt",
];

/** Packages that the program imports and never calls, and what stands in for them. */
const STAND_INS: Readonly<Record<string, string>> = {
  // werift's log, which lists the whole environment when it is loaded.
  "debug": "const log = () => Object.assign(() => {}, { enabled: false, extend: log });" +
    "module.exports = Object.assign(log, { debug: log, default: log });",
  // werift's candidates by mDNS name: the hub's are in its link.
  "multicast-dns": "module.exports = () => { throw new Error('not part of the hub'); };",
  // The pictures of npm:qrcode; the hub draws its own.
  "pngjs": "module.exports = {};",
  // werift's DTLS; the hub has its own.
  "@fidm/x509": "module.exports = {};",
  "@noble/curves/p256": "module.exports = {};",
  "tweetnacl": "module.exports = {};",
};

/** Likewise, but only where werift imports it: the hub makes its certificates with it. */
const WERIFT_STAND_INS: Readonly<Record<string, string>> = {
  "@peculiar/x509": "module.exports = { cryptoProvider: { set: () => {} } };",
};

/** Packages in the older form ask for the built-in modules by a function that a module lacks. */
const REQUIRE = "const require = (name) => process.getBuiltinModule(name);";

/** The time of every file inside an executable, so that the same inputs make the same bytes. */
const WRITTEN_AT = new Date("2026-01-01T00:00:00Z");

/** What to build. */
export interface BuildOptions {
  readonly targets: readonly Target[];
  /** The site that links open unless `--base` says otherwise. */
  readonly base: string;
  readonly dryRun: boolean;
}

/** Something that the person at the keyboard can put right, in a sentence or two. */
class BuildError extends Error {
  override readonly name = "BuildError";
}

/**
 * Reads the command line.
 *
 * @returns undefined if help is asked for.
 * @throws {UsageError} if any of it is unknown.
 */
export function parseBuildFlags(args: readonly string[]): BuildOptions | undefined {
  const names = ["target", "base", "dry-run", "help"];
  const flags = parseArgs([...args], {
    string: ["_", ...names],
    collect: names,
    unknown(argument, flag) {
      if (flag === undefined) return true;
      const meant = nearest(argument.replace(/^-+|=.*$/gs, ""), names);
      const hint = meant === undefined ? "--help lists them all." : `did you mean --${meant}?`;
      throw new UsageError(`There is no flag ${quote(argument).slice(1, -1)}; ${hint}`);
    },
  });
  if (flags._.length > 0) {
    throw new UsageError(`${quote(flags._[0])} is not a flag; --help lists what there is.`);
  }
  if (flags.help.length > 0) return undefined;
  const base = flags.base.length === 0 ? DEFAULT_BASE : parseBase(flags.base.at(-1)!);
  if (base === undefined) {
    throw new UsageError(
      `--base takes a web address that starts with https:// or http://, not ` +
        `${quote(flags.base.at(-1)!)}; for example --base ${DEFAULT_BASE}.`,
    );
  }
  const targets = flags.target.map((name) => {
    const target = TARGETS.find((target) => target.name === name);
    if (target !== undefined) return target;
    const meant = nearest(name.toLowerCase(), TARGETS.map(({ name }) => name));
    const hint = meant === undefined
      ? `there are ${TARGETS.map(({ name }) => name).join(", ")}.`
      : `did you mean ${meant}?`;
    throw new UsageError(`There is no target ${quote(name)}; ${hint}`);
  });
  return {
    targets: targets.length === 0 ? TARGETS : [...new Set(targets)],
    base,
    dryRun: flags["dry-run"].length > 0,
  };
}

function helpText(): string {
  return [
    "Makes the files of a release in dist/.",
    "",
    `  --target NAME   ${TARGETS.map(({ name }) => name).join(", ")};`,
    "                  may repeat (default: all)",
    `  --base URL      the site that links open (default: ${DEFAULT_BASE})`,
    "  --dry-run       print the commands, and do nothing",
    "",
    "DENORT_BIN in the environment names the runtime to use instead of Deno's download.",
  ].join("\n");
}

/** The command that makes an executable of the bundle in `directory`. */
export function compileCommand(target: Target, directory: string, output: string): string[] {
  return [
    "compile",
    // The bundle is all there is: no settings, no lock file, no packages from around it.
    ...["--no-check", "--no-config", "--no-lock", "--unstable-net"],
    // Else it would keep a file of a name that everybody knows in the folder for temporary files.
    "--no-code-cache",
    ...PERMISSIONS,
    ...["--target", target.triple, "--output", output, `${directory}/main.mjs`],
  ];
}

/**
 * The target that a runtime, or an executable, is for.
 *
 * @param head its first 64 bytes or more.
 * @returns the `triple` of {@linkcode TARGETS}, undefined if it is for none of them.
 */
export function tripleOf(head: Uint8Array): string | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  if (head.length < 20) return undefined;
  if (view.getUint16(0) === 0x4d5a) return "x86_64-pc-windows-msvc"; // MZ
  if (view.getUint32(0) === 0x7f454c46) { // ELF, with its machine at 18
    const machine = view.getUint16(18, true);
    if (machine === 62) return "x86_64-unknown-linux-gnu";
    if (machine === 183) return "aarch64-unknown-linux-gnu";
  }
  if (view.getUint32(0, true) === 0xfeedfacf) { // Mach-O, with its processor at 4
    const processor = view.getUint32(4, true);
    if (processor === 0x01000007) return "x86_64-apple-darwin";
    if (processor === 0x0100000c) return "aarch64-apple-darwin";
  }
  return undefined;
}

/** Refuses a runtime of the builder's own that is not for every target that is to be built. */
async function checkRuntime(targets: readonly Target[]): Promise<void> {
  const path = Deno.env.get("DENORT_BIN");
  if (!path) return;
  let triple: string | undefined;
  try {
    using file = await Deno.open(path);
    const head = new Uint8Array(64);
    const length = await file.read(head);
    triple = tripleOf(head.subarray(0, length ?? 0));
  } catch (error) {
    throw new BuildError(
      `DENORT_BIN names ${path}, which cannot be read (${
        reasonOf(error)
      }); unset it, or name the ` +
        `denort of Deno ${Deno.version.deno}.`,
    );
  }
  const foreign = targets.find((target) => target.triple !== triple);
  if (foreign === undefined) return;
  const own = TARGETS.find((target) => target.triple === triple)?.name;
  throw new BuildError(
    `DENORT_BIN names ${path}, which is ${
      own === undefined ? "no runtime" : `for ${own}`
    } and not ` +
      `for ${foreign.name}; ${own === undefined ? "unset it" : `build with --target ${own}`}.`,
  );
}

/**
 * Bundles the program into `directory/main.mjs` and what it loads later.
 *
 * It works on a copy: where the sources lie would show in the names of what comes out.
 */
async function bundle(directory: string, base: string): Promise<void> {
  const sources = `${directory}/sources`;
  for (const part of ["main.ts", "cli", "http", "relaycore", "pi", "deno.json", "deno.lock"]) {
    await copy(new URL(part, ROOT), `${sources}/${part}`);
  }
  await Deno.writeTextFile(
    `${sources}/relaycore/join_link/default_base.ts`,
    `export const DEFAULT_BASE = ${JSON.stringify(base)};\n`,
  );
  // The packages as deno.lock has them, where a bundler finds them.
  await deno(["install", "--node-modules-dir=auto", "--frozen"], sources);
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT))) as {
    imports: Record<string, string>;
  };
  const builtins = builtinModules.filter((name) => !name.startsWith("_")).join("|");
  const parts: esbuild.Plugin = {
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
      // The version is all that the program reads of it.
      build.onLoad({ filter: /[\\/]sources[\\/]deno\.json$/ }, () => ({
        contents: JSON.stringify({ version: VERSION }),
        loader: "json",
      }));
    },
  };
  // What is loaded at the start is one file, because each file more takes its time: it has copies of
  // its own of what it shares with the rest. They are constants, functions and classes without
  // state, and no class is told by instanceof across that line.
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
  const bundleFrom = async (entryPoints: string[], plugins: esbuild.Plugin[]) => {
    const { outputFiles } = await esbuild.build({
      absWorkingDir: sources,
      entryPoints,
      entryNames: "[name]",
      outdir: directory,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      splitting: true,
      minify: true,
      format: "esm",
      platform: "node",
      target: "esnext",
      legalComments: "none",
      logLevel: "error",
      write: false,
      plugins,
    });
    for (const { path, text } of outputFiles) {
      await Deno.writeTextFile(path, /\btypeof require\b/.test(text) ? REQUIRE + text : text);
    }
  };
  try {
    await bundleFrom(["main.ts"], [restIsApart, parts]);
    await bundleFrom([...rest].sort(), [parts]); // found in any order, and the bytes depend on it
  } finally {
    await esbuild.stop();
  }
  await Deno.remove(sources, { recursive: true });
  // When they were written would be kept in the executable.
  for await (const { name } of Deno.readDir(directory)) {
    await Deno.utime(`${directory}/${name}`, WRITTEN_AT, WRITTEN_AT);
  }
}

/** Copies a file, or a folder with all that is in it. */
async function copy(from: URL, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) {
    await Deno.mkdir(to.replace(/\/[^/]*$/, ""), { recursive: true });
    return await Deno.copyFile(from, to);
  }
  for await (const { name } of Deno.readDir(from)) {
    await copy(new URL(`${from.href.replace(/\/?$/, "/")}${name}`), `${to}/${name}`);
  }
}

/** Takes the files of earlier builds out of `dist`: the lists are to be of one build. */
async function clear(dist: URL): Promise<void> {
  await Deno.mkdir(dist, { recursive: true });
  const names = [...TARGETS.map(({ file }) => file), ...PI_FILES, "SHA256SUMS", "manifest.json"];
  for (const name of names) {
    await Deno.remove(new URL(name, dist)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** Compiles one executable. */
async function compile(target: Target, directory: string): Promise<void> {
  const output = new URL(`${DIST}/${target.file}`, ROOT).pathname.replace(/^\/(?=[A-Za-z]:)/, "");
  try {
    await deno(compileCommand(target, directory, output), directory);
  } catch (error) {
    const url = /https:\/\/\S*denort\S*\.zip/.exec(reasonOf(error))?.[0];
    if (url === undefined) throw error;
    throw new BuildError(
      `The runtime for ${target.name} cannot be downloaded from ${url}. Connect to the internet, ` +
        `or set DENORT_BIN to the denort of Deno ${Deno.version.deno} for ${target.triple}.`,
    );
  }
}

/** Runs this Deno. @throws Error with what it complained about. */
async function deno(args: readonly string[], cwd: string): Promise<void> {
  const { DENORT_BIN, ...environment } = Deno.env.toObject();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    clearEnv: true,
    env: {
      ...environment,
      ...DENORT_BIN ? { DENORT_BIN } : {}, // set to nothing it is as good as not set
      ...{ NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new BuildError(
    `deno ${args[0]} failed: ${new TextDecoder().decode(stderr).trim()}`,
  );
}

/** The commit that is built, marked if the files are not just those of it; undefined without git. */
async function commit(): Promise<string | undefined> {
  const git = async (...args: string[]) => {
    const { success, stdout } = await new Deno.Command("git", { args, cwd: ROOT, stderr: "null" })
      .output();
    if (!success) throw new Error("no repository");
    return new TextDecoder().decode(stdout).trim();
  };
  try {
    const changed = await git("status", "--porcelain", "--untracked-files=no");
    return `${await git("rev-parse", "HEAD")}${changed === "" ? "" : " with changes"}`;
  } catch {
    return undefined;
  }
}

/** Lists everything in `dist/`: sums for those who download, facts for those who carry on. */
async function writeLists(base: string): Promise<void> {
  const files: { name: string; bytes: number; sha256: string }[] = [];
  for (const name of [...TARGETS.map(({ file }) => file), ...PI_FILES]) {
    try {
      const bytes = await Deno.readFile(new URL(`${DIST}/${name}`, ROOT));
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      files.push({ name, bytes: bytes.length, sha256 });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // a target that was not built
    }
  }
  const manifest = {
    version: VERSION,
    commit: await commit(),
    deno: Deno.version.deno,
    base,
    files,
  };
  const write = (name: string, text: string) =>
    Deno.writeTextFile(new URL(`${DIST}/${name}`, ROOT), text);
  await write("SHA256SUMS", files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(""));
  await write("manifest.json", `${JSON.stringify(manifest, null, 2)}\n`);
  for (const { name, bytes } of files) {
    console.log(`${DIST}/${name.padEnd(34)} ${(bytes / 1e6).toFixed(1).padStart(6)} MB`);
  }
}

/** Builds what is asked for. */
async function build({ targets, base, dryRun }: BuildOptions): Promise<void> {
  if (dryRun) {
    console.log(`# main.ts is bundled into BUNDLE/main.mjs, with ${base} as its site; then:`);
    for (const target of targets) {
      console.log(`deno ${compileCommand(target, "BUNDLE", `${DIST}/${target.file}`).join(" ")}`);
    }
    for (const file of PI_FILES) console.log(`cp pi/${file} ${DIST}/${file}`);
    return;
  }
  await checkRuntime(targets);
  await clear(new URL(`${DIST}/`, ROOT));
  const temporary = await Deno.makeTempDir({ prefix: "kibitz-build-" });
  // Its name goes into the executables, which are to be the same whenever they are built.
  const directory = `${temporary}/kibitz-offline`;
  try {
    await Deno.mkdir(directory);
    await bundle(directory, base);
    for (const file of PI_FILES) {
      await Deno.copyFile(new URL(`pi/${file}`, ROOT), new URL(`${DIST}/${file}`, ROOT));
    }
    const failures: unknown[] = [];
    for (const target of targets) {
      await compile(target, directory).catch((error) => failures.push(error));
    }
    await writeLists(base); // what is finished stays, and is listed
    if (failures.length > 0) throw new BuildError(failures.map(reasonOf).join("\n"));
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

if (import.meta.main) {
  try {
    const options = parseBuildFlags(Deno.args);
    if (options === undefined) console.log(helpText());
    else await build(options);
  } catch (error) {
    console.error(reasonOf(error));
    Deno.exit(error instanceof UsageError || error instanceof BuildError ? 2 : 1);
  }
}
