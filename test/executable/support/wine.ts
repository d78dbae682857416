/**
 * Wine in a folder of its own, for programs of Windows.
 *
 * @module
 */

import { unpackedRoot } from "./debian.ts";

/** A program of Windows that can be started. */
export interface WineProgram extends AsyncDisposable {
  /** What to run; the program's arguments follow. */
  readonly program: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The folder of its own, as Windows calls it. */
  readonly folder: string;
}

const LOADER = "/usr/lib/wine/wine64";
const SERVER = "/usr/lib/wine/wineserver64";

/** Why {@linkcode wineCommand} does not work here; undefined if it may. */
export function whyNoWine(): Promise<string | undefined> {
  if (Deno.build.arch !== "x86_64") return Promise.resolve("Wine needs an x86_64 processor");
  return Promise.resolve(Deno.uid() === 0 ? undefined : "another root folder takes root");
}

/**
 * Prepares a program.
 *
 * @param file its path; it is copied.
 * @param folder an empty folder, for its state.
 */
export async function wineCommand(file: string, folder: string): Promise<WineProgram> {
  const root = await unpackedRoot("wine", {
    ...{ suite: "trixie", processor: "amd64" },
    packages: ["wine64"],
  });
  await configure(root);
  for (const place of ["proc", "dev", "tmp", "home"]) {
    await Deno.mkdir(`${root}/${place}`, { recursive: true });
  }
  // A mount namespace of its own takes the mounts away when the program ends.
  const script = `mount --rbind /proc "${root}/proc" && mount --rbind /dev "${root}/dev" &&
    mount --bind "${folder}" "${root}/home" && exec chroot "${root}" "$@"`;
  const inRoot = ["unshare", "--mount", "bash", "-c", script, "wine"];
  await Deno.copyFile(file, `${folder}/hub.exe`);
  const env = {
    HOME: "/home",
    WINEPREFIX: "/home/prefix",
    WINESERVER: SERVER,
    WINEDEBUG: "-all",
    // Neither .NET nor a browser, which the first start would look for.
    WINEDLLOVERRIDES: "mscoree,mshtml=",
    XDG_RUNTIME_DIR: "/tmp",
  };
  return {
    program: [...inRoot, LOADER, "/home/hub.exe"],
    env,
    folder: "Z:\\home",
    async [Symbol.asyncDispose]() {
      const [command, ...args] = [...inRoot, SERVER, "--kill", "--wait"];
      await new Deno.Command(command, { args, env, stderr: "null" }).output();
    },
  };
}

/** Does what the installation of Debian's package would do: marks zlib as a part of Wine. */
async function configure(root: string): Promise<void> {
  const mark = new TextEncoder().encode("Wine builtin DLL".padEnd(32, "\0"));
  for (const [from, to] of [["i686", "i386"], ["x86_64", "x86_64"]]) {
    const dll = await Deno.readFile(`${root}/usr/${from}-w64-mingw32/lib/zlib1.dll`);
    dll.set(mark, 64);
    const folder = `${root}/usr/lib/x86_64-linux-gnu/wine/${to}-windows`;
    await Deno.writeFile(`${folder}/zlib1.dll`, dll);
  }
}
