/**
 * The load of the benchmark, in a process of its own so that it does not share the hub's thread:
 * guests of libdatachannel. Called by `main.ts` beside it; prints one line of JSON.
 *
 *     load.ts one LINK COUNT          joins one after the other
 *     load.ts crowd LINK COUNT        all at once; then waits for a line on standard input
 *     load.ts route LINK COUNT BYTES  COUNT guests in one room write to each other for 5 s
 *
 * @module
 */

import { Guest } from "../peer/support/guest.ts";

const ROUTE_SECONDS = 5;
/** Frames a guest has under way: enough to keep the hub busy, too few to be dropped for it. */
const WINDOW = 64;

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

await ({ one, crowd, route } as Record<string, () => Promise<void>>)[mode]();
// libdatachannel's threads would keep the process alive.
Deno.exit(0);
