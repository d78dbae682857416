/** docs/TROUBLESHOOTING.md explains exactly the counters that exist. */

import { assertEquals } from "../assert.ts";

const ROOT = new URL("../../", import.meta.url);
const TEXT = await Deno.readTextFile(new URL("docs/TROUBLESHOOTING.md", ROOT));

/** Literals in the code that have the form of a counter's name. */
const COUNTER =
  /"((?:datagram|dtls|frames|guest|handshake|hub|internal|mdns|sctp|stun|turn|udp|http|call)-[a-z-]+)"/g;

/** Literals of that form that name something else. */
const OTHERS = new Set<string>();

/** The sources below a folder. */
async function* sources(folder: URL): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sources(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield await Deno.readTextFile(new URL(name, folder));
  }
}

Deno.test("docs/TROUBLESHOOTING.md explains every counter", async () => {
  const counted = new Set<string>();
  for await (const source of sources(new URL("relaycore/", ROOT))) {
    for (const [, name] of source.matchAll(COUNTER)) counted.add(name);
  }
  const explained = new Set(
    Array.from(TEXT.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g), ([, name]) => name),
  );
  const missing = [...counted].filter((name) => !explained.has(name) && !OTHERS.has(name));
  assertEquals(missing.sort(), []);
  // The responder counts without the prefix `mdns-`, which is added later.
  const invented = [...explained].filter((name) => !counted.has(name) && !name.startsWith("mdns-"));
  assertEquals(invented, []);
});
