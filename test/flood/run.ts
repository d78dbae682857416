/**
 * One flood, and what it was like: for the hub by what the system says, for honest guests by what
 * they saw.
 *
 * @module
 */

import { HonestGuests } from "../support/honest_guests.ts";
import { denoCommand, Program } from "../support/program.ts";
import type { Experience } from "./honest.ts";
import type { FloodedHub } from "./ground.ts";

/** What `flooder.ts` can do, with what is shown of it. */
export const FLOODS: Readonly<Record<string, string>> = {
  strangers: "datagrams of all shapes, new addresses",
  hellos: "ClientHellos without a check",
  checks: "valid checks, new addresses and ports",
  checks1: "valid checks, one address, new ports",
  forgedChecks: "valid checks in the name of guests",
  forgedRecords: "ClientHellos, records in the name of guests",
  handshakes: "handshakes not finished, one address",
  handshakes50: "handshakes not finished, 50 addresses",
  idle: "1,024 idle guests",
  echoes: "one guest: echoes, as fast as it can",
  bigEchoes: "one guest: echoes of 200 KB",
  peers: "one guest: peers requests",
  to: "one guest: frames to others and itself",
  rooms: "one guest: ever new rooms",
  deaf: "guests that never read",
  turnAllocations: "TURN allocations of one address",
  turnStrangers: "TURN requests, wrong credentials",
  http: "1,000 HTTP connections held open",
};

/** Has honest guests join the hub that is to be flooded. */
export function joinHonestly(hub: FloodedHub): Promise<HonestGuests<Experience>> {
  return HonestGuests.join("test/flood/honest.ts", JSON.stringify(hub.target));
}

/**
 * What strangers send: a million in twenty seconds, more small packets than a Wi-Fi carries. Beyond
 * what the hub's thread can take from its socket the system drops packets, honest ones among them.
 */
const PACKETS_PER_SECOND = 50_000;

/** What a flood may take besides its load: its start, and giving back what it holds. */
const FLOODER_MS = 60_000;

/** A flood that was. */
export interface Outcome {
  readonly sent: number;
  readonly note: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly honest: Experience;
  readonly megabytes: { readonly before: number; readonly during: number };
}

/** Lets one flood loose on a hub with honest guests in it, for so many seconds. */
export async function flood(
  hub: FloodedHub,
  guests: HonestGuests<Experience>,
  name: string,
  seconds: number,
  packetsPerSecond = PACKETS_PER_SECOND,
): Promise<Outcome> {
  const before = hub.megabytes;
  await guests.report();
  const [began, cpu] = [performance.now(), hub.cpuSeconds];
  const target = JSON.stringify({ ...hub.target, victims: guests.addresses });
  await using flooder = new Program(
    denoCommand("test/flood/flooder.ts", name, `${seconds}`, target, `${packetsPerSecond}`),
    // Longer than its load and the time that it has for giving back what it holds.
    { stderr: "inherit", giveUpMs: seconds * 1000 + FLOODER_MS },
  );
  let during = before;
  const watch = setInterval(() => during = Math.max(during, hub.megabytes), 250);
  const { sent, note } = JSON.parse(await flooder.line((line) => line.startsWith("{")));
  clearInterval(watch);
  return {
    sent,
    note,
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: hub.cpuSeconds - cpu,
    honest: await guests.report(),
    megabytes: { before, during },
  };
}

/** What must be as before when a flood is over: how much of it is left. */
export async function leftovers(
  hub: FloodedHub,
): Promise<{ guests: number; rooms: number; allocations: number; files: number }> {
  const { guests, rooms, turn } = await hub.status();
  return { guests, rooms, allocations: turn.allocations, files: hub.files };
}
