/**
 * Honest guests, in a process of their own: four in a room, who measure echoes and write to each
 * other without missing a frame, and one more that joins every two seconds, from another address,
 * and leaves. Prints `ready` with the addresses of the four, and after every line on standard input
 * what happened since the last one, as JSON.
 *
 *     honest.ts '{"link":…}'
 *
 * @module
 */

import { Guest } from "../support/guest.ts";
import { quantile } from "../support/quantiles.ts";
import { pause } from "../support/waiting.ts";
import type { Target } from "./ground.ts";

/** What honest guests have seen. Times in milliseconds. */
export interface Experience {
  readonly echoes: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  readonly joins: number;
  readonly failedJoins: number;
  readonly slowestJoin: number;
  /** Echoes and frames that have not come, or not in order, and connections that ended. */
  readonly lost: number;
}

const GUESTS = 4;
const ECHO_INTERVAL_MS = 50;
const JOIN_INTERVAL_MS = 2000;
const WAIT_MS = 20_000;
const ROOM = "honest";

const { link } = JSON.parse(Deno.args[0]) as Target;
let echoes: number[] = [], joins: number[] = [];
let failedJoins = 0, lost = 0;
/** The newest attempt to join. */
let newcomer: Promise<void> = Promise.resolve();

const guests: Guest[] = [];
for (let i = 0; i < GUESTS; i++) {
  const guest = await Guest.join(link, undefined, "127.0.0.1");
  guest.send({ t: "join", room: ROOM });
  await guest.sync();
  guests.push(guest);
}
guests.forEach((_, i) => echo(i));
joining();
console.log(`ready ${guests.map(({ address }) => address).join(" ")}`);

const decoder = new TextDecoder();
for await (const chunk of Deno.stdin.readable) {
  if (decoder.decode(chunk).trim() === "") continue;
  // On a slow machine one that came during the flood may still be on its way in.
  if (joins.length === 0) await newcomer;
  lost += guests.filter(({ closed }) => closed).length;
  const experience: Experience = {
    echoes: echoes.length,
    p50: quantile(echoes, 0.5),
    p99: quantile(echoes, 0.99),
    worst: quantile(echoes, 1),
    joins: joins.length,
    failedJoins,
    slowestJoin: joins.length === 0 ? 0 : Math.max(...joins),
    lost,
  };
  console.log(JSON.stringify(experience));
  [echoes, joins, failedJoins, lost] = [[], [], 0, 0];
}
// libdatachannel's threads would keep the process alive.
Deno.exit(0);

/**
 * One echo after the other, each with a frame to the next guest before it: when the echo is there,
 * that guest has been sent the frame, and they come in order.
 */
async function echo(index: number): Promise<void> {
  const guest = guests[index];
  const next = guests[(index + 1) % GUESTS];
  for (let x = 0;; x++) {
    const began = performance.now();
    try {
      guest.send({ t: "to", id: next.id, payload: x });
      guest.send({ t: "echo", x });
      await guest.next((frame) => frame.t === "echo" && frame.x === x, WAIT_MS);
      echoes.push(performance.now() - began);
      const received = await next.next((frame) => frame.t === "from", WAIT_MS);
      if (received.payload !== x || received.id !== guest.id) throw new Error("out of order");
    } catch {
      lost++;
      if (guest.closed || next.closed) return;
    }
    await pause(Math.max(1, ECHO_INTERVAL_MS - (performance.now() - began)));
  }
}

async function joining(): Promise<void> {
  for (;; await pause(JOIN_INTERVAL_MS)) await (newcomer = join());
}

async function join(): Promise<void> {
  try {
    const guest = await Guest.join(link, undefined, "127.0.0.3");
    joins.push(guest.offerToIdMs);
    guest.leave();
  } catch {
    failedJoins++;
  }
}
