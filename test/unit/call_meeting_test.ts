/// <reference lib="dom" />

import { assert, assertEquals } from "../assert.ts";
import { SELF, World } from "./support/call_world.ts";

Deno.test("four guests who come one after the other see each other, each pair over one connection", () => {
  const world = new World();
  const names = ["Ann", "Ben", "Cleo", "Dan"];
  for (const name of names) {
    world.guest(name);
    world.run(700);
  }
  world.run(3000);
  for (const guest of world.guests) {
    const others = names.filter((name) => name !== guest.name);
    assertEquals(guest.sees, others.map((name) => `${name} connected`).join(", "));
    assertEquals(guest.opened, 3, "connections made");
  }
});

Deno.test("four guests who come at the same time see each other", () => {
  const world = new World();
  for (const name of ["Ann", "Ben", "Cleo", "Dan"]) world.guest(name);
  world.run(3000);
  for (const guest of world.guests) {
    assertEquals(guest.sees.match(/connected/g)?.length, 3, guest.sees);
    assertEquals(guest.opened, 3);
  }
});

Deno.test("a newcomer is connected within half a second, not at the next beacon", () => {
  const world = new World();
  const ann = world.guest("Ann");
  world.run(1200);
  world.guest("Ben");
  world.run(500);
  assertEquals(ann.sees, "Ben connected");
});

Deno.test("a guest who only listens sees the others, but is not seen", () => {
  const world = new World();
  const ann = world.guest("Ann");
  const ben = world.guest("Ben", { enters: false });
  world.run(4000);
  assertEquals(ben.sees, "Ann none");
  assertEquals(ann.sees, "");
});

Deno.test("guests in different rooms do not meet", () => {
  const world = new World();
  const ann = world.guest("Ann", { room: "garden" });
  world.guest("Ben", { room: "cabin" });
  const cleo = world.guest("Cleo", { room: "garden" });
  world.run(4000);
  assertEquals(ann.sees, "Cleo connected");
  assertEquals(cleo.sees, "Ann connected");
});

Deno.test("leaving and coming back are seen at once", () => {
  const world = new World();
  const ann = world.guest("Ann");
  const ben = world.guest("Ben");
  world.run(3000);
  ben.meeting.leave(world.now);
  ben.perform();
  world.run(50);
  assertEquals(ann.sees, "");
  assertEquals([ann.openConnections, ben.openConnections], [0, 0]);
  ben.meeting.enter(world.now);
  ben.perform();
  world.run(600);
  assertEquals(ann.sees, "Ben connected");
});

Deno.test("a guest whose page vanished is gone within sixteen seconds", () => {
  const world = new World();
  const ann = world.guest("Ann");
  const ben = world.guest("Ben");
  world.run(3000);
  world.kill(ben);
  world.run(4000);
  assertEquals(ann.sees, "Ben connected");
  world.run(4000);
  assertEquals(ann.sees, "Ben shaky");
  world.run(13_000);
  assertEquals(ann.sees, "");
  assertEquals(ann.openConnections, 0);
});

Deno.test("ids are compared as strings: 10 dials 9", () => {
  const world = new World();
  for (let i = 0; i < 8; i++) world.stranger("elsewhere");
  const nine = world.guest("Nine");
  world.run(100);
  const ten = world.guest("Ten");
  world.run(3000);
  assertEquals([nine.meeting.id, ten.meeting.id], [9, 10]);
  assertEquals([...ten.connections.values()].map(({ offers }) => offers), [true]);
  assertEquals([...nine.connections.values()].map(({ offers }) => offers), [false]);
});

Deno.test("after a hub was killed and restarted, the same people are connected again within 2 s", () => {
  const world = new World();
  const ann = world.guest("Ann");
  const ben = world.guest("Ben");
  const cleo = world.guest("Cleo");
  world.run(12_000);
  const keys = [ann.keyOf("Ben"), ann.keyOf("Cleo")];
  world.killHub();
  world.run(3000);
  assertEquals(ann.meeting.hub.state === "joined", false);
  world.startHub();
  world.run(9000);
  for (const guest of [ann, ben, cleo]) {
    assertEquals(guest.sees.match(/connected/g)?.length, 2, guest.sees);
  }
  assertEquals([ann.keyOf("Ben"), ann.keyOf("Cleo")], keys, "the same tiles");
  assert(!ann.events.some(({ what }) => what === "went"), "nobody was said to have gone");
  assert(ann.events.some(({ what }) => what === "hub-back"));
});

Deno.test("without a relay, links outlive the hub and are not dialled again when it is back", () => {
  const world = new World(false);
  const ann = world.guest("Ann");
  const ben = world.guest("Ben");
  world.run(12_000);
  world.killHub();
  world.run(30_000);
  assertEquals(ann.sees, "Ben connected");
  world.startHub();
  world.run(10_000);
  assertEquals([ann.sees, ben.sees], ["Ben connected", "Ann connected"]);
  assertEquals([ann.opened, ben.opened], [1, 1]);
});

Deno.test("the hub is tried after 0.5, 1, 2, 4 and 4 seconds, and at once after sleep", () => {
  const world = new World();
  world.hub = undefined;
  const ann = world.guest("Ann");
  const dials: number[] = [];
  let before = 0;
  const began = world.now;
  while (dials.length < 6) {
    world.run(100);
    if (ann.hubDials > before) dials.push(world.now - began);
    before = ann.hubDials;
  }
  const gaps = dials.slice(1).map((at, i) => Math.round((at - dials[i] - 8000) / 500) / 2);
  assertEquals(gaps, [0.5, 1, 2, 4, 4]);
  world.run(8500);
  assertEquals(ann.meeting.hub.state, "lost");
  ann.meeting.wake(world.now);
  ann.perform();
  assertEquals(ann.hubDials, 7);
});

Deno.test("after a pause of seconds, a device asks the hub before it gives up the connection", () => {
  const world = new World();
  const ann = world.guest("Ann");
  world.run(3000);
  // The page's own work held everything up; what the hub has sent meanwhile is not read yet.
  const late = world.now + 8000;
  ann.meeting.tick(late);
  assertEquals(ann.meeting.hub.state, "joined");
  ann.meeting.hubMessage(1, `{"t":"peers","ids":[1]}`, late + 20);
  ann.meeting.tick(late + 3000);
  assertEquals(ann.meeting.hub.state, "joined");
  ann.meeting.tick(late + 8100);
  ann.meeting.tick(late + 11_000);
  assertEquals(ann.meeting.hub.state, "lost");
});

Deno.test("a silent hub is replaced by a new connection, and then the old one is closed", () => {
  const world = new World();
  const ann = world.guest("Ann");
  world.run(3000);
  ann.isCut = true;
  world.run(13_000);
  assert(ann.hubDials >= 2);
  ann.isCut = false;
  world.run(12_000);
  assertEquals(ann.meeting.hub.state, "joined");
  assertEquals(world.hub?.guests.size, 1, "the hub has it once");
});

Deno.test("an interface that is down for ten seconds removes no one", () => {
  const world = new World();
  const ann = world.guest("Ann");
  const ben = world.guest("Ben");
  world.run(12_000);
  const key = ann.keyOf("Ben");
  world.cut(ben, true);
  world.run(10_000);
  assertEquals(ann.sees, "Ben shaky");
  world.cut(ben, false);
  world.run(14_000);
  assertEquals([ann.sees, ben.sees], ["Ben connected", "Ann connected"]);
  assertEquals(ann.keyOf("Ben"), key);
});

Deno.test("a guest that lost only its hub connection is recognized under its new id", () => {
  const world = new World();
  const ann = world.guest("Ann");
  const ben = world.guest("Ben");
  world.run(12_000);
  const key = ann.keyOf("Ben");
  const id = ben.meeting.id;
  ben.hubDown();
  world.run(2000);
  assert(ben.meeting.id > id);
  assertEquals([ann.sees, ben.sees], ["Ben connected", "Ann connected"]);
  assertEquals([ann.keyOf("Ben"), ann.opened, ben.opened], [key, 1, 1]);
});

Deno.test("after a minute of sleep, people are not removed before they can be heard", () => {
  const world = new World();
  const ann = world.guest("Ann");
  const ben = world.guest("Ben");
  world.run(12_000);
  const key = ann.keyOf("Ben");
  ann.sleep();
  world.run(60_000);
  assertEquals(ben.sees, "");
  ann.wake();
  assertEquals(ann.meeting.attendees(world.now).length, 1);
  world.run(12_000);
  assertEquals([ann.sees, ben.sees], ["Ben connected", "Ann connected"]);
  assertEquals(ann.keyOf("Ben"), key);
});

Deno.test("a link that fails on both sides is dialled again by the dialler", () => {
  const world = new World();
  const ann = world.guest("Ann");
  const ben = world.guest("Ben");
  world.run(15_000);
  for (const guest of [ann, ben]) {
    for (const connection of guest.connections.values()) guest.report(connection, "failed");
  }
  assertEquals(ann.sees, "Ben redialling");
  world.run(3000);
  assertEquals([ann.sees, ben.sees], ["Ben connected", "Ann connected"]);
  assertEquals([ann.opened, ben.opened], [2, 2]);
});

Deno.test("the other side asks for a new link if only it has lost the old one", () => {
  const world = new World();
  const ann = world.guest("Ann");
  const ben = world.guest("Ben");
  world.run(20_000);
  const [connection] = ben.connections.values();
  assertEquals(connection.offers, false);
  connection.state = "failed";
  ben.report(connection, "failed");
  world.run(13_000);
  assertEquals([ann.sees, ben.sees], ["Ben connected", "Ann connected"]);
  assertEquals(ann.opened, 2);
});

Deno.test("chat goes to all people or to one, and never through the hub", () => {
  const world = new World();
  const [ann, ben, cleo] = ["Ann", "Ben", "Cleo"].map((name) => world.guest(name));
  world.run(3000);
  assertEquals(ann.meeting.say("to all", undefined), 2);
  assertEquals(ann.meeting.say("for Ben", ann.keyOf("Ben")), 1);
  ann.perform();
  world.run(100);
  const heard = (guest: typeof ann) =>
    guest.events.flatMap((event) => event.what === "chat" ? [[event.text, event.direct]] : []);
  assertEquals(heard(ben), [["to all", false], ["for Ben", true]]);
  assertEquals(heard(cleo), [["to all", false]]);
  assert(!ann.sent.some((frame) => JSON.stringify(frame).includes("to all")));
});

Deno.test("Hand, reaction, mute and sharing are seen at once", () => {
  const world = new World();
  const ann = world.guest("Ann");
  const ben = world.guest("Ben");
  world.run(5000);
  const reaction = { emoji: "👏", n: 4 };
  const self = {
    ...SELF,
    name: "Ben",
    muted: true,
    sharing: true,
    cam: false,
    hand: true,
    reaction,
  };
  ben.meeting.setSelf(self, world.now);
  ben.perform();
  world.run(400);
  const [{ presence }] = ann.meeting.attendees(world.now);
  assertEquals(presence.cam, true, "a shared screen is a picture to those who know only cam");
  const { muted, sharing, hand } = presence.ours!;
  assertEquals({ muted, sharing, hand }, { muted: true, sharing: true, hand: true });
  const kinds = ann.events.map(({ what }) => what).filter((what) => what !== "came");
  assertEquals(kinds, ["hand-raised", "reaction"]);
});

Deno.test("each person is told the size at which it is shown", () => {
  const world = new World();
  const ann = world.guest("Ann");
  const ben = world.guest("Ben");
  world.run(3000);
  ann.meeting.setWanted(ann.keyOf("Ben"), 180, world.now);
  ann.perform();
  world.run(400);
  assertEquals(ben.meeting.attendees(world.now)[0].presence.ours?.wants, 180);
});

Deno.test("a deployed guest is dialled and answered without unknown messages", () => {
  const world = new World();
  const first = world.stranger();
  const ann = world.guest("Ann");
  world.run(100);
  const last = world.stranger();
  const present = { k: "present", name: "Deployed", cam: false, avatar: "🐢" };
  world.run(100);
  for (const one of [first, last]) one.send({ t: "to", id: ann.meeting.id, payload: present });
  world.run(3000);
  const signals = (one: typeof first) =>
    one.got.map(({ payload }) => payload as Record<string, unknown>)
      .filter((payload) => payload?.k === "sig");
  assertEquals(signals(first), [], "the smaller id dials, not this page");
  const [offer] = signals(last);
  assertEquals(Object.keys(offer), ["k", "payload"]);
  assertEquals((offer.payload as { d: { type: string } }).d.type, "offer");
  assertEquals(ann.meeting.attendees(world.now).map(({ presence }) => presence.ours), [
    undefined,
    undefined,
  ]);
});

Deno.test("a deployed dialler that makes no offer is told about this guest again, not dialled", () => {
  const world = new World();
  const deployed = world.stranger();
  const ann = world.guest("Ann");
  const present = { k: "present", name: "Deployed", cam: false, avatar: "" };
  for (let i = 0; i < 8; i++) {
    world.run(2000);
    deployed.send({ t: "to", id: ann.meeting.id, payload: present });
  }
  const kinds = deployed.got.map(({ payload }) => (payload as { k: string } | undefined)?.k);
  const bye = kinds.indexOf("bye");
  assert(bye > 0, `it was never told: ${kinds}`);
  assertEquals(kinds[bye + 1], "present");
  assert(!kinds.includes("sig"));
});

Deno.test("another guest cannot take over a tile by copying the id of its page", () => {
  const world = new World();
  const ann = world.guest("Ann");
  world.guest("Ben");
  world.run(3000);
  const key = ann.keyOf("Ben");
  const { tab } = ann.meeting.attendees(world.now)[0].presence.ours!;
  const thief = world.stranger();
  const meta = { kbz: 1, tab, muted: false };
  const payload = { k: "present", name: "Thief", cam: true, avatar: "", meta };
  for (let i = 0; i < 5; i++) {
    thief.send({ t: "to", id: ann.meeting.id, payload });
    world.run(1000);
  }
  assertEquals(ann.keyOf("Ben"), key);
  assert(/^Ben connected, Thief/.test(ann.sees), ann.sees);
});

Deno.test("a guest that comes and goes all the time causes only a few connections", () => {
  const world = new World();
  const ann = world.guest("Ann");
  world.run(100);
  const restless = world.stranger();
  const to = (payload: unknown) => restless.send({ t: "to", id: ann.meeting.id, payload });
  for (let i = 0; i < 500; i++) {
    to({ k: "present", name: "Restless", cam: true, avatar: "" });
    world.run(10);
    to({ k: "bye" });
    world.run(10);
  }
  assert(ann.opened <= 8, `${ann.opened} connections`);
});

Deno.test("a flood of offers and candidates is limited, and the call with others continues", () => {
  const world = new World();
  const hostile = world.stranger();
  const ann = world.guest("Ann");
  world.run(50);
  const ben = world.guest("Ben");
  world.run(3000);
  const before = ann.opened;
  const to = (payload: unknown) => hostile.send({ t: "to", id: ann.meeting.id, payload });
  for (let i = 0; i < 300; i++) {
    const sdp = "v=0\nm=audio 9 X 0\na=fake:99999\n";
    to({ k: "sig", payload: { d: { type: "offer", sdp } } });
    for (let j = 0; j < 10; j++) {
      to({ k: "sig", payload: { c: { candidate: "candidate:1", sdpMid: "0" } } });
    }
    world.run(10);
  }
  assert(ann.opened - before <= 8, `${ann.opened - before} connections`);
  for (const { candidates } of ann.connections.values()) assert(candidates.length <= 100);
  assert(ann.sees.includes("Ben connected"), ann.sees);
  assertEquals(ben.sees, "Ann connected");
});

Deno.test("a thousand presences from a thousand guests do not displace the people in the call", () => {
  const world = new World();
  const ann = world.guest("Ann");
  world.guest("Ben");
  world.run(3000);
  for (let i = 0; i < 1000; i++) {
    const crowd = world.stranger();
    const payload = { k: "present", name: `Guest ${i}`, cam: true, avatar: "" };
    crowd.send({ t: "to", id: ann.meeting.id, payload });
  }
  world.run(1000);
  assert(ann.sees.includes("Ben connected"));
  assertEquals(ann.meeting.attendees(world.now).length, 64);
  assertEquals(ann.events.filter(({ what }) => what === "room-full").length, 1);
  world.run(12_000);
  assertEquals(ann.sees, "Ben connected");
});

Deno.test("a guest that names another page in each presence stays one person", () => {
  const world = new World();
  const ann = world.guest("Ann");
  world.run(100);
  const hostile = world.stranger();
  for (let i = 0; i < 100; i++) {
    const meta = { kbz: 1, tab: `tab${i}` };
    const payload = { k: "present", name: `Name ${i}`, cam: true, avatar: "", meta };
    hostile.send({ t: "to", id: ann.meeting.id, payload });
    world.run(120);
  }
  assertEquals(ann.meeting.attendees(world.now).map(({ presence }) => presence.name), ["Name 99"]);
});
