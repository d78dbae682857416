import { HubStartError } from "../../relaycore/api.ts";
import { generateIdentity } from "../../relaycore/identity/generate.ts";
import { createIdentity } from "../../relaycore/identity/identity.ts";
import { loadState, saveState } from "../../relaycore/identity/state_file.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { canLock, lockFile } from "./support/locked_file.ts";
import { pause } from "../support/waiting.ts";
import { EARLIER_FINGERPRINT, EARLIER_HUB } from "../support/identities.ts";

async function statePath(text?: string): Promise<string> {
  const path = `${await Deno.makeTempDir()}/relay-state.json`;
  if (text !== undefined) await Deno.writeTextFile(path, text);
  return path;
}

async function namesBeside(path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(path.replace(/\/[^/]*$/, ""))) names.push(name);
  return names;
}

Deno.test("without a state file there is no state", async () => {
  assertEquals(await loadState(await statePath()), undefined);
});

Deno.test("what is not a small file is refused with a sentence, and not read", async () => {
  const large = await statePath();
  await Deno.create(large).then((file) => file.close());
  await Deno.truncate(large, 2 ** 40); // a file with a hole takes no room on the disk
  const folder = large.replace(/\/[^/]*$/, "");
  const others = Deno.build.os === "windows" ? [] : ["/dev/zero", "/dev/null"];
  for (const path of [large, folder, ...others]) {
    const error = await assertRejects(() => loadState(path), HubStartError);
    assertMatch(error.message, /^The state file .* cannot be read \(it is .*\); make it readable/);
  }
});

Deno.test("a saved identity is loaded again, with its port", async () => {
  const path = await statePath();
  const saved = { identity: await generateIdentity(), port: 4712 };
  await saveState(path, saved);
  assertEquals(await loadState(path), saved);
  assertEquals(await namesBeside(path), ["relay-state.json"]);
});

Deno.test("only its owner can read the state file, even after it was replaced", async () => {
  if (Deno.build.os === "windows") return;
  const path = await statePath("{}");
  await Deno.chmod(path, 0o644);
  await saveState(path, { identity: await generateIdentity(), port: 1 });
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
});

Deno.test("a file of an earlier hub is loaded, with a SEC1 key, with and without a port", async () => {
  const without = await loadState(await statePath(JSON.stringify(EARLIER_HUB)));
  assertEquals(without?.port, undefined);
  assertEquals(without?.identity.fingerprint, EARLIER_FINGERPRINT);
  const withPort = await statePath(JSON.stringify({ ...EARLIER_HUB, port: 9711, other: [1] }));
  assertEquals((await loadState(withPort))?.port, 9711);
});

Deno.test("a new port changes nothing else in the file, even of an earlier hub", async () => {
  const path = await statePath(JSON.stringify({ note: "cabin", ...EARLIER_HUB, more: [1] }));
  const saved = (await loadState(path))!;
  await saveState(path, { ...saved, port: 9711 });
  const expected = { note: "cabin", ...EARLIER_HUB, more: [1], port: 9711 };
  assertEquals(JSON.parse(await Deno.readTextFile(path)), expected);
});

Deno.test("fields of another identity are not kept", async () => {
  const other = await generateIdentity();
  const changes = [{ ufrag: "another1" }, { pwd: other.pwd }, {
    certPem: other.certPem,
    keyPem: other.keyPem,
  }];
  for (const change of changes) {
    const path = await statePath(JSON.stringify({ note: "cabin", ...EARLIER_HUB }));
    const identity = createIdentity({ ...EARLIER_HUB, ...change });
    await saveState(path, { identity, port: 1 });
    const { ufrag, pwd, certPem, keyPem } = identity;
    const expected = { ufrag, pwd, certPem, keyPem, port: 1 };
    assertEquals(JSON.parse(await Deno.readTextFile(path)), expected);
  }
});

Deno.test("a file with a byte order mark is read, in UTF-8 and in UTF-16", async () => {
  const text = JSON.stringify(EARLIER_HUB);
  const utf16 = (littleEndian: boolean) => {
    const view = new DataView(new ArrayBuffer(2 + 2 * text.length));
    [0xfeff, ...text.split("").map((char) => char.charCodeAt(0))]
      .forEach((unit, index) => view.setUint16(2 * index, unit, littleEndian));
    return new Uint8Array(view.buffer);
  };
  const expected = await loadState(await statePath(text));
  for (const bytes of [new TextEncoder().encode(`\ufeff${text}`), utf16(true), utf16(false)]) {
    const path = await statePath();
    await Deno.writeFile(path, bytes);
    assertEquals(await loadState(path), expected);
    await saveState(path, { identity: expected!.identity, port: 5 });
    assertEquals(JSON.parse(await Deno.readTextFile(path)), { ...EARLIER_HUB, port: 5 });
  }
});

Deno.test({
  name: "a file that is locked for a moment is written once it is free",
  ignore: !await canLock(),
  async fn() {
    const path = await statePath(JSON.stringify(EARLIER_HUB));
    const { identity } = (await loadState(path))!;
    const unlock = await lockFile(path);
    const saved = saveState(path, { identity, port: 5 });
    await pause(0); // the first attempt is under way
    await unlock();
    await saved;
    assertEquals((await loadState(path))?.port, 5);
  },
});

Deno.test("a damaged file stops the hub with a sentence and is not changed", async () => {
  const bad = [
    "",
    "{",
    "null",
    "[]",
    "7",
    JSON.stringify({ ...EARLIER_HUB, ufrag: undefined }),
    JSON.stringify({ ...EARLIER_HUB, pwd: 7 }),
    JSON.stringify({ ...EARLIER_HUB, keyPem: "x" }),
    JSON.stringify({ ...EARLIER_HUB, port: "4711" }),
    JSON.stringify({ ...EARLIER_HUB, port: 0 }),
    JSON.stringify({ ...EARLIER_HUB, port: 70_000 }),
  ];
  for (const text of bad) {
    const path = await statePath(text);
    const error = await assertRejects(() => loadState(path), HubStartError, path);
    assertMatch(error.message, /damaged: .+ Put back a copy .+ left as it is\.$/);
    assertEquals(await Deno.readTextFile(path), text);
    assertEquals(await namesBeside(path), ["relay-state.json"]);
  }
});

Deno.test("a file cut at any byte is refused, never taken for another identity", async () => {
  const path = await statePath();
  await saveState(path, { identity: await generateIdentity(), port: 4711 });
  const whole = await Deno.readTextFile(path);
  const expected = await loadState(path);
  for (let length = 0; length < whole.length; length++) {
    await Deno.writeTextFile(path, whole.slice(0, length));
    const loaded = await loadState(path).catch((error) => error);
    // Only the newline at the end may be missing.
    if (length === whole.length - 1) assertEquals(loaded, expected);
    else assert(loaded instanceof HubStartError, `cut at ${length}`);
  }
});

Deno.test("a file that cannot be read stops the hub", async () => {
  const directory = await Deno.makeTempDir();
  const error = await assertRejects(() => loadState(directory), HubStartError, directory);
  assertMatch(error.message, /cannot be read .+ --state/);
});

Deno.test("a dangling link stops the hub, and the link stays", async () => {
  if (Deno.build.os === "windows") return;
  const link = await statePath();
  await Deno.symlink(`${link}-nowhere/relay-state.json`, link);
  const error = await assertRejects(() => loadState(link), HubStartError, link);
  assertMatch(error.message, /link to a file that is not there/);
  assert((await Deno.lstat(link)).isSymlink);
});

Deno.test("a missing or invalid directory stops a hub that has to save its identity", async () => {
  const saved = { identity: await generateIdentity(), port: 1 };
  const file = await statePath("x");
  for (const path of [`${file}/relay-state.json`, `${file}-nowhere/relay-state.json`]) {
    const error = await assertRejects(() => saveState(path, saved), HubStartError, path);
    assertMatch(error.message, /cannot be written .+ --state/);
  }
});

Deno.test("a state file behind a link is replaced at its place, and the link stays", async () => {
  if (Deno.build.os === "windows") return;
  const target = await statePath("{}");
  const link = `${await Deno.makeTempDir()}/relay-state.json`;
  await Deno.symlink(target, link);
  await saveState(link, { identity: await generateIdentity(), port: 5 });
  assert((await Deno.lstat(link)).isSymlink);
  assertEquals((await loadState(target))?.port, 5);
});
