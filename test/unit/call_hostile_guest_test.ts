/**
 * What one hostile guest can do to a call page: it may spoil its own tile, and nothing of the
 * others. Floods of connections and announcements are in `call_meeting_test.ts`.
 *
 * @module
 */

/// <reference lib="dom" />

import { assert, assertEquals } from "../support/assert.ts";
import { ChatLog, NoticeList } from "../../http/call/protocol/chat_log.ts";
import { Peak } from "../../http/call/protocol/peak.ts";
import { World } from "./support/call_world.ts";

Deno.test("A guest that begins and ends to share its screen all the time moves the tiles a few times", () => {
  const world = new World();
  const ann = world.guest("Ann");
  world.run(100);
  const restless = world.stranger();
  let changes = 0, before = false;
  for (let i = 0; i < 100; i++) {
    const meta = { kbz: 1, tab: "restless", share: i % 2 === 0 };
    // It can also pretend to be a guest that knows no screens.
    const payload = {
      k: "present",
      name: "R",
      cam: true,
      avatar: "",
      ...i % 3 === 2 ? {} : { meta },
    };
    restless.send({ t: "to", id: ann.meeting.id, payload });
    world.run(200);
    const [{ presence }] = ann.meeting.attendees(world.now);
    const shares = presence.ours?.sharing ?? false;
    if (shares !== before) changes++;
    before = shares;
  }
  // Four at once, and one every five seconds of twenty.
  assert(changes >= 4 && changes <= 9, `${changes} changes`);
});

Deno.test("A guest that comes and goes all the time comes on screen a few times, and then stays if it does", () => {
  const world = new World();
  const ann = world.guest("Ann");
  world.run(100);
  const restless = world.stranger();
  const to = (payload: unknown) => restless.send({ t: "to", id: ann.meeting.id, payload });
  const present = { k: "present", name: "Restless", cam: true, avatar: "" };
  const shown = new Set<string>();
  for (let i = 0; i < 100; i++) {
    to(present);
    world.run(100);
    for (const { key } of ann.meeting.attendees(world.now)) shown.add(key);
    to({ k: "bye" });
    world.run(100);
  }
  // Four at once, and one every eight seconds of twenty.
  assert(shown.size >= 4 && shown.size <= 7, `${shown.size} times on screen`);
  for (let i = 0; i < 5; i++) {
    to(present);
    world.run(2500);
  }
  assertEquals(ann.meeting.attendees(world.now).map(({ presence }) => presence.name), ["Restless"]);
});

Deno.test("What a guest of the deployed kind draws does not swallow what it writes", () => {
  const world = new World();
  const ann = world.guest("Ann");
  world.guest("Ben");
  world.run(3000);
  const { connection } = ann.meeting.attendees(world.now)[0];
  for (let i = 0; i < 100; i++) ann.meeting.content(connection!, `{"k":"ink","x":${i}}`, world.now);
  ann.meeting.content(connection!, `{"k":"chat","text":"seen?"}`, world.now);
  ann.perform();
  assertEquals(ann.events.filter(({ what }) => what === "chat").length, 1);
  for (let i = 0; i < 1000; i++) {
    ann.meeting.content(connection!, `{"k":"chat","text":"${i}"}`, world.now);
  }
  ann.perform();
  assertEquals(ann.events.filter(({ what }) => what === "chat").length, 20);
});

Deno.test("Nobody can hide that safety symbols have changed behind other notices", () => {
  const list = new NoticeList();
  list.add({ code: "safety-changed", key: "p1", at: 0 });
  for (let i = 0; i < 100; i++) {
    list.add({ code: "joined", key: `p${i}`, at: i });
    list.add({ code: "person-unreachable", key: `p${i}`, at: i });
    list.add({ code: "safety-changed", key: "p2", at: i });
  }
  const { notices } = list;
  assertEquals(notices.length, 20);
  const warned = notices.filter(({ code }) => code === "safety-changed").map(({ key }) => key);
  assertEquals(warned, ["p1", "p2"]);

  const full = new NoticeList();
  for (let i = 0; i < 20; i++) full.add({ code: "safety-changed", key: `p${i}`, at: i });
  full.add({ code: "joined", key: "p20", at: 20 });
  assertEquals(full.notices.every(({ code }) => code === "safety-changed"), true);
});

Deno.test("A list of notices keeps the latest and forgets what passes first", () => {
  const list = new NoticeList();
  list.add({ code: "mic-lost", at: 0 });
  for (let i = 0; i < 30; i++) list.add({ code: "message", key: "p1", at: i });
  assertEquals(list.notices.length, 20);
  assertEquals(list.notices[0].code, "mic-lost");
  assertEquals(list.notices[19].at, 29);
});

Deno.test("Somebody who writes without end displaces its own messages only", () => {
  const log = new ChatLog();
  const add = (from: string, text: string) =>
    log.add({ from, name: "", avatar: "", text, direct: false, at: 0 });
  for (let i = 0; i < 100; i++) add("p1", `from Ann ${i}`);
  for (let i = 0; i < 2000; i++) add("p2", `from Eve ${i}`);
  const { messages, unread } = log.chat;
  assertEquals([messages.length, unread], [500, 500]);
  assertEquals(messages.filter(({ from }) => from === "p1").length, 100);
  assertEquals(messages.at(-1)?.parts[0].text, "from Eve 1999");
});

Deno.test("A need that comes and goes all the time counts as one that is there", () => {
  const peak = new Peak();
  let changes = 0, before = peak.take(360, 0);
  for (let now = 100; now <= 20_000; now += 100) {
    const value = peak.take(now % 200 === 0 ? 720 : 180, now);
    if (value !== before) changes++;
    before = value;
  }
  assertEquals([before, changes], [720, 1]);
  assertEquals(peak.take(180, 24_900), 720);
  assertEquals(peak.take(90, 25_000), 180, "the largest of the last five seconds");
  assertEquals(peak.take(90, 30_000), 90);
  assertEquals(peak.take(540, 30_001), 540);
});
