/**
 * `deno task flood [NAME…]`: every flood that somebody on the Wi-Fi can make, one after the other,
 * each on a fresh hub with honest guests in it, as a table. Linux only: it reads /proc. On a machine
 * with more cores, this is two for all of it:
 *
 *     taskset -c 0,1 deno run -A test/flood/main.ts
 *     taskset -c 0,1 deno run -A test/flood/main.ts --seconds=60 strangers checks
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { pause } from "../support/waiting.ts";
import { FloodedHub } from "./ground.ts";
import { flood, FLOODS, joinHonestly, leftovers } from "./run.ts";

const AFTER_MS = 35_000;
const WARM_UP_MS = 5000;
const ECHO_LIMIT_MS = 250;

const FLAGS = ["seconds", "hub-flags", "after", "pps"];
const flags = parseArgs(Deno.args, {
  string: FLAGS,
  unknown(argument: string, flag?: string) {
    if (flag === undefined) return true; // the name of a flood
    console.error(`There is no flag ${argument}; there are --${FLAGS.join(", --")}.`);
    Deno.exit(2);
  },
});
const names: string[] = flags._.length > 0 ? flags._.map(String) : Object.keys(FLOODS);
const unknown = names.find((name) => !(name in FLOODS));
if (unknown !== undefined) {
  console.error(`There is no flood "${unknown}"; there are ${Object.keys(FLOODS).join(", ")}.`);
  Deno.exit(2);
}
const seconds = Number(flags.seconds ?? 20);
const afterMs = flags.after === undefined ? AFTER_MS : Number(flags.after) * 1000;

const columns = ["sent", "CPU", "echo p50/p99/max", "lost", "joins", "slowest", "MB"];
console.log(`${"".padEnd(42)}${columns.join(" · ")}`);
let failed = 0;
for (const name of names) {
  await using hub = await FloodedHub.start(flags["hub-flags"]?.split(" "));
  await using guests = await joinHonestly(hub);
  await pause(WARM_UP_MS); // what is calm is measured over this time
  const calm = await guests.report();
  const before = await leftovers(hub);
  // So many guests need a while to come at all.
  const { honest, sent, note, cpuSeconds, megabytes, ...took } = await flood(
    hub,
    guests,
    name,
    name === "idle" ? Math.max(seconds, 60) : seconds,
    flags.pps === undefined ? undefined : Number(flags.pps),
  );
  await pause(afterMs); // so is what comes after; guests that were killed are missed after 30 s
  const after = await leftovers(hub);
  const calmAgain = await guests.report();
  const { counters } = await hub.status();
  const ms = (value: number | null) => value?.toFixed(0) ?? "none";
  const isWell = honest.p99 < ECHO_LIMIT_MS && honest.lost === 0 && honest.failedJoins === 0 &&
    // One honest guest comes and goes all the time.
    after.guests <= before.guests + 1 && after.rooms <= before.rooms + 1;
  if (!isWell) failed++;
  console.log(
    `${isWell ? " " : "!"} ${FLOODS[name].padEnd(40)}` + [
      sent,
      `${(cpuSeconds / took.seconds * 100).toFixed(0)} %`,
      `${ms(honest.p50)}/${ms(honest.p99)}/${ms(honest.worst)} (calm ${ms(calm.p99)}, after ${
        ms(calmAgain.p99)
      })`,
      honest.lost,
      `${honest.joins}+${honest.failedJoins}`,
      ms(honest.slowestJoin),
      `${ms(megabytes.before)}/${ms(megabytes.during)}/${ms(hub.megabytes)}`,
    ].join(" · ") +
      `\n    ${note} · before ${JSON.stringify(before)} after ${JSON.stringify(after)}\n    ${
        JSON.stringify(counters)
      }`,
  );
}
console.log(failed === 0 ? "All floods were borne." : `${failed} floods were not borne.`);
Deno.exit(failed === 0 ? 0 : 1);
