/**
 * Makes a release in `dist/`: bundles the program, compiles the executables, checks each of them,
 * and lists everything.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { reasonOf, VERSION } from "../../relaycore/mod.ts";
import { BuildError } from "./build_error.ts";
import { bundle, type BundleContents, copySources, stopBundler } from "./bundle.ts";
import { whyNotFit } from "./check_executable.ts";
import { compile, COMPILE_DENO, compileCommand, type Program } from "./compiler.ts";
import { COPIES, isGuide, releasedGuide } from "./copies.ts";
import { checkGivenRuntime } from "./given_runtime.ts";
import { drawIcon } from "./icon.ts";
import { manifestText, type ReleaseFile, sbomText, sumsText } from "./lists.ts";
import { parseMachO } from "./mach_o.ts";
import { signAdHoc } from "./mach_o_signature.ts";
import { checkLicences, noticesText, type Package, readPackages } from "./notices.ts";
import type { BuildOptions } from "./options.ts";
import { type Target, TARGETS } from "./targets.ts";

const ROOT = new URL("../../", import.meta.url);
const DIST = new URL("dist/", ROOT);

/** The program for any computer with Deno. */
const SINGLE_FILE = "kibitz-offline.mjs";
const NOTICES = "THIRD_PARTY_NOTICES.txt";
const SBOM = "sbom.cdx.json";

/** The files of a release, in the order of the lists. */
const FILES = [
  ...TARGETS.map(({ file }) => file),
  ...[SINGLE_FILE, ...Object.keys(COPIES), NOTICES, SBOM],
];

/**
 * Makes the files.
 *
 * @throws {BuildError} for a problem that the user can fix. Files that are finished stay in `dist/`
 *   and are listed. An executable that fails its checks is removed.
 */
export async function buildRelease(options: BuildOptions): Promise<void> {
  const { targets, base } = options;
  if (options.dryRun) return printCommands(options);
  await checkGivenRuntime(targets);
  await clearDist();
  const temporary = await Deno.makeTempDir({ prefix: "kibitz-build-" });
  try {
    const { programs, packages } = await bundleAll(temporary, base);
    for (const [name, source] of Object.entries(COPIES)) {
      const text = await Deno.readTextFile(new URL(source, ROOT));
      const released = isGuide(name) ? releasedGuide(text, source) : text;
      await Deno.writeTextFile(new URL(name, DIST), released);
    }
    const failures: string[] = [];
    for (const target of targets) {
      const program = target.nativeLibraries.length === 0 ? programs.plain : programs.native;
      await makeExecutable(target, program).catch((error) => failures.push(reasonOf(error)));
    }
    await writeLists(base, packages);
    if (failures.length > 0) throw new BuildError(failures.join("\n"));
  } finally {
    await stopBundler();
    await Deno.remove(temporary, { recursive: true });
  }
}

/** Makes the bundles, and writes the notices and the single file to `dist/`. */
async function bundleAll(
  temporary: string,
  base: string,
): Promise<{ programs: { plain: Program; native: Program }; packages: readonly Package[] }> {
  const sources = `${temporary}/sources`;
  await copySources(sources);
  const icon = `${temporary}/kibitz-offline.ico`;
  await Deno.writeFile(icon, drawIcon());

  const make = async (kind: BundleContents["kind"], notices: string) => {
    // Executables contain the folder's name. It is always the same, so that builds are reproducible.
    const directory = `${temporary}/${kind}/kibitz-offline`;
    await Deno.mkdir(directory, { recursive: true });
    const { included, packageFiles } = await bundle(sources, directory, { kind, base, notices });
    const packages = await readPackages(packageFiles);
    checkLicences(packages);
    return { directory, included, icon, packages };
  };
  // A bundle contains the notices, and the notices list the packages of a bundle. So the first
  // bundle is made without notices. All kinds of bundles have the same packages.
  const { packages } = await make("single", "");
  const notices = noticesText(packages, COMPILE_DENO);
  await Deno.writeTextFile(new URL(NOTICES, DIST), notices);
  const single = await make("single", notices);
  await Deno.copyFile(`${single.directory}/${SINGLE_FILE}`, new URL(SINGLE_FILE, DIST));
  const programs = { plain: await make("plain", notices), native: await make("native", notices) };
  for (const { packages: own } of Object.values(programs)) {
    const stranger = own.find(({ name }) => !packages.some((known) => known.name === name));
    if (stranger !== undefined) throw new Error(`${stranger.name} is missing in ${NOTICES}`);
  }
  return { programs, packages };
}

/** Compiles an executable, and removes it if it is not fit for a release. */
async function makeExecutable(target: Target, program: Program): Promise<void> {
  const url = new URL(target.file, DIST);
  await compile(target, program, fileURLToPath(url));
  let bytes: Uint8Array = await Deno.readFile(url);
  if (target.triple.includes("apple") && parseMachO(bytes).signature === undefined) {
    bytes = signAdHoc(bytes, "kibitz-offline");
    await Deno.writeFile(url, bytes);
  }
  const problem = whyNotFit(bytes, target);
  if (problem === undefined) return;
  await Deno.remove(url);
  throw new BuildError(`${target.file} would not run, so it is not kept. ${problem}`);
}

/** Removes the files of earlier builds from `dist/`, so that the lists describe a single build. */
async function clearDist(): Promise<void> {
  await Deno.mkdir(DIST, { recursive: true });
  for (const name of [...FILES, "SHA256SUMS", "manifest.json"]) {
    await Deno.remove(new URL(name, DIST)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** Writes the lists of everything in `dist/`. */
async function writeLists(base: string, packages: readonly Package[]): Promise<void> {
  const write = (name: string, text: string) => Deno.writeTextFile(new URL(name, DIST), text);
  const release = { version: VERSION, commit: await commit(), deno: COMPILE_DENO, base };
  await write(SBOM, sbomText(release, packages));
  const files: ReleaseFile[] = [];
  for (const name of FILES) {
    try {
      const bytes = await Deno.readFile(new URL(name, DIST));
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      files.push({ name, bytes: bytes.length, sha256 });
      console.log(`dist/${name.padEnd(34)} ${(bytes.length / 1e6).toFixed(1).padStart(6)} MB`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // this target was not built
    }
  }
  await write("SHA256SUMS", sumsText(files));
  await write("manifest.json", manifestText(release, files));
}

/** The commit that is built, with a mark if files differ from it; undefined without git. */
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

function printCommands({ targets, base }: BuildOptions): void {
  console.log(
    `# main.ts is bundled into BUNDLE, with ${base} as its site; then, with Deno ${COMPILE_DENO}:`,
  );
  for (const target of targets) {
    const included = target.nativeLibraries.length === 0 ? [] : ["turn_worker.mjs"];
    const program = { directory: "BUNDLE", included, icon: "BUNDLE.ico" };
    console.log(`deno ${compileCommand(target, program, `dist/${target.file}`).join(" ")}`);
  }
  for (const [name, source] of Object.entries(COPIES)) {
    const note = isGuide(name) ? " # then links to files that are not in the release go" : "";
    console.log(`cp ${source} dist/${name}${note}`);
  }
}
