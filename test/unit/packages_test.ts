/** The first start of a hub downloads only the packages that a hub uses. */

import { assert, assertEquals } from "../assert.ts";

interface Config {
  readonly imports: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

async function read(path: string): Promise<Config> {
  return JSON.parse(await Deno.readTextFile(new URL(`../../${path}`, import.meta.url)));
}

/** Other folders with packages of their own. */
const OTHERS = ["test", "cli/release"];

for (const folder of OTHERS) {
  Deno.test(`what is in ${folder} runs with the hub's packages and options, and with its own packages`, async () => {
    const [hub, own] = [await read("deno.json"), await read(`${folder}/deno.json`)];
    for (const [name, specifier] of Object.entries(hub.imports)) {
      assertEquals(own.imports[name], specifier, name);
    }
    for (const option of ["unstable", "nodeModulesDir", "compilerOptions"]) {
      assertEquals(own[option], hub[option], option);
    }
  });

  Deno.test(`what only ${folder} uses is not in the lock file of the hub`, async () => {
    const [hub, own] = [await read("deno.json"), await read(`${folder}/deno.json`)];
    const lock = await Deno.readTextFile(new URL("../../deno.lock", import.meta.url));
    const onlyOwn = Object.keys(own.imports).filter((name) => hub.imports[name] === undefined);
    assert(onlyOwn.length > 0);
    assertEquals(onlyOwn.filter((name) => lock.includes(`"npm:${name}@`)), []);
  });

  Deno.test(`the lock files of the hub and of ${folder} pin the same versions`, async () => {
    const versions = async (path: string) =>
      Object.keys((await read(path)).npm as Record<string, unknown>);
    const own = new Set(await versions(`${folder}/deno.lock`));
    assertEquals((await versions("deno.lock")).filter((version) => !own.has(version)), []);
  });
}
