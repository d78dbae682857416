/**
 * The load of the benchmark, in a process of its own so that it does not share the hub's thread:
 * guests of libdatachannel. Called by `main.ts` beside it; prints one line of JSON.
 *
 *     load.ts one LINK COUNT          joins one after the other
 *     load.ts crowd LINK COUNT        all at once; then waits for a line on standard input
 *     load.ts route LINK COUNT BYTES  COUNT guests in one room write to each other for 5 s
 *     load.ts echo LINK COUNT BYTES   COUNT guests have 16 echoes each under way for 5 s
 *     load.ts room LINK COUNT         COUNT guests in one room make themselves known as browsers do
 *     load.ts udp PORT COUNT BYTES    as echo, but with bare datagrams to a bare server
 *     load.ts server                  such a server, until it is stopped
 *
 * @module
 */

import { Guest } from "../support/guest.ts";
import { quantile } from "../support/quantiles.ts";
import { pause } from "../support/waiting.ts";

const ROUTE_SECONDS = 5;
/** Frames a guest has under way: enough to keep the hub busy, too few to be dropped for it. */
const WINDOW = 64;
const ECHO_WINDOW = 16;
const ECHO_SECONDS = 5;

/** How often a guest makes itself known (docs/PROTOCOL.md §3), for how long, and how long the last frames may take. */
const BEACON_MS = 2500;
const ROOM_SECONDS = 15;
const ROOM_PATIENCE_MS = 3000;

const [mode, link, countText, bytesText] = Deno.args;
const count = Number(countText);

function print(value: unknown): void {
  console.log(JSON.stringify(value));
}

async function one(): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const guest = await Guest.join(link);
    times.push(guest.offerToIdMs);
    guest.leave();
  }
  print({ times });
}

async function crowd(): Promise<void> {
  const joins = await Promise.allSettled(Array.from({ length: count }, () => Guest.join(link)));
  const times = joins.flatMap((join) =>
    join.status === "fulfilled" ? [join.value.offerToIdMs] : []
  );
  print({ times });
  await Deno.stdin.read(new Uint8Array(1));
}

/** Every guest writes to the next one and sends a frame more for every frame it gets. */
async function route(): Promise<void> {
  const guests = await Promise.all(Array.from({ length: count }, () => Guest.join(link)));
  for (const guest of guests) guest.send({ t: "join", room: "bench" });
  for (const guest of guests) await guest.sync();
  const payload = "x".repeat(Number(bytesText));
  const deadline = performance.now() + ROUTE_SECONDS * 1000;
  const received = await Promise.all(guests.map(async (guest, i) => {
    const frame = JSON.stringify({ t: "to", id: guests[(i + 1) % count].id, payload });
    for (let n = 0; n < WINDOW; n++) guest.sendText(frame);
    let frames = 0;
    while (performance.now() < deadline) {
      await guest.next((received) => received.t === "from");
      frames++;
      guest.sendText(frame);
    }
    return frames;
  }));
  print({ framesPerSecond: received.reduce((a, b) => a + b) / ROUTE_SECONDS });
}

/** Every guest has the hub echo a frame, and another one for every answer. */
async function echo(): Promise<void> {
  const guests = await Promise.all(Array.from({ length: count }, () => Guest.join(link)));
  const frame = `{"t":"echo","x":"${"x".repeat(Number(bytesText) - 19)}"}`;
  let echoes = 0;
  let isOver = false;
  for (const guest of guests) {
    guest.onText = () => {
      echoes++;
      if (!isOver) guest.sendText(frame);
    };
  }
  print({ isReady: true });
  for (const guest of guests) for (let i = 0; i < ECHO_WINDOW; i++) guest.sendText(frame);
  await pause(ECHO_SECONDS * 1000); // the load
  isOver = true;
  print({ perSecond: echoes / ECHO_SECONDS, count: echoes });
}

/** Returns every datagram, and does nothing else. */
async function server(): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  print({ port: (socket.addr as Deno.NetAddr).port });
  const buffer = new Uint8Array(2048);
  for (;;) {
    const [datagram, from] = await socket.receive(buffer);
    await socket.send(datagram, from);
  }
}

/** The same with datagrams and no hub. */
async function udp(): Promise<void> {
  const server: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port: Number(link) };
  const datagram = new Uint8Array(Number(bytesText));
  let echoes = 0;
  let isOver = false;
  const sockets = Array.from(
    { length: count },
    () => Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
  );
  const guests = sockets.map(async (socket) => {
    const buffer = new Uint8Array(2048);
    for (let i = 0; i < ECHO_WINDOW; i++) await socket.send(datagram, server);
    while (!isOver) {
      await socket.receive(buffer);
      echoes++;
      await socket.send(datagram, server);
    }
  }).map((guest) => guest.catch((error) => isOver || Promise.reject(error)));
  await pause(ECHO_SECONDS * 1000); // the load
  isOver = true;
  print({ perSecond: echoes / ECHO_SECONDS, count: echoes });
  for (const socket of sockets) socket.close();
  await Promise.all(guests);
}

/**
 * Everybody in one room, as deployed browsers are there: every 2.5 s each asks who is in, and then
 * writes to all of them.
 */
async function room(): Promise<void> {
  const joins = await Promise.allSettled(Array.from({ length: count }, () => Guest.join(link)));
  const guests = joins.flatMap((join) => join.status === "fulfilled" ? [join.value] : []);
  for (const guest of guests) guest.send({ t: "join", room: "bench" });
  for (const guest of guests) await guest.sync();
  const avatar = "#7aa2f7";
  const latencies: number[] = [];
  let sent = 0;
  let wanted = 0;
  let isOver = false;
  for (const guest of guests) {
    const name = `Guest number ${guest.id}`;
    guest.onText = (text) => {
      if (text.includes(`"t":"from"`)) {
        latencies.push(performance.now() - Number(/"at":([0-9.]+)/.exec(text)![1]));
      } else if (text.includes(`"t":"peers"`) && !isOver) {
        for (const id of JSON.parse(text).ids as number[]) {
          if (id === guest.id) continue;
          const payload = { k: "present", name, cam: true, avatar, at: performance.now() };
          guest.send({ t: "to", id, payload });
          sent++;
        }
      }
    };
  }
  print({ isReady: true });
  const beacons = guests.map((guest, i) => {
    const beacon = () => {
      wanted += guests.length - 1;
      guest.send({ t: "peers" });
    };
    let timer = setTimeout(() => {
      beacon();
      timer = setInterval(beacon, BEACON_MS);
    }, BEACON_MS * i / guests.length);
    return () => clearInterval(timer);
  });
  await pause(ROOM_SECONDS * 1000); // the load
  for (const end of beacons) end();
  print({ isMeasured: true });
  await pause(ROOM_PATIENCE_MS); // how many frames come in this time is what is measured
  isOver = true;
  print({
    guests: guests.length,
    wanted,
    sent,
    delivered: latencies.length,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    seconds: ROOM_SECONDS,
  });
}

await ({ one, crowd, route, echo, udp, server, room } as Record<string, () => Promise<void>>)
  [mode]();
// libdatachannel's threads would keep the process alive.
Deno.exit(0);
