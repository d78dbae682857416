/// <reference lib="dom" />

import { assert, assertEquals, assertThrows } from "../assert.ts";
import { decodeContent, encodeChat } from "../../http/call/protocol/content.ts";
import {
  hubEndpoints,
  iceServersOf,
  synthesizeAnswer,
} from "../../http/call/protocol/hub_answer.ts";
import { decodeHubFrame, encodeJoin, encodeTo } from "../../http/call/protocol/hub_frames.ts";
import { decodePayload, encodePresence, encodeSignal } from "../../http/call/protocol/presence.ts";
import {
  fingerprintOf,
  formatFingerprint,
  safetyInput,
  safetySymbols,
} from "../../http/call/protocol/safety.ts";
import { parseBlob } from "../../relaycore/join_link/blob.ts";

const FINGERPRINT = "iMQvZo7x61ukUXjDvSJnKmr3PFy6iDvHSa9XV3mb_kA";
const BLOB = parseBlob(
  `g2|ufrag|password|${FINGERPRINT}|3478,user,pass|192.168.1.2~4711|10.0.0.2~4711|hub.local~4711`,
)!;
const OFFER = "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n";

Deno.test("synthesizeAnswer() agrees with the wire contract line by line", () => {
  const lines = synthesizeAnswer(OFFER, BLOB, "192.168.1.2").split("\r\n");
  assertEquals(lines.slice(4), [
    "a=ice-lite",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    "a=mid:0",
    "a=ice-ufrag:ufrag",
    "a=ice-pwd:password",
    "a=fingerprint:sha-256 88:C4:2F:66:8E:F1:EB:5B:A4:51:78:C3:BD:22:67:2A:6A:F7:3C:5C:BA:88:3B:C7" +
    ":49:AF:57:57:79:9B:FE:40",
    "a=setup:passive",
    "a=sctp-port:5000",
    "a=max-message-size:262144",
    "a=candidate:1 1 udp 2130706431 192.168.1.2 4711 typ host",
    "a=candidate:2 1 udp 2130706430 10.0.0.2 4711 typ host",
    "a=candidate:3 1 udp 2130706429 hub.local 4711 typ host",
    "",
  ]);
  assertThrows(() => synthesizeAnswer("v=0\r\n", BLOB, ""), TypeError);
});

Deno.test("hubEndpoints() begins with the page's own host, even if it is not in the blob", () => {
  const hosts = (pageHost: string) =>
    hubEndpoints(BLOB, pageHost).map(({ host }) => host).join(" ");
  assertEquals(hosts("10.0.0.2"), "10.0.0.2 192.168.1.2 hub.local");
  assertEquals(hosts("HUB.local"), "hub.local 192.168.1.2 10.0.0.2");
  assertEquals(hosts("192.168.7.7"), "192.168.7.7 192.168.1.2 10.0.0.2 hub.local");
  for (const pageHost of ["localhost", "127.0.0.1", "hub", "[fe80::1]", ""]) {
    assertEquals(hosts(pageHost), "192.168.1.2 10.0.0.2 hub.local", pageHost);
  }
});

Deno.test("iceServersOf() has one relay address for each IPv4 address, and none without a relay", () => {
  assertEquals(iceServersOf(BLOB, "10.0.0.2", false).map(({ urls }) => urls), [
    "turn:10.0.0.2:3478?transport=udp",
    "turn:192.168.1.2:3478?transport=udp",
  ]);
  assertEquals(
    iceServersOf(BLOB, "10.0.0.2", true).at(-1)?.urls,
    "turn:hub.local:3478?transport=udp",
  );
  assertEquals(iceServersOf(parseBlob(`g1|u|p|${FINGERPRINT}|10.0.0.2~4711`)!, "", true), []);
});

Deno.test("decodeHubFrame() reads the contract's frames and ignores everything else", () => {
  assertEquals(decodeHubFrame(`{"t":"id","id":3}`), { t: "id", id: 3 });
  assertEquals(decodeHubFrame(`{"t":"peers","ids":[1,"2",-3,4.5,null,6]}`), {
    t: "peers",
    ids: [1, 6],
  });
  assertEquals(decodeHubFrame(`{"t":"from","id":3,"payload":[null]}`), {
    t: "from",
    id: 3,
    payload: [null],
  });
  for (
    const text of [
      "",
      "null",
      "[]",
      "7",
      `{"t":"id","id":"3"}`,
      `{"t":"id","id":0}`,
      "{",
      `{"t":9}`,
    ]
  ) {
    assertEquals(decodeHubFrame(text), undefined, text);
  }
  assertEquals(decodeHubFrame(new ArrayBuffer(8)), undefined);
  assertEquals(decodeHubFrame(`{"t":"id","id":3,"x":"${"y".repeat(200_000)}"}`), undefined);
  assertEquals(JSON.parse(encodeJoin("cabin")), { t: "join", room: "cabin" });
  assertEquals(JSON.parse(encodeTo(4, { k: "hi" })), { t: "to", id: 4, payload: { k: "hi" } });
});

Deno.test("Presence arrives as it was sent, through JSON", () => {
  const presence = {
    name: "Ann",
    cam: true,
    avatar: "🦊",
    ours: {
      tab: "abc",
      muted: true,
      sharing: false,
      hand: true,
      reaction: { emoji: "👏", n: 7 },
      wants: 360,
    },
  };
  const sent = JSON.parse(JSON.stringify(encodePresence(presence)));
  assertEquals(decodePayload(sent), { k: "present", presence });
  assertEquals(sent.k + sent.name + sent.cam + sent.avatar, "presentAnntrue🦊");
});

Deno.test("presence with wrong types counts as empty presence", () => {
  const nobody = { name: "", cam: false, avatar: "", ours: undefined };
  for (
    const payload of [
      { k: "present" },
      { k: "present", name: 7, cam: "yes", avatar: {}, meta: [] },
      { k: "present", name: null, cam: 1, avatar: ["🦊"], meta: { kbz: "1", tab: "x" } },
      { k: "present", meta: { kbz: 1, tab: "x".repeat(100) } },
    ]
  ) {
    assertEquals(decodePayload(payload), { k: "present", presence: nobody });
  }
  const { presence } = decodePayload({
    k: "present",
    meta: { kbz: 2, tab: "t", re: ["<b>", 1], wants: -5, hand: "yes" },
  }) as { presence: { ours: unknown } };
  assertEquals(presence.ours, {
    tab: "t",
    muted: false,
    sharing: false,
    hand: false,
    reaction: undefined,
    wants: undefined,
  });
});

Deno.test("signals arrive as they were sent, and invalid ones are ignored", () => {
  const offer = { description: { type: "offer" as const, sdp: `v=0\r\nm=audio 9 X 0\r\n` } };
  const found = { candidate: { candidate: "candidate:1 1 udp", sdpMid: "0", sdpMLineIndex: 0 } };
  for (const signal of [offer, found]) {
    const sent = JSON.parse(JSON.stringify(encodeSignal(signal, 4)));
    assertEquals(decodePayload(sent), { k: "sig", signal, dial: 4 });
  }
  assertEquals("n" in JSON.parse(JSON.stringify(encodeSignal(offer, undefined))), false);
  for (
    const payload of [
      undefined,
      7,
      {},
      { d: { type: "offer", sdp: 7 } },
      { d: { type: "pranswer", sdp: offer.description.sdp } },
      { d: { type: "offer", sdp: "hello" } },
      { d: { type: "offer", sdp: "v=0\r\n" + "m=audio 9 X 0\r\n".repeat(9) } },
      { d: { type: "offer", sdp: offer.description.sdp + "a".repeat(70_000) } },
      { c: { candidate: "x".repeat(2000), sdpMid: "0" } },
      { c: { candidate: "candidate:1" } },
      { c: "candidate:1" },
    ]
  ) {
    assertEquals(decodePayload({ k: "sig", payload }), undefined, JSON.stringify(payload));
  }
});

Deno.test("on the content channel only chat is read", () => {
  assertEquals(decodeContent(encodeChat({ text: "hi", direct: false })), {
    text: "hi",
    direct: false,
  });
  assertEquals(encodeChat({ text: "hi", direct: true }), `{"k":"chat","text":"hi","dm":true}`);
  for (
    const text of [
      `{"k":"chat"}`,
      `{"k":"chat","text":{}}`,
      `{"k":"chat","text":" \u202e "}`,
      `{"k":"ink"}`,
      `{"k":"app","data":1}`,
      "chat",
    ]
  ) {
    assertEquals(decodeContent(text), undefined, text);
  }
  assertEquals(decodeContent(new Uint8Array(3)), undefined);
  assertEquals(decodeContent(`{"k":"chat","text":"${"x".repeat(300_000)}"}`), undefined);
});

Deno.test("safety symbols agree with the interop table on both sides", async () => {
  const table = [
    "../shared/interop/safety-symbols.json",
    "/work/shared/interop/safety-symbols.json",
  ];
  let known: string[] | undefined;
  for (const path of table) known ??= JSON.parse(await Deno.readTextFile(path).catch(() => "null"));
  const all = Array.from(
    { length: 32 },
    (_, i) => safetySymbols(new Uint8Array([i, i + 224, 0, 0])),
  );
  const symbols = all.map((text) => text.split(" ")[0]);
  assertEquals(new Set(symbols).size, 32);
  assertEquals([symbols[0], symbols[31]], ["🦊", "🐡"]);
  for (const text of all) assertEquals(text.split(" ")[0], text.split(" ")[1], "five bits only");
  if (known) assertEquals(symbols, known);

  const one = formatFingerprint(new Uint8Array(32).fill(0xab));
  const other = formatFingerprint(new Uint8Array(32).fill(1));
  assert(/^(ab:){31}ab$/.test(one));
  assertEquals(safetyInput(one, other), safetyInput(other, one));
  assert(safetyInput(one, other).startsWith("01:"));
  assertEquals(fingerprintOf(`v=0\r\na=fingerprint:sha-256 ${one.toUpperCase()}\r\n`), one);
  assertEquals(fingerprintOf("a=fingerprint:sha-1 AB:CD\r\n"), undefined);
});
