/** Which packages are fetched, and when: a hub's first start fetches what a hub runs. */

import { assertEquals } from "../assert.ts";

interface Config {
  readonly imports: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

async function read(path: string): Promise<Config> {
  return JSON.parse(await Deno.readTextFile(new URL(`../../${path}`, import.meta.url)));
}

Deno.test("the tests run with the hub's packages and options, and with their own packages", async () => {
  const [hub, tests] = [await read("deno.json"), await read("test/deno.json")];
  for (const [name, specifier] of Object.entries(hub.imports)) {
    assertEquals(tests.imports[name], specifier, name);
  }
  for (const option of ["unstable", "nodeModulesDir", "compilerOptions"]) {
    assertEquals(tests[option], hub[option], option);
  }
});

Deno.test("what only tests use is not in the lock file of the hub", async () => {
  const [hub, tests] = [await read("deno.json"), await read("test/deno.json")];
  const lock = await Deno.readTextFile(new URL("../../deno.lock", import.meta.url));
  const onlyTests = Object.keys(tests.imports).filter((name) => hub.imports[name] === undefined);
  assertEquals(onlyTests.filter((name) => lock.includes(`"npm:${name}@`)), []);
});

Deno.test("both lock files pin the same versions", async () => {
  const versions = async (path: string) =>
    Object.keys((await read(path)).npm as Record<string, unknown>);
  const tests = new Set(await versions("test/deno.lock"));
  assertEquals((await versions("deno.lock")).filter((version) => !tests.has(version)), []);
});
