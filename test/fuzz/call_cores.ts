/**
 * Fuzzes the call page's protocol: frames of the hub, payloads and content messages of other
 * guests, session descriptions. Whatever arrives, the page keeps its honest people and its limits.
 *
 * @module
 */

/// <reference lib="dom" />

import type { MeetingAction, MeetingEvent } from "../../http/call/protocol/actions.ts";
import { decodeContent } from "../../http/call/protocol/content.ts";
import { synthesizeAnswer } from "../../http/call/protocol/hub_answer.ts";
import { ChatLog, NoticeList } from "../../http/call/protocol/chat_log.ts";
import { splitLinks } from "../../http/call/protocol/text_links.ts";
import { Meeting } from "../../http/call/protocol/meeting.ts";
import { fingerprintOf } from "../../http/call/protocol/safety.ts";
import { drawPeople } from "../../http/call/protocol/snapshot.ts";
import { cleanAvatar, cleanName, cleanText, nameKey } from "../../http/call/protocol/text.ts";
import { encodeBlob, parseBlob } from "../../relaycore/join_link/blob.ts";
import { assert, assertEquals } from "../support/assert.ts";
import type { Core } from "./cores.ts";
import type { Random } from "./random.ts";
import { frame } from "./shapes/frames.ts";

const MAX_PEOPLE = 64;
const SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" +
  "a=mid:0\r\na=ice-ufrag:abcd\r\na=fingerprint:sha-256 " + "AB:".repeat(31) + "AB\r\n";

/** Valid payloads of guests. */
const PAYLOADS: readonly unknown[] = [
  { k: "hi" },
  { k: "bye" },
  { k: "redial" },
  { k: "present", name: "Eve", cam: true, avatar: "🐙" },
  {
    k: "present",
    name: "Eve",
    cam: true,
    avatar: "🐙",
    meta: {
      kbz: 1,
      tab: "tab-ben",
      muted: false,
      share: true,
      hand: true,
      re: ["👏", 3],
      wants: 180,
    },
  },
  {
    k: "present",
    name: "Mallory",
    cam: false,
    avatar: "",
    meta: { kbz: 1, tab: "tab-mallory", muted: true, share: false, hand: false, wants: 0 },
  },
  { k: "sig", payload: { d: { type: "offer", sdp: SDP } }, n: 1 },
  { k: "sig", payload: { d: { type: "answer", sdp: SDP } }, n: 1 },
  {
    k: "sig",
    payload: { c: { candidate: "candidate:1 1 udp 1 10.0.0.1 9 typ relay", sdpMid: "0" } },
  },
];
const CONTENTS = [
  `{"k":"chat","text":"hello https://a.example/"}`,
  `{"k":"chat","text":"x","dm":true}`,
];
const ODD: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  2 ** 60,
  "",
  "\u202e\u0000\ud800",
  "x".repeat(100_000),
  [],
  {},
  { __proto__: 1 },
  [[[]]],
];

/** The cores of the call page. */
export function callCores(): Core[] {
  return [meeting(), texts(), descriptions()];
}

/** A meeting with one honest guest, Ben, and any number of guests that send anything. */
function meeting(): Core {
  const ME = 5, BEN = 7;
  let now = 0;
  let cases = 0;
  let opened = 0;
  const open = new Set<number>();
  let notices = new NoticeList();
  let log = new ChatLog();
  let core = begun();

  function begun(): Meeting {
    now = 1_000_000;
    opened = 0;
    open.clear();
    notices = new NoticeList();
    notices.add({ code: "safety-changed", key: "ben", at: now });
    log = new ChatLog();
    log.add({ from: "ben", name: "Ben", avatar: "", text: "hello", direct: false, at: now });
    const fresh = new Meeting({ tab: "tab-me", relayed: true, room: "" });
    fresh.start(now);
    perform(fresh);
    fresh.hubMessage(1, `{"t":"id","id":${ME}}`, now);
    fresh.enter(now);
    fresh.hubMessage(1, `{"t":"peers","ids":[${ME},${BEN}]}`, now);
    hearBen(fresh);
    perform(fresh);
    fresh.connectionState([...open][0], "connected", now);
    return fresh;
  }

  function hearBen(to: Meeting) {
    const meta = { kbz: 1, tab: "tab-ben" };
    from(to, BEN, { k: "present", name: "Ben", cam: true, avatar: "", meta });
  }

  function from(to: Meeting, id: number, payload: unknown) {
    to.hubMessage(1, JSON.stringify({ t: "from", id, payload }), now);
  }

  function perform(of: Meeting): MeetingAction[] {
    const actions = of.take();
    for (const action of actions) {
      if (action.do === "open") {
        opened++;
        open.add(action.connection);
      } else if (action.do === "close") {
        assert(open.delete(action.connection), "only what is open is closed");
      } else if (action.do === "describe" || action.do === "candidate") {
        assert(open.has(action.connection), "only what is open is told");
      }
    }
    return actions;
  }

  /** Does with an event what the page does, for those events that a guest can cause without end. */
  function heed(event: MeetingEvent) {
    if (event.what === "chat") {
      const { key: from, text, direct } = event;
      log.add({ from, name: "", avatar: "", text, direct, at: now });
      notices.add({ code: "message", key: from, at: now });
    } else if (event.what === "came") notices.add({ code: "joined", key: event.key, at: now });
    else if (event.what === "went") notices.add({ code: "left", key: event.key, at: now });
    else if (event.what === "unreachable") {
      notices.add({ code: "person-unreachable", key: event.key, at: now });
    }
  }

  return {
    name: "call-meeting",
    share: 60,
    run(random) {
      if (++cases % 400 === 0) core = begun();
      const openedBefore = opened;
      const began = now;
      let sent = 0;
      for (let i = random.between(1, 20); i > 0; i--) {
        const id = random.pick([8, 9, 10, 11, ME, random.between(1, 200)]);
        switch (random.below(8)) {
          case 0:
            core.hubMessage(1, frame(random), now);
            break;
          case 1:
            core.content(random.between(0, opened + 1), content(random), now);
            break;
          case 2:
            core.connectionState(
              random.between(2, opened + 1),
              random.pick(["connected", "disconnected", "failed"]),
              now,
            );
            break;
          case 3:
            now += random.pick([1, 100, 1000, 3000]);
            core.hubMessage(1, `{"t":"peers","ids":[${ME},${BEN},8,9,10,11]}`, now);
            hearBen(core);
            core.tick(now);
            break;
          default:
            if (id !== BEN) from(core, id, payload(random));
        }
        for (const action of perform(core)) {
          if (action.do === "hub-send") sent++;
          if (action.do === "tell") heed(action.event);
          // The hub answers all the time, so no frame may make the page dial it again.
          assert(action.do !== "hub-dial", "the hub is kept");
        }
      }
      const people = core.attendees(now);
      assert(people.length <= MAX_PEOPLE, `${people.length} people`);
      assert(open.size <= MAX_PEOPLE, `${open.size} connections`);
      const ben = people.find(({ presence }) => presence.ours?.tab === "tab-ben");
      assert(ben !== undefined, "Ben is still there");
      assert(
        opened - openedBefore <= 20 + (now - began) / 100,
        "connections come at a bounded rate",
      );
      assert(sent <= 20 * (MAX_PEOPLE + 1024), "announcements are bounded");
      const { messages } = log.chat;
      assert(messages.length <= 500, `${messages.length} messages`);
      assertEquals(messages[0].from, "ben", "what Ben wrote is kept");
      assert(notices.notices.length <= 20, `${notices.notices.length} notices`);
      assert(notices.notices.some(({ key }) => key === "ben"), "the warning about Ben is kept");
      const due = core.nextDeadline(now);
      assert(!Number.isNaN(due) && due > now - 60_000, `deadline ${due} at ${now}`);
      for (const { name, avatar } of drawPeople(people, () => undefined, "me", false, [])) {
        assert([...name].length <= 40 && avatar.length <= 40);
        // deno-lint-ignore no-control-regex -- none of these may be left
        assert(!/[\u0000-\u001f\u202a-\u202e\u2066-\u2069]/.test(name + avatar));
      }
    },
  };
}

function texts(): Core {
  return {
    name: "call-texts",
    share: 20,
    run(random) {
      const characters = [
        "a",
        " ",
        "\n",
        "\u202e",
        "\u0301",
        "🦊",
        "\ud83e",
        "http://",
        "https://a.b/",
        "https://b\u0430nk.b/",
        "\u200d",
        "@",
        "<",
      ];
      let text = "";
      for (let i = random.pick([3, 30, 3000]); i > 0; i--) text += random.pick(characters);
      const cleaned = cleanText(text);
      assertEquals(cleanText(cleaned), cleaned, "clean is clean");
      assertEquals(splitLinks(cleaned).map((part) => part.text).join(""), cleaned);
      for (const { href, text } of splitLinks(cleaned)) {
        if (href === undefined) continue;
        assert(/^https?:/.test(href));
        assert(text.toLowerCase().includes(new URL(href).hostname), "a link leads where it says");
      }
      const name = cleanName(text);
      assertEquals(cleanName(name), name);
      assert(name === "" || nameKey(name) !== "", "a name can be seen");
      cleanAvatar(text);
      decodeContent(content(random));
    },
  };
}

function descriptions(): Core {
  const blob = parseBlob(`g1|u|p|${"A".repeat(43)}|10.0.0.1~4711`)!;
  assert(encodeBlob(blob).startsWith("g1|"));
  return {
    name: "call-descriptions",
    share: 10,
    run(random) {
      const sdp = damaged(SDP, random);
      try {
        assert(
          synthesizeAnswer(sdp, blob, damaged("10.0.0.1", random)).includes("a=setup:passive"),
        );
      } catch (error) {
        assert(error instanceof TypeError, String(error));
      }
      const fingerprint = fingerprintOf(sdp);
      assert(fingerprint === undefined || /^[\da-f:]{95}$/.test(fingerprint));
    },
  };
}

/** A valid payload with up to three faults. */
function payload(random: Random): unknown {
  const value = structuredClone(random.pick(PAYLOADS)) as Record<string, unknown>;
  for (let i = random.below(4); i > 0; i--) spoil(value, random);
  return value;
}

/** Replaces, removes or adds a member somewhere inside. */
function spoil(value: Record<string, unknown>, random: Random): void {
  const keys = Object.keys(value);
  const key = keys.length > 0 ? random.pick(keys) : "k";
  const inner = value[key];
  if (typeof inner === "object" && inner !== null && !random.once(3)) {
    return spoil(inner as Record<string, unknown>, random);
  }
  if (typeof inner === "string" && random.once(2)) value[key] = damaged(inner, random);
  else if (random.once(4)) delete value[key];
  else value[random.once(5) ? "toString" : key] = structuredClone(random.pick(ODD));
}

function content(random: Random): unknown {
  if (random.once(10)) return new Uint8Array(5);
  if (random.once(10)) {
    return `{"k":"chat","text":"${"x".repeat(random.pick([10, 9000, 300_000]))}"}`;
  }
  return random.once(2) ? damaged(random.pick(CONTENTS), random) : frame(random);
}

/** A text in which a piece is missing, repeated, or replaced by something strange. */
function damaged(text: string, random: Random): string {
  const start = random.below(text.length + 1);
  const end = Math.min(text.length, start + random.below(20));
  const strange = random.pick([
    "",
    text.slice(start, end).repeat(3),
    "\u0000",
    "\ud800",
    "m=x\r\n",
    '"',
    "🦊",
  ]);
  return text.slice(0, start) + strange + text.slice(end);
}
