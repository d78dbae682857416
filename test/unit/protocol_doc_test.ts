/** The examples in docs/PROTOCOL.md, checked against the code. */

/// <reference lib="dom" />

import { decodeContent } from "../../http/call/protocol/content.ts";
import { iceServersOf, synthesizeAnswer } from "../../http/call/protocol/hub_answer.ts";
import { decodePayload } from "../../http/call/protocol/presence.ts";
import { safetyInput, safetySymbols } from "../../http/call/protocol/safety.ts";
import { roomKey } from "../../http/call/protocol/text.ts";
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

Deno.test("the blob of the protocol's example decodes and encodes to the same text", () => {
  const blob = parseBlob(example("blob"))!;
  assertEquals(encodeBlob(blob), example("blob"));
  const { ufrag, pwd, fingerprint } = wellKnownIdentity();
  assertEquals([blob.ufrag, blob.pwd, blob.fingerprint], [ufrag, pwd, fingerprint]);
});

Deno.test("the join link of the protocol's example is what the hub prints", () => {
  const link = example("link");
  const blob = link.slice(link.indexOf("=") + 1);
  assertEquals(link, joinLink(DEFAULT_BASE, encodeBlob(parseBlob(blob)!)));
});

Deno.test("the frames of the protocol's example are what the hub sends", () => {
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

Deno.test("the answer of the protocol's example is what the call page writes", () => {
  const offer = "v=0\r\na=mid:0\r\n";
  const answer = synthesizeAnswer(offer, parseBlob(example("blob"))!, "192.168.1.20");
  assertEquals(answer.trimEnd().split("\r\n"), example("sdp").split("\n"));
});

Deno.test("the TURN servers of the protocol's example are those that the call page uses", () => {
  const servers = iceServersOf(parseBlob(example("blob"))!, "192.168.1.20", false);
  assertEquals(servers, JSON.parse(example("ice-servers")));
});

Deno.test("the payload, chat and room of the protocol's examples are read correctly", () => {
  const payload = decodePayload(JSON.parse(example("payload")));
  assert(payload?.k === "present");
  assertEquals([payload.presence.name, payload.presence.cam], ["Ada", true]);
  assertEquals(decodeContent(example("content")), { text: "Dinner is ready", direct: true });
  const [name, key] = example("room").split("  →  ");
  assertEquals(roomKey(name), key);
});

Deno.test("the safety symbols of the protocol's example are those of its fingerprints", async () => {
  const [one, other, symbols] = example("safety").split("\n");
  for (const input of [safetyInput(one, other), safetyInput(other, one)]) {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(input));
    assertEquals(safetySymbols(new Uint8Array(hash)), symbols);
  }
  const all = example("symbols").split(" ");
  const each = all.map((_, i) => safetySymbols(new Uint8Array([i, i, i, i])).split(" ")[0]);
  assertEquals(each, all);
});
