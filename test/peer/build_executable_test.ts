/** `build.ts` with a real runtime: what it makes, and that it makes the same again. */

import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { build, standaloneRuntime } from "../standalone_runtime.ts";
import { CliProcess } from "./support/cli_process.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const SOURCES = ["build.ts", "main.ts", "cli", "deno.json", "deno.lock", "http", "relaycore", "pi"];
const MAX_BYTES_OVER_RUNTIME = 3_000_000;

const runtime = await standaloneRuntime();

/** Copies a file or folder. */
async function copy(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copy(`${from}/${name}`, `${to}/${name}`);
}

/** Runs `test` in a copy of the sources, so that `dist/` of the repository stays what it is. */
async function inCopy(test: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "kibitz-build-test-" });
  try {
    for (const part of SOURCES) await copy(`${ROOT}${part}`, `${root}/${part}`);
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function sha256(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test({
  name: "two builds in two places give the same executable, little larger than the runtime",
  ignore: runtime === undefined,
  fn: async () => {
    const sums: string[] = [];
    for (let i = 0; i < 2; i++) {
      await inCopy(async (root) => {
        assertEquals(await build(runtime!, root, "--target", "linux"), { code: 0, stderr: "" });
        const file = `${root}/dist/kibitz-offline-linux`;
        sums.push(await sha256(file));
        const list = await Deno.readTextFile(`${root}/dist/SHA256SUMS`);
        assertStringIncludes(list, `${sums[i]}  kibitz-offline-linux\n`);
        for (const name of ["kibitz-offline.service", "README.md"]) {
          assertStringIncludes(list, `${await sha256(`${ROOT}pi/${name}`)}  ${name}\n`);
        }
        const { size } = await Deno.stat(file);
        const over = size - (await Deno.stat(runtime!.denort)).size;
        assert(over > 0 && over <= MAX_BYTES_OVER_RUNTIME, `${over} bytes over the runtime`);
        const manifest = JSON.parse(await Deno.readTextFile(`${root}/dist/manifest.json`));
        assertEquals(manifest.base, "https://kibitz.chat");
        assertEquals(
          manifest.files.find(({ name }: { name: string }) => name === "kibitz-offline-linux"),
          { name: "kibitz-offline-linux", bytes: size, sha256: sums[i] },
        );
      });
    }
    assertEquals(sums[0], sums[1]);
  },
});

Deno.test({
  name: "--base is the site of the executable's links, and its help says so",
  ignore: runtime === undefined,
  fn: () =>
    inCopy(async (root) => {
      const base = "https://calls.example/app";
      const built = await build(runtime!, root, "--target", "linux", "--base", base);
      assertEquals(built, { code: 0, stderr: "" });
      const program = `${root}/dist/kibitz-offline-linux`;
      await using help = new CliProcess([program, "--help"]);
      assertEquals(await help.ended(), 0);
      assertStringIncludes(help.stdout, `(default: ${base})`);
      await using hub = new CliProcess([program, "--quiet", "--http=0"], { cwd: root });
      await hub.printed(({ stdout }) => stdout.includes("LINK "));
      hub.signal("SIGINT");
      assertEquals(await hub.ended(), 0);
      assertStringIncludes(hub.stdout, `LINK ${base}/?galaxy=g`);
    }),
});

Deno.test({
  name:
    "a runtime for another target is refused, and a missing one named, before anything is built",
  ignore: runtime === undefined,
  fn: () =>
    inCopy(async (root) => {
      const foreign = await build(runtime!, root, "--target", "linux", "--target", "raspberry-pi");
      assertEquals(foreign.code, 2);
      assertStringIncludes(foreign.stderr, "for linux and not for raspberry-pi");
      const missing = await build({ ...runtime!, denort: `${root}/none` }, root);
      assertEquals(missing.code, 2);
      assertStringIncludes(missing.stderr, `${root}/none, which cannot be read`);
      assertEquals([...Deno.readDirSync(root)].some(({ name }) => name === "dist"), false);
    }),
});
