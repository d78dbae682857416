/** `build.ts` with real runtimes: what it makes, that it makes the same again, and what it refuses. */

import { build, packedRuntime, unpackedSize } from "../support/release_build.ts";
import { TARGETS } from "../../cli/release/targets.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { Program } from "../support/program.ts";
import { inFolder } from "../support/folder.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const SOURCES = "build.ts main.ts deno.json deno.lock README.md cli http relaycore pi".split(" ");
const MAX_BYTES_OVER_RUNTIME = 3_000_000;

/** Copies a file or folder. */
async function copy(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await copy(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Runs `test` in a copy of the sources, so that `dist/` of the repository stays what it is. */
function inCopy(test: (root: string) => Promise<void>): Promise<void> {
  return inFolder(async (root) => {
    for (const part of SOURCES) await copy(`${ROOT}${part}`, `${root}/${part}`);
    await test(root);
  });
}

/** Builds in a copy; undefined, after a sentence, where no runtime can be had. */
async function buildOrSay(root: string, ...args: string[]): Promise<true | undefined> {
  const { code, stderr, lacksRuntime } = await build(root, args);
  if (lacksRuntime) {
    console.warn(`Nothing is built: ${stderr}`);
    return undefined;
  }
  assertEquals([code, stderr], [0, ""]);
  return true;
}

/** The lines of SHA256SUMS, checked against the files. */
async function checkedSums(root: string): Promise<Map<string, string>> {
  const sums = new Map<string, string>();
  for (const line of (await Deno.readTextFile(`${root}/dist/SHA256SUMS`)).trim().split("\n")) {
    const [sum, name] = line.split("  ");
    const digest = await crypto.subtle.digest(
      "SHA-256",
      await Deno.readFile(`${root}/dist/${name}`),
    );
    assertEquals(new Uint8Array(digest).toHex(), sum, name);
    sums.set(name, sum);
  }
  return sums;
}

Deno.test("two builds in two places give the same files for all systems, little larger than the runtimes", async () => {
  const sums: Map<string, string>[] = [];
  for (let i = 0; i < 2; i++) {
    await inCopy(async (root) => {
      if (!await buildOrSay(root)) return;
      sums[i] = await checkedSums(root);
      const manifest = JSON.parse(await Deno.readTextFile(`${root}/dist/manifest.json`));
      assertEquals(manifest.base, "https://kibitz.chat");
      for (const { file, triple } of TARGETS) {
        const { size } = await Deno.stat(`${root}/dist/${file}`);
        assertEquals(
          manifest.files.find(({ name }: { name: string }) => name === file),
          { name: file, bytes: size, sha256: sums[i].get(file) },
        );
        // A Mac's file has 32 bytes of hash more for each page.
        const over = size - await unpackedSize(await packedRuntime(triple));
        assert(
          over > 0 && over <= MAX_BYTES_OVER_RUNTIME,
          `${file}: ${over} bytes over the runtime`,
        );
      }
      const list = [
        ...["kibitz-offline.mjs", "kibitz-offline.service", "raspberry-pi-guide.md", "README.md"],
        ...["kibitz-offline-guide.md", "THIRD_PARTY_NOTICES.txt", "sbom.cdx.json"],
      ];
      assertEquals([...sums[i].keys()].slice(TARGETS.length), list);
      const sbom = JSON.parse(await Deno.readTextFile(`${root}/dist/sbom.cdx.json`));
      const notices = await Deno.readTextFile(`${root}/dist/THIRD_PARTY_NOTICES.txt`);
      for (const { name, version } of sbom.components) {
        assertStringIncludes(notices.toLowerCase(), `${name} ${version}`);
      }
    });
  }
  assertEquals(sums[0], sums[1]);
});

Deno.test("--base is the site of the executable's links, and its help says so", () =>
  inCopy(async (root) => {
    const base = "https://calls.example/app";
    if (!await buildOrSay(root, "--target", "linux", "--base", base)) return;
    if (Deno.build.target !== "x86_64-unknown-linux-gnu") return;
    const program = `${root}/dist/kibitz-offline-linux`;
    await using help = new Program([program, "--help"]);
    assertEquals(await help.ended(), 0);
    assertStringIncludes(help.stdout, `(default: ${base})`);
    await using hub = new Program([program, "--quiet", "--http=0"], { cwd: root });
    await hub.printed(({ stdout }) => stdout.includes("LINK "));
    hub.signal("SIGINT");
    assertEquals(await hub.ended(), 0);
    assertStringIncludes(hub.stdout, `LINK ${base}/?galaxy=g`);
  }));

Deno.test("a runtime for another target is refused, and a missing one named, before anything is built", () =>
  inCopy(async (root) => {
    const own = Deno.execPath(); // it has the header of a runtime, and that is all that is read here
    const foreign = await build(root, ["--target", "windows"], { DENORT_BIN: own });
    assertEquals(foreign.code, 2);
    assertStringIncludes(foreign.stderr, "and not for windows");
    const missing = await build(root, [], { DENORT_BIN: `${root}/none` });
    assertEquals(missing.code, 2);
    assertStringIncludes(missing.stderr, `${root}/none, which cannot be read`);
    assertEquals([...Deno.readDirSync(root)].some(({ name }) => name === "dist"), false);
  }));

Deno.test("a package whose licence nobody has looked at stops the build", () =>
  inCopy(async (root) => {
    const list = `${root}/cli/release/licences.ts`;
    const text = await Deno.readTextFile(list);
    await Deno.writeTextFile(list, text.replace('"dns-packet":', '"another-package":'));
    const { code, stderr } = await build(root, ["--target", "linux"]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "Nobody has looked at the licence of dns-packet@");
  }));
