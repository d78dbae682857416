/**
 * Programs and libraries of another Debian or another processor, in a folder of their own, for tests
 * that need them. The system is left as it is: apt works on lists of its own. Nothing is installed,
 * the packages are only unpacked.
 *
 * @module
 */

import { unpackedFolder } from "./cache.ts";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** What is wanted. */
export interface Wanted {
  /** A Debian release, such as `trixie`. */
  readonly suite: string;
  /** As Debian calls the processor, such as `arm64`. */
  readonly processor: string;
  /** Packages, unpacked with all that they depend on. */
  readonly packages: readonly string[];
  /** Packages whose exact name only apt knows: the first dependency of each, unpacked alone. */
  readonly behind?: readonly string[];
}

/** Why {@linkcode unpackedRoot} does not work here; undefined if it may. */
export async function whyNoDebian(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "it takes Debian";
  const mirror = await debianMirror().catch(() => undefined);
  return mirror === undefined ? "this system has no source of Debian packages" : undefined;
}

/**
 * The root folder of what is wanted. It is made once, and kept for later runs.
 *
 * @param name of the folder.
 * @throws {Error} if the packages cannot be had.
 */
export function unpackedRoot(name: string, wanted: Wanted): Promise<string> {
  return unpackedFolder(name, JSON.stringify(wanted), async (root) => {
    const mirror = await debianMirror();
    if (mirror === undefined) throw new Error("this system has no source of Debian packages");
    for (const folder of ["usr/bin", "usr/sbin", "usr/lib", "usr/lib64"]) {
      await Deno.mkdir(`${root}/${folder}`, { recursive: true });
      await Deno.symlink(folder, `${root}/${folder.slice(4)}`);
    }
    const state = await Deno.makeTempDir({ prefix: "kibitz-apt-" });
    try {
      const apt = await privateApt(state, mirror, wanted);
      if (wanted.packages.length > 0) {
        await apt(["apt-get", "install", "-y", "--download-only", ...wanted.packages]);
      }
      for (const meta of wanted.behind ?? []) {
        const depends = await apt(["apt-cache", "depends", meta]);
        const [, name] = /Depends: (\S+)/.exec(depends) ?? [];
        if (name === undefined) throw new Error(`there is nothing behind ${meta}`);
        await apt(["apt-get", "download", name], `${state}/cache/archives`);
      }
      for await (const { name } of Deno.readDir(`${state}/cache/archives`)) {
        if (!name.endsWith(".deb")) continue;
        await run(["dpkg-deb", "--extract", `${state}/cache/archives/${name}`, root]);
      }
    } finally {
      await Deno.remove(state, { recursive: true });
    }
  });
}

/** Prepares an apt that knows the wanted release only, and nothing that is installed here. */
async function privateApt(
  state: string,
  mirror: string,
  { suite, processor }: Wanted,
): Promise<(command: readonly string[], cwd?: string) => Promise<string>> {
  for (const folder of ["lists/partial", "cache/archives/partial", "sources"]) {
    await Deno.mkdir(`${state}/${folder}`, { recursive: true });
  }
  await Deno.writeTextFile(`${state}/status`, "");
  await Deno.writeTextFile(
    `${state}/sources/wanted.sources`,
    `Types: deb\nURIs: ${mirror}\nSuites: ${suite}\nComponents: main\nSigned-By: ${KEYRING}\n`,
  );
  await Deno.writeTextFile(
    `${state}/apt.conf`,
    `APT::Architecture "${processor}";
APT::Architectures { "${processor}"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "${state}/sources";
Dir::State::lists "${state}/lists";
Dir::State::status "${state}/status";
Dir::Cache "${state}/cache";
`,
  );
  const apt = (command: readonly string[], cwd?: string) =>
    run(command, { cwd, env: { APT_CONFIG: `${state}/apt.conf` } });
  await apt(["apt-get", "update", "-q"]);
  return apt;
}

/** Where this machine gets its own Debian packages from. */
async function debianMirror(): Promise<string | undefined> {
  await Deno.stat(KEYRING);
  const format = ["--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)"];
  const targets = await run(["apt-get", "indextargets", ...format, "Created-By: Packages"]);
  return /^Debian\|Debian\|(\S+)$/m.exec(targets)?.[1];
}

async function run(
  [program, ...args]: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    ...options,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new Error(`${program} ${args[0]} failed: ${decoder.decode(stderr).trim()}`);
}
