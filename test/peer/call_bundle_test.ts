/** What browsers get from an executable: the same files as from source, and small ones. */

import * as esbuild from "esbuild";
import { gzipSync } from "node:zlib";
import { callSourcesModule } from "../../cli/release/call_sources.ts";
import { type CallSources, readCallSources } from "../../http/call_sources.ts";
import { assert, assertEquals } from "../support/assert.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** What a browser may load in all, compressed. */
const LIMIT_BYTES = 80_000;

/** The bytes that a browser fetches for the call in one language, compressed. */
function fetched({ files }: CallSources, language: string): number {
  const names = ["index.html", "style.css", "icon.svg", "main.js", `lang/${language}.js`];
  return names.map((name) => gzipSync(files.get(name) ?? "").length).reduce((a, b) => a + b);
}

Deno.test("an executable has the same files for browsers as the sources, and both are small", async () => {
  const text = await callSourcesModule(ROOT);
  assertEquals(await callSourcesModule(ROOT), text); // the bytes of an executable depend on it
  await esbuild.stop();
  const module = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  const bundled: CallSources = await module.readCallSources();
  const linked = await readCallSources();
  assertEquals([bundled.problems, linked.problems], [[], []]);
  assertEquals([...bundled.files.keys()].sort(), [...linked.files.keys()].sort());
  for (const [name, content] of bundled.files) {
    assert(content.length <= linked.files.get(name)!.length, name);
    if (name.endsWith(".js")) assert(!/from"\.|import"\./.test(content), `${name} asks for more`);
  }
  for (const language of ["de", "es", "fr", "it", "pt"]) {
    for (const sources of [bundled, linked]) assert(fetched(sources, language) < LIMIT_BYTES);
  }
});
