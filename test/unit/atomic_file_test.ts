/** Atomic replacement of files, asynchronous and synchronous. */
import {
  removeLeftovers,
  writeFileAtomically,
  writeFileAtomicallySync,
} from "../../relaycore/identity/atomic_file.ts";
import { LEFTOVER_AGE_MS } from "../../relaycore/limits.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";

type Write = (path: string, text: string, mode: number) => Promise<void>;

const WAYS: Record<string, Write> = {
  "at once": (path, text, mode) => Promise.try(() => writeFileAtomicallySync(path, text, mode)),
  "without waiting for the disk": (path, text, mode) =>
    writeFileAtomically(path, text, { mode, durable: false }),
  "until it is on the disk": (path, text, mode) =>
    writeFileAtomically(path, text, { mode, durable: true }),
};

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

for (const [way, write] of Object.entries(WAYS)) {
  Deno.test(`written ${way}: a new file has its mode, within the umask, and replaces the old`, {
    ignore: Deno.build.os === "windows",
  }, async () => {
    const folder = await Deno.makeTempDir();
    const before = Deno.umask(0o077);
    try {
      await write(`${folder}/file`, "one", 0o644);
      await write(`${folder}/file`, "another", 0o644);
    } finally {
      Deno.umask(before);
    }
    assertEquals(await Deno.readTextFile(`${folder}/file`), "another");
    assertEquals((await Deno.stat(`${folder}/file`)).mode! & 0o777, 0o600);
    assertEquals(await names(folder), ["file"]);
    await Deno.remove(folder, { recursive: true });
  });

  Deno.test(`written ${way}: a link stays, and what it leads to is replaced`, {
    ignore: Deno.build.os === "windows",
  }, async () => {
    const folder = await Deno.makeTempDir();
    await Deno.mkdir(`${folder}/elsewhere`);
    await Deno.writeTextFile(`${folder}/elsewhere/kept`, "old");
    await Deno.symlink(`${folder}/elsewhere/kept`, `${folder}/file`);
    await write(`${folder}/file`, "new", 0o644);
    assertEquals((await Deno.lstat(`${folder}/file`)).isSymlink, true);
    assertEquals(await Deno.readTextFile(`${folder}/elsewhere/kept`), "new");
    assertEquals(await names(`${folder}/elsewhere`), ["kept"]);
    await Deno.remove(folder, { recursive: true });
  });

  Deno.test(`written ${way}: what cannot be replaced is an error, and nothing is left behind`, async () => {
    const folder = await Deno.makeTempDir();
    await Deno.mkdir(`${folder}/file`); // a folder has the name
    const error = await assertRejects(() => write(`${folder}/file`, "text", 0o644), Error);
    assert(!error.message.includes(".tmp"), error.message);
    const missing = () => write(`${folder}/missing/file`, "text", 0o644);
    await assertRejects(missing, Deno.errors.NotFound, `there is no folder ${folder}/missing/`);
    assertEquals(await names(folder), ["file"]);
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("a file with the same content is not written again", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/file`;
  await Deno.writeTextFile(path, "same");
  await Deno.utime(path, 1, 1);
  writeFileAtomicallySync(path, "same", 0o644);
  assertEquals((await Deno.stat(path)).mtime?.getTime(), 1000);
  writeFileAtomicallySync(path, "sane", 0o644);
  assertEquals(await Deno.readTextFile(path), "sane");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("only old temporary files of a killed process are removed", async () => {
  const folder = await Deno.makeTempDir();
  const old = (Date.now() - 2 * LEFTOVER_AGE_MS) / 1000;
  const entries = ["file", "file.0123abcd.tmp", "file.0123abcd.tmp.bak", "other.0123abcd.tmp"];
  for (const name of entries) {
    await Deno.writeTextFile(`${folder}/${name}`, "");
    await Deno.utime(`${folder}/${name}`, old, old);
  }
  await Deno.writeTextFile(`${folder}/file.89abcdef.tmp`, "somebody writes this now");
  await removeLeftovers(`${folder}/file`);
  assertEquals(await names(folder), [
    "file",
    "file.0123abcd.tmp.bak",
    "file.89abcdef.tmp",
    "other.0123abcd.tmp",
  ]);
  await Deno.remove(folder, { recursive: true });
});
