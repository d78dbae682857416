/**
 * `deno task bench:storm [GUESTS…]`: what a crowd that joins in one moment costs the hub, and how
 * long its guests wait. The guests are libdatachannel's, in processes of their own. They need more
 * CPU than the hub does, so what counts on a small machine is the hub's CPU per guest. Linux only: it
 * reads /proc.
 *
 *     deno run -A test/bench/storm.ts 200 500
 *     taskset -c 0,1 deno run -A test/bench/storm.ts 200 500   # everything on two cores
 *
 * @module
 */

import { makeFolder } from "../support/folder.ts";
import { HubProcess } from "../support/hub_process.ts";
import { cpuSecondsOf, megabytesOf } from "../support/proc.ts";
import { denoCommand, Program } from "../support/program.ts";
import { quantile } from "../support/quantiles.ts";
import { pause } from "../support/waiting.ts";

const PORT = 47_120;
/** What discovery allows from the offer to the id (docs/PROTOCOL.md §5). */
const DISCOVERY_MS = 1400;
const SETTLE_MS = 2000;
/** For a crowd on a slow machine. */
const GIVE_UP_MS = 300_000;

interface Storm {
  readonly guests: number;
  readonly joined: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  readonly hubCpuMs: number;
  readonly guestsCpuMs: number;
  readonly megabytes: number;
}

async function storm(guests: number): Promise<Storm> {
  await using folder = await makeFolder("storm");
  await using hub = await HubProcess.start({ directory: folder.path }, {
    flags: ["--quiet", "--http=0", "--advertise=127.0.0.1", "--turn=off", `--port=${PORT}`],
    stderr: "inherit",
  });
  await pause(SETTLE_MS); // what it loads after its link is not the storm's
  const before = cpuSecondsOf(hub.pid);
  await using crowd = new Program(
    denoCommand("test/bench/load.ts", "crowd", hub.link, String(guests)),
    { stderr: "inherit", giveUpMs: GIVE_UP_MS },
  );
  const { times } = JSON.parse(await crowd.line((line) => line.startsWith("{"))) as {
    times: number[];
  };
  const hubCpuMs = (cpuSecondsOf(hub.pid) - before) * 1000 / guests;
  const guestsCpuMs = cpuSecondsOf(crowd.pid) * 1000 / guests;
  await pause(SETTLE_MS);
  const megabytes = megabytesOf(hub.pid);
  return {
    guests,
    joined: times.length,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    worst: quantile(times, 1),
    hubCpuMs,
    guestsCpuMs,
    megabytes,
  };
}

console.log(`${navigator.hardwareConcurrency} cores, Deno ${Deno.version.deno}`);
console.log(
  "guests  joined  offer to id: p50    p99  worst   CPU a guest: hub  guest   hub's memory",
);
for (const guests of Deno.args.length > 0 ? Deno.args.map(Number) : [200, 500]) {
  const { joined, p50, p99, worst, hubCpuMs, guestsCpuMs, megabytes } = await storm(guests);
  const ms = (value: number, digits: number, width: number) =>
    `${value.toFixed(digits)} ms`.padStart(width);
  console.log(
    String(guests).padStart(6) + String(joined).padStart(8) +
      ms(p50, 0, 18) + ms(p99, 0, 8) + ms(worst, 0, 8) +
      ms(hubCpuMs, 1, 16) + ms(guestsCpuMs, 1, 9) + `${megabytes.toFixed(0)} MB`.padStart(13) +
      (p99 < DISCOVERY_MS ? "" : `   over the ${DISCOVERY_MS} ms of discovery`),
  );
}
