/** The examples in docs/PROTOCOL.md, checked against the code that speaks the protocol. */

import { DEFAULT_BASE } from "../../relaycore/mod.ts";
import { wellKnownIdentity } from "../../relaycore/identity/well_known.ts";
import { encodeBlob, parseBlob } from "../../relaycore/join_link/blob.ts";
import { joinLink } from "../../relaycore/join_link/join_link.ts";
import { hubLabel } from "../../relaycore/mdns/labels.ts";
import { Rooms } from "../../relaycore/rooms/rooms.ts";
import { assert, assertEquals } from "../assert.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const TEXT = await Deno.readTextFile(new URL("../../docs/PROTOCOL.md", import.meta.url));

/** The only code block with this label, without its last newline. */
function example(label: string): string {
  const blocks = [...TEXT.matchAll(new RegExp(`^\`\`\`${label}\\n(.*?)\\n\`\`\`$`, "gms"))];
  assertEquals(blocks.length, 1, `code blocks labelled ${label}`);
  return blocks[0][1];
}

Deno.test("the blob of the protocol's example is read and written as it stands", () => {
  const blob = parseBlob(example("blob"))!;
  assertEquals(encodeBlob(blob), example("blob"));
  const { ufrag, pwd, fingerprint } = wellKnownIdentity();
  assertEquals([blob.ufrag, blob.pwd, blob.fingerprint], [ufrag, pwd, fingerprint]);
});

Deno.test("the join link of the protocol's example is one that the hub would print", () => {
  const link = example("link");
  const blob = link.slice(link.indexOf("=") + 1);
  assertEquals(link, joinLink(DEFAULT_BASE, encodeBlob(parseBlob(blob)!)));
});

Deno.test("the frames of the protocol's example are what the hub says", () => {
  const rooms = new Rooms();
  const heard: Record<"one" | "two", string[]> = { one: [], two: [] };
  const one = rooms.enter((frame) => heard.one.push(decoder.decode(frame)));
  const two = rooms.enter((frame) => heard.two.push(decoder.decode(frame)));
  rooms.receive(two, encoder.encode(`{"t":"join","room":"cabin"}`));
  heard.two.length = 0;
  for (const line of example("frames").split("\n")) {
    const text = line.slice(2);
    if (line.startsWith(">")) rooms.receive(one, encoder.encode(text));
    else assertEquals(heard.one.shift(), text);
  }
  assertEquals(heard.one, []);
  assertEquals(heard.two, [example("frames-of-2").slice(2)]);
});

Deno.test("the name of the protocol's example is the hub's", () => {
  const [ufrag, name] = example("name").split("  →  ");
  assertEquals(`${hubLabel(ufrag)}.local`, name);
  assert(example("blob").includes(`|${name}~`));
});
