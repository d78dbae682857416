import { Rooms } from "../../relaycore/rooms/rooms.ts";
import { assert, assertEquals } from "../assert.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A guest that stores its frames. */
function enter(rooms: Rooms): { id: number; frames: string[]; say(frame: unknown): void } {
  const frames: string[] = [];
  const id = rooms.enter((frame) => frames.push(decoder.decode(frame)));
  return {
    id,
    frames,
    say: (frame) =>
      rooms.receive(
        id,
        encoder.encode(typeof frame === "string" ? frame : JSON.stringify(frame)),
      ),
  };
}

Deno.test("the first frame is the id, a positive integer", () => {
  const { id, frames } = enter(new Rooms());
  assert(Number.isInteger(id) && id > 0);
  assertEquals(frames, [JSON.stringify({ t: "id", id })]);
});

Deno.test("an id is never given twice", () => {
  const rooms = new Rooms();
  const seen = new Set<number>();
  for (let i = 0; i < 1000; i++) {
    const { id } = enter(rooms);
    assert(!seen.has(id));
    seen.add(id);
    if (i % 2 === 0) rooms.leave(id);
  }
});

Deno.test("peers lists all guests in the room, including oneself, and no others", () => {
  const rooms = new Rooms();
  const [a, b, c] = [enter(rooms), enter(rooms), enter(rooms)];
  a.say({ t: "join", room: "x" });
  c.say({ t: "join", room: "x" });
  a.say({ t: "peers" });
  b.say({ t: "peers" });
  assertEquals(a.frames.at(-1), JSON.stringify({ t: "peers", ids: [a.id, c.id] }));
  assertEquals(b.frames.at(-1), JSON.stringify({ t: "peers", ids: [b.id] }));
});

Deno.test("a guest that never joins is in the room without a name", () => {
  const rooms = new Rooms();
  const [a, b] = [enter(rooms), enter(rooms)];
  b.say({ t: "join", room: "" });
  a.say({ t: "to", id: b.id, payload: 1 });
  assertEquals(b.frames.at(-1), JSON.stringify({ t: "from", id: a.id, payload: 1 }));
});

Deno.test("a frame to a guest in another room is dropped, even if the id is right", () => {
  const rooms = new Rooms();
  const [a, b] = [enter(rooms), enter(rooms)];
  b.say({ t: "join", room: "secret" });
  for (const id of [b.id, 0, -1, 999, a.id + 0.5, String(b.id), null, [b.id]]) {
    a.say({ t: "to", id, payload: "hello" });
  }
  assertEquals(b.frames.length, 1);
  assertEquals(a.frames.length, 1);
});

Deno.test("a guest that moves to another room leaves the first", () => {
  const rooms = new Rooms();
  const [a, b] = [enter(rooms), enter(rooms)];
  for (const guest of [a, b]) guest.say({ t: "join", room: "x" });
  b.say({ t: "join", room: "y" });
  a.say({ t: "to", id: b.id, payload: 1 });
  a.say({ t: "peers" });
  assertEquals(b.frames.length, 1);
  assertEquals(a.frames.at(-1), JSON.stringify({ t: "peers", ids: [a.id] }));
});

Deno.test("a guest that has left is in no room and gets nothing", () => {
  const rooms = new Rooms();
  const [a, b] = [enter(rooms), enter(rooms)];
  rooms.leave(b.id);
  rooms.leave(b.id);
  a.say({ t: "to", id: b.id, payload: 1 });
  b.say({ t: "to", id: a.id, payload: 1 });
  a.say({ t: "peers" });
  assertEquals(b.frames.length, 1);
  assertEquals(a.frames.slice(1), [JSON.stringify({ t: "peers", ids: [a.id] })]);
  assertEquals(rooms.guestCount, 1);
});

Deno.test("a room exists as long as there is a guest in it", () => {
  const rooms = new Rooms();
  assertEquals(rooms.roomCount, 0);
  const a = enter(rooms);
  for (const room of ["x", "y", "constructor", "__proto__"]) {
    a.say({ t: "join", room });
    assertEquals(rooms.roomCount, 1, room);
  }
  rooms.leave(a.id);
  assertEquals(rooms.roomCount, 0);
});

Deno.test("every JSON value arrives as the text it was sent as", () => {
  const rooms = new Rooms();
  const [a, b] = [enter(rooms), enter(rooms)];
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
  const rooms = new Rooms();
  const [a, b] = [enter(rooms), enter(rooms)];
  a.say(
    `{"x":{"payload":1},"y":"\\"payload\\":2","p\\u0061yload":[3],"t":"to","id":${b.id},"z":[{"payload":4}]}`,
  );
  assertEquals(b.frames.at(-1), `{"t":"from","id":${a.id},"payload":[3]}`);
  a.say(`{"payload":1,"t":"to","id":${b.id},"payload":2}`);
  assertEquals(b.frames.at(-1), `{"t":"from","id":${a.id},"payload":2}`);
});

Deno.test("a guest may write to itself", () => {
  const a = enter(new Rooms());
  a.say({ t: "to", id: a.id, payload: "note" });
  assertEquals(a.frames.at(-1), JSON.stringify({ t: "from", id: a.id, payload: "note" }));
});

Deno.test("an echo without x is answered without x", () => {
  const a = enter(new Rooms());
  a.say({ t: "echo" });
  assertEquals(a.frames.at(-1), `{"t":"echo"}`);
});

Deno.test("invalid frames are ignored", () => {
  const rooms = new Rooms();
  const a = enter(rooms);
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

Deno.test("a payload that is nested deeper than the stack is delivered", () => {
  const rooms = new Rooms();
  const [a, b] = [enter(rooms), enter(rooms)];
  const deep = "[".repeat(60_000) + "]".repeat(60_000);
  a.say(`{"t":"to","id":${b.id},"payload":${deep}}`);
  assertEquals(b.frames.at(-1), `{"t":"from","id":${a.id},"payload":${deep}}`);
});

Deno.test("only delivered frames are counted", () => {
  const rooms = new Rooms();
  const [a, b] = [enter(rooms), enter(rooms)];
  a.say({ t: "to", id: b.id, payload: 1 });
  a.say({ t: "to", id: 77, payload: 1 });
  assertEquals(rooms.routedFrames, 1);
});

Deno.test("a guest that leaves while frames are sent to it does not disturb the others", () => {
  const rooms = new Rooms();
  const a = enter(rooms);
  const id: number = rooms.enter((frame) => {
    if (decoder.decode(frame).includes("from")) rooms.leave(id);
  });
  a.say({ t: "to", id, payload: 1 });
  a.say({ t: "to", id, payload: 2 });
  a.say({ t: "peers" });
  assertEquals(a.frames.at(-1), JSON.stringify({ t: "peers", ids: [a.id] }));
});
