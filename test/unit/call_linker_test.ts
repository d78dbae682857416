/// <reference lib="dom" />
/** Modules linked into one script: made up ones, and those of the real pages. */

import { linkModules } from "../../http/call_linker.ts";
import { ENTRIES, readCallSources } from "../../http/call_sources.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";

/** Links made-up modules, runs the script, and returns what it exports. */
async function run(
  modules: Record<string, string>,
): Promise<Record<string, unknown>> {
  const { text } = await linkModules("main.ts", read(modules));
  return await import(`data:text/javascript,${encodeURIComponent(text)}`);
}

function read(
  modules: Record<string, string>,
): (path: string) => Promise<string> {
  return (path) =>
    path in modules ? Promise.resolve(modules[path]) : Promise.reject(new Error(`no ${path}`));
}

Deno.test("imports work under any name, and types are removed", async () => {
  const exports = await run({
    "main.ts": `import { type Kind, twice as double } from "./a/twice.ts";
import * as names from "./names.ts";
import "./effect.ts";
export { first as one } from "./names.ts";
const kind: Kind = "k";
export const sum: number = double(20) + names.second;
export function text(): string { return kind + (globalThis as { seen?: string }).seen; }
`,
    "a/twice.ts": `import { factor } from "../b/factor.ts";
export type Kind = "k";
export async function* later() {}
export const twice = (n: number): number => n * factor;
`,
    "b/factor.ts": `const hidden = 2;\nexport { hidden as factor };\n`,
    "names.ts": `export const first = 1;\nexport class Second {}\nexport const second = 2;\n`,
    "effect.ts": `(globalThis as { seen?: string }).seen = "seen";\n`,
  });
  assertEquals([exports.sum, exports.one, (exports.text as () => string)()], [
    42,
    1,
    "kseen",
  ]);
});

Deno.test("a module that two import runs once, before both", async () => {
  const { text } = await linkModules(
    "main.ts",
    read({
      "main.ts":
        `import { x } from "./x.ts";\nimport { y } from "./y.ts";\nexport const z = x + y;\n`,
      "x.ts": `import { n } from "./n.ts";\nexport const x = n;\n`,
      "y.ts": `import { n } from "./n.ts";\nexport const y = n;\n`,
      "n.ts": `export const n = "only once";\n`,
    }),
  );
  assertEquals(text.match(/only once/g)!.length, 1);
});

Deno.test("equal names in two modules do not clash", async () => {
  const exports = await run({
    "main.ts": `import { f } from "./a.ts";\nconst helper = 1;\nexport const sum = helper + f();\n`,
    "a.ts": `const helper = 10;\nexport function f() { return helper; }\n`,
  });
  assertEquals(exports.sum, 11);
});

Deno.test("a module that is imported with import() becomes a script of its own", async () => {
  const { text, later } = await linkModules(
    "main.ts",
    read({
      "main.ts": `import { load } from "./a/load.ts";\nload();\n`,
      "a/load.ts": `export const load = () => import("../lang/de.ts");\n`,
    }),
  );
  assertEquals(later, ["lang/de.ts"]);
  assert(text.includes(`import("./lang/de.js")`), text);
});

Deno.test("comments on lines of their own are removed, but not text that looks like a comment", async () => {
  const { text } = await linkModules(
    "main.ts",
    read({
      "main.ts":
        `/** About\n * this. */\n// secret\nexport const url = "https://a/*b*/";\n  // more\n`,
    }),
  );
  assert(!/About|secret|more/.test(text), text);
  assert(text.includes(`"https://a/*b*/"`), text);
});

Deno.test("an unknown statement is refused, with its place", async () => {
  const wrong: Record<string, [Record<string, string>, string]> = {
    "a circle": [
      {
        "main.ts": `import { b } from "./b.ts";\nexport const a = b;\n`,
        "b.ts": `import { a } from "./main.ts";\nexport const b = a;\n`,
      },
      "main.ts → b.ts → main.ts",
    ],
    "a default": [
      { "main.ts": "export default 1;\n" },
      "main.ts has a statement of no known kind",
    ],
    "a variable": [{ "main.ts": "export let a = 1;\n" }, "export let a"],
    "everything": [
      { "main.ts": `export * from "./b.ts";\n`, "b.ts": "" },
      "main.ts has a statement",
    ],
    "a package": [
      { "main.ts": `import { a } from "react";\n` },
      `main.ts imports "react"`,
    ],
    "a name that is not there": [
      {
        "main.ts": `import { a } from "./b.ts";\n`,
        "b.ts": "export type a = 1;\n",
      },
      `main.ts imports a from "./b.ts"`,
    ],
    "a missing file": [{ "main.ts": `import "./b.ts";\n` }, "no b.ts"],
  };
  for (const [modules, complaint] of Object.values(wrong)) {
    await assertRejects(
      () => linkModules("main.ts", read(modules)),
      Error,
      complaint,
    );
  }
});

Deno.test("the real pages link, are JavaScript, and are small", async () => {
  const { files, problems } = await readCallSources();
  assertEquals(problems, []);
  for (const entry of ENTRIES) {
    assert(files.has(entry.replace(".ts", ".js")), entry);
  }
  for (const name of ["index.html", "door.css"]) assert(files.has(name), name);
  for (const [name, text] of files) {
    if (name.endsWith(".js")) parses(name, text);
    assert(!/^\s*(?:interface|type) /m.test(text), `${name} holds types`);
  }
});

/** Has the engine parse a module without running it. */
function parses(name: string, text: string): void {
  try {
    new Function(text.replace(/^export const \{/m, "const {"));
  } catch (error) {
    throw new Error(`${name} is no JavaScript: ${error}`);
  }
}
