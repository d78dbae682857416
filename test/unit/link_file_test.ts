/** Files that another program locks for a moment, such as relay-link.txt. */
import { mayPass, retryWhileLocked } from "../../relaycore/identity/locked_file.ts";
import { LinkFile } from "../../relaycore/join_link/link_file.ts";
import { FILE_RETRY_MS } from "../../relaycore/limits.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { canLock, lockFile } from "./support/locked_file.ts";

/** A function that fails a number of times with this error, and counts its calls. */
function failing(times: number, error: Error): { calls: number; attempt: () => Promise<string> } {
  const state = {
    calls: 0,
    attempt: () => ++state.calls <= times ? Promise.reject(error) : Promise.resolve("done"),
  };
  return state;
}

/** A log that stores its warnings. */
function keepWarnings() {
  const warnings: string[] = [];
  const warn = (sentence: string) => void warnings.push(sentence);
  return { warnings, log: { warn, info: () => {}, debug: () => {} } };
}

Deno.test("a locked file is tried again until it is free", async () => {
  const errors = [new Deno.errors.Busy(), new Deno.errors.WouldBlock(), new Error("os error 32")];
  for (const error of errors) {
    const state = failing(2, error);
    assertEquals(await retryWhileLocked(state.attempt), "done");
    assertEquals(state.calls, 3);
  }
});

Deno.test("an error that waiting cannot fix is thrown at once", async () => {
  const { NotFound, NotADirectory, IsADirectory, NotCapable } = Deno.errors;
  for (const error of [NotFound, NotADirectory, IsADirectory, NotCapable].map((E) => new E())) {
    const state = failing(1, error);
    await assertRejects(() => retryWhileLocked(state.attempt), error.constructor as typeof Error);
    assertEquals(state.calls, 1);
  }
});

Deno.test("permission denied may be a lock on Windows, but not on other systems", () => {
  const error = new Deno.errors.PermissionDenied();
  assertEquals([mayPass(error, true), mayPass(error, false)], [true, false]);
});

Deno.test("stopping waits for one more attempt only", async () => {
  const stopping = new AbortController();
  const state = failing(Infinity, new Deno.errors.Busy());
  const result = assertRejects(
    () => retryWhileLocked(state.attempt, stopping.signal),
    Deno.errors.Busy,
  );
  stopping.abort();
  await result;
  assert(state.calls <= 2, `${state.calls} attempts`);
});

Deno.test("a lock that lasts is an error after some seconds", async () => {
  const state = failing(Infinity, new Deno.errors.Busy());
  await assertRejects(() => retryWhileLocked(state.attempt), Deno.errors.Busy);
  assert(state.calls > FILE_RETRY_MS.total / FILE_RETRY_MS.interval / 2, `${state.calls} attempts`);
});

Deno.test({
  name: "a link file that is locked at the start gets the link when it is free",
  ignore: !await canLock(),
  async fn() {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/relay-link.txt`;
    await Deno.writeTextFile(path, "the last link\n");
    const { warnings, log } = keepWarnings();
    const file = new LinkFile(`${folder}/relay-state.json`, log);
    const unlock = await lockFile(path);
    file.writeFirst("the link");
    assertEquals(await Deno.readTextFile(path), "the last link\n");
    await unlock();
    while (await Deno.readTextFile(path) !== "the link\n") {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await file.close();
    assertEquals(warnings, []);
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test({
  name: "a link file that stays locked gives one warning and leaves no other file",
  ignore: !await canLock(),
  async fn() {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/relay-link.txt`;
    await Deno.writeTextFile(path, "the last link\n");
    const { warnings, log } = keepWarnings();
    const file = new LinkFile(`${folder}/relay-state.json`, log);
    const unlock = await lockFile(path);
    file.writeFirst("the link");
    await file.close();
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0], /relay-link\.txt cannot be written .*; the hub runs without it\.$/);
    await unlock();
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["relay-link.txt"]);
    await Deno.remove(folder, { recursive: true });
  },
});
