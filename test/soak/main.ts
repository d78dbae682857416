/**
 * `deno task soak --minutes N`: a hub in long use, at about fifty times the pace of real guests. They
 * join, talk and leave, some without a word; calls come and go at the relay; the page is looked at; the
 * addresses change. Every ten seconds it prints what the hub's process holds, and in the end how that
 * grew over the second half, with a verdict: exit code 1 if anything grows, or an honest guest lost a
 * frame.
 *
 * As root on Linux it runs in a network namespace of its own, with a network card for the addresses to
 * change on; elsewhere on loopback, and the addresses stay.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { makeFolder } from "../support/folder.ts";
import { HubProcess } from "../support/hub_process.ts";
import { eventually, pause } from "../support/waiting.ts";
import { Life } from "./life.ts";
import { growth, type Sample, sampleOf } from "./samples.ts";

const SAMPLE_MS = 10_000;
/** Guests that vanished are gone after 30 s. */
const QUIET_MS = 45_000;
/** For closing files, when everybody has gone. */
const CLOSING_MS = 10_000;
/** What may be open in the end that was not at the start: the connection of a look, a worker. */
const FILES_MARGIN = 2;
const THREADS_MARGIN = 4;
/** In its first minutes V8 fills the memory that it may have, so memory is judged in longer runs only. */
const MEMORY_MINUTES = 10;
/** What the collector leaves lying about for a while: 200 guests at once are 30 MB. */
const NOISE_MEGABYTES = 12;
const INSIDE = "KIBITZ_SOAK_INSIDE";

const flags = parseArgs(Deno.args, {
  string: ["minutes"],
  unknown(argument: string) {
    console.error(
      `"${argument}" is unknown; the only flag is --minutes, for example --minutes 20.`,
    );
    Deno.exit(2);
  },
});
const minutes = Number(flags.minutes ?? 20);
if (!(minutes > 0)) {
  console.error(`--minutes takes a number above 0, not "${flags.minutes}"; for example 20.`);
  Deno.exit(2);
}
const isInside = Deno.env.get(INSIDE) !== undefined;
if (!isInside && Deno.build.os === "linux" && Deno.uid() === 0) Deno.exit(await runInside());
if (!isInside) console.log("Without root on Linux the addresses do not change.");
Deno.exit(await soak());

/** Runs this program again in a network of its own. */
async function runInside(): Promise<number> {
  const script = [
    "ip link set lo up",
    "ip link add wlan0 type veth peer name air",
    "ip addr add 192.168.77.1/24 dev wlan0",
    "ip link set wlan0 up",
    "ip link set air up",
    `exec "$@"`,
  ].join(" && ");
  const again = [Deno.execPath(), "run", "-A", "--cached-only", import.meta.url, ...Deno.args];
  const { code } = await new Deno.Command("unshare", {
    args: ["--net", "--", "sh", "-c", script, "sh", ...again],
    env: { [INSIDE]: "1" },
  }).spawn().status;
  return code;
}

async function soak(): Promise<number> {
  await using folder = await makeFolder("soak");
  await using hub = await HubProcess.start({ directory: folder.path }, {
    flags: ["--quiet", ...isInside ? [] : ["--advertise=127.0.0.1"]],
    stderr: "inherit",
  });
  const life = new Life(hub.link, isInside);
  await life.begin();
  const began = performance.now();
  const samples: Sample[] = [];
  const start = await sampleOf(hub.pid, began);
  console.log(
    "    s    MB  files  threads  guests  rooms  calls     joins    frames   calls made",
  );
  const end = began + minutes * 60_000;
  for (let next = began + SAMPLE_MS; performance.now() < end; next += SAMPLE_MS) {
    await pause(next - performance.now()); // the pace of the samples
    const sample = await sampleOf(hub.pid, began);
    samples.push(sample);
    console.log(row(sample, life));
  }
  await life.end();
  await eventually("an empty hub", QUIET_MS, async () => {
    const { guests, allocations } = await sampleOf(hub.pid, began);
    return guests === 0 && allocations === 0 || undefined;
  });
  // Files may just be being closed. What is still open then is told by the verdict.
  const last = await eventually("the hub's files to be closed", CLOSING_MS, async () => {
    const sample = await sampleOf(hub.pid, began);
    return isLeft(sample, start) ? undefined : sample;
  }).catch(() => sampleOf(hub.pid, began));
  console.log(row(last, life));
  return verdict(samples, start, last, life);
}

function row(sample: Sample, { joins, frames, calls }: Life): string {
  const { seconds, megabytes, files, threads, guests, rooms, allocations } = sample;
  const cells: [number, number][] = [
    [seconds, 5],
    [megabytes, 6],
    [files, 7],
    [threads, 9],
    [guests, 8],
    [rooms, 7],
    [allocations, 7],
    [joins, 10],
    [frames, 10],
    [calls, 13],
  ];
  return cells.map(([value, width]) => value.toFixed(0).padStart(width)).join("");
}

/** Whether more is there than at the start. */
function isLeft(last: Sample, start: Sample): boolean {
  return last.files > start.files + FILES_MARGIN || last.threads > start.threads + THREADS_MARGIN;
}

/** Says what grew, and whether that is more than chance. */
function verdict(samples: readonly Sample[], start: Sample, last: Sample, life: Life): number {
  const half = samples.slice(samples.length >> 1);
  const hours = (half.at(-1)!.seconds - half[0].seconds) / 3600;
  const memory = growth(half.map(({ seconds, megabytes }) => [seconds / 3600, megabytes]));
  const files = growth(half.map(({ seconds, files }) => [seconds / 3600, files]));
  const complaints: string[] = [];
  // Growth that the scatter cannot explain, and that is more than the collector's leavings.
  const sure = memory.perUnit - 3 * memory.error;
  if (minutes >= MEMORY_MINUTES && sure > 0 && memory.perUnit * hours > NOISE_MEGABYTES) {
    complaints.push("memory grows");
  }
  if (last.files > start.files + FILES_MARGIN) {
    complaints.push(`${last.files - start.files} files stay open`);
  }
  if (last.threads > start.threads + THREADS_MARGIN) complaints.push("threads stay");
  if (last.rooms > 0) complaints.push("rooms stay");
  if (life.lost > 0) complaints.push(`honest guests lost ${life.lost} frames`);
  if (life.failures.length > 0) complaints.push(life.failures.slice(0, 3).join("; "));
  console.log(
    `memory ${memory.perUnit.toFixed(1)} ± ${memory.error.toFixed(1)} MB/h, ` +
      `files ${files.perUnit.toFixed(2)} ± ${files.error.toFixed(2)}/h over the second half; ` +
      `${life.addressChanges} address changes`,
  );
  const judged = minutes >= MEMORY_MINUTES ? "flat" : "flat; too short a run to judge memory";
  console.log(complaints.length === 0 ? judged : `NOT FLAT: ${complaints.join(", ")}`);
  return complaints.length === 0 ? 0 : 1;
}
