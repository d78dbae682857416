import { Hub } from "../../relaycore/hub/hub.ts";
import { assert, assertEquals } from "../assert.ts";

/** A guest that keeps the frames it gets. */
function enter(hub: Hub): { id: number; frames: string[]; say(frame: unknown): void } {
  const frames: string[] = [];
  const id = hub.enter((frame) => frames.push(frame));
  return {
    id,
    frames,
    say: (frame) => hub.receive(id, typeof frame === "string" ? frame : JSON.stringify(frame)),
  };
}

Deno.test("the first frame is the id, a positive integer", () => {
  const { id, frames } = enter(new Hub());
  assert(Number.isInteger(id) && id > 0);
  assertEquals(frames, [JSON.stringify({ t: "id", id })]);
});

Deno.test("an id is never given twice", () => {
  const hub = new Hub();
  const seen = new Set<number>();
  for (let i = 0; i < 1000; i++) {
    const { id } = enter(hub);
    assert(!seen.has(id));
    seen.add(id);
    if (i % 2 === 0) hub.leave(id);
  }
});

Deno.test("peers lists everybody in the room, oneself included, and nobody else", () => {
  const hub = new Hub();
  const [a, b, c] = [enter(hub), enter(hub), enter(hub)];
  a.say({ t: "join", room: "x" });
  c.say({ t: "join", room: "x" });
  a.say({ t: "peers" });
  b.say({ t: "peers" });
  assertEquals(a.frames.at(-1), JSON.stringify({ t: "peers", ids: [a.id, c.id] }));
  assertEquals(b.frames.at(-1), JSON.stringify({ t: "peers", ids: [b.id] }));
});

Deno.test("a guest that never joins is in the room without a name", () => {
  const hub = new Hub();
  const [a, b] = [enter(hub), enter(hub)];
  b.say({ t: "join", room: "" });
  a.say({ t: "to", id: b.id, payload: 1 });
  assertEquals(b.frames.at(-1), JSON.stringify({ t: "from", id: a.id, payload: 1 }));
});

Deno.test("a frame to a guest of another room is dropped, whatever id is guessed", () => {
  const hub = new Hub();
  const [a, b] = [enter(hub), enter(hub)];
  b.say({ t: "join", room: "secret" });
  for (const id of [b.id, 0, -1, 999, a.id + 0.5, String(b.id), null, [b.id]]) {
    a.say({ t: "to", id, payload: "hello" });
  }
  assertEquals(b.frames.length, 1);
  assertEquals(a.frames.length, 1);
});

Deno.test("who moves to another room is out of the first", () => {
  const hub = new Hub();
  const [a, b] = [enter(hub), enter(hub)];
  for (const guest of [a, b]) guest.say({ t: "join", room: "x" });
  b.say({ t: "join", room: "y" });
  a.say({ t: "to", id: b.id, payload: 1 });
  a.say({ t: "peers" });
  assertEquals(b.frames.length, 1);
  assertEquals(a.frames.at(-1), JSON.stringify({ t: "peers", ids: [a.id] }));
});

Deno.test("who has left is in no room and gets nothing", () => {
  const hub = new Hub();
  const [a, b] = [enter(hub), enter(hub)];
  hub.leave(b.id);
  hub.leave(b.id);
  a.say({ t: "to", id: b.id, payload: 1 });
  b.say({ t: "to", id: a.id, payload: 1 });
  a.say({ t: "peers" });
  assertEquals(b.frames.length, 1);
  assertEquals(a.frames.slice(1), [JSON.stringify({ t: "peers", ids: [a.id] })]);
  assertEquals(hub.guestCount, 1);
});

Deno.test("rooms exist as long as somebody is in them", () => {
  const hub = new Hub();
  assertEquals(hub.roomCount, 0);
  const a = enter(hub);
  for (const room of ["x", "y", "constructor", "__proto__"]) {
    a.say({ t: "join", room });
    assertEquals(hub.roomCount, 1, room);
  }
  hub.leave(a.id);
  assertEquals(hub.roomCount, 0);
});

Deno.test("every JSON value arrives as the text it was sent as", () => {
  const hub = new Hub();
  const [a, b] = [enter(hub), enter(hub)];
  const values = [
    "null",
    "0",
    "-0",
    "1e400",
    "12345678901234567890.12345678901234567890",
    '""',
    '"\\u0000\\"}],\\\\"',
    "[]",
    '{"payload":{"id":9},"t":"x","a":[1,{"b":"}"}]}',
    '{"__proto__":1,"a":1,"a":2}',
    '"ü€😀"',
    '"\\ud800"',
    "true",
  ];
  for (const value of values) {
    a.say(`{"t":"to","id":${b.id},"payload":${value}}`);
    assertEquals(b.frames.at(-1), `{"t":"from","id":${a.id},"payload":${value}}`);
    a.say(` { "x" : ${value} , "t" : "echo" } `);
    assertEquals(a.frames.at(-1), `{"t":"echo","x":${value}}`);
  }
});

Deno.test("the payload is the member of the frame, not one inside another or in a string", () => {
  const hub = new Hub();
  const [a, b] = [enter(hub), enter(hub)];
  a.say(
    `{"x":{"payload":1},"y":"\\"payload\\":2","p\\u0061yload":[3],"t":"to","id":${b.id},"z":[{"payload":4}]}`,
  );
  assertEquals(b.frames.at(-1), `{"t":"from","id":${a.id},"payload":[3]}`);
  a.say(`{"payload":1,"t":"to","id":${b.id},"payload":2}`);
  assertEquals(b.frames.at(-1), `{"t":"from","id":${a.id},"payload":2}`);
});

Deno.test("a guest may write to itself", () => {
  const a = enter(new Hub());
  a.say({ t: "to", id: a.id, payload: "note" });
  assertEquals(a.frames.at(-1), JSON.stringify({ t: "from", id: a.id, payload: "note" }));
});

Deno.test("an echo without x is answered without x", () => {
  const a = enter(new Hub());
  a.say({ t: "echo" });
  assertEquals(a.frames.at(-1), `{"t":"echo"}`);
});

Deno.test("what is not a frame is ignored and harms nothing", () => {
  const hub = new Hub();
  const a = enter(hub);
  const nonsense = [
    "",
    "{",
    "null",
    "[]",
    "7",
    '"peers"',
    "{}",
    '{"t":null}',
    '{"t":"id","id":1}',
    '{"t":"from","id":1,"payload":1}',
    '{"t":"join"}',
    '{"t":"join","room":7}',
    '{"t":"join","room":null}',
    `{"t":"join","room":"${"x".repeat(257)}"}`,
    `{"t":"to","id":${a.id}}`,
    '{"t":"to","payload":1}',
    '{"t":"to","id":"1","payload":1}',
    '{"t":"toString"}',
    "[".repeat(100_000),
    `{"t":"nothing","x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
  ];
  for (const text of nonsense) a.say(text);
  assertEquals(a.frames.length, 1);
  a.say({ t: "peers" });
  assertEquals(a.frames.at(-1), JSON.stringify({ t: "peers", ids: [a.id] }));
});

Deno.test("a payload nested deeper than the stack is carried all the same", () => {
  const hub = new Hub();
  const [a, b] = [enter(hub), enter(hub)];
  const deep = "[".repeat(60_000) + "]".repeat(60_000);
  a.say(`{"t":"to","id":${b.id},"payload":${deep}}`);
  assertEquals(b.frames.at(-1), `{"t":"from","id":${a.id},"payload":${deep}}`);
});

Deno.test("frames that are delivered are counted, dropped ones are not", () => {
  const hub = new Hub();
  const [a, b] = [enter(hub), enter(hub)];
  a.say({ t: "to", id: b.id, payload: 1 });
  a.say({ t: "to", id: 77, payload: 1 });
  assertEquals(hub.routedFrames, 1);
});

Deno.test("a guest that leaves while it is written to does not disturb the others", () => {
  const hub = new Hub();
  const a = enter(hub);
  const id: number = hub.enter((frame) => {
    if (frame.includes("from")) hub.leave(id);
  });
  a.say({ t: "to", id, payload: 1 });
  a.say({ t: "to", id, payload: 2 });
  a.say({ t: "peers" });
  assertEquals(a.frames.at(-1), JSON.stringify({ t: "peers", ids: [a.id] }));
});
