/**
 * `deno task bench`: what the hub costs and how fast it is, as a table. Machines differ and are
 * noisy, so every figure comes with a reference measured in the same run. Compare the ratios. Linux only: it reads /proc.
 *
 *     deno task bench [PART…]    # start, joins, crowd, routing, echoes, hall
 *
 * @module
 */

import { makeFolder } from "../support/folder.ts";
import { HubProcess } from "../support/hub_process.ts";
import { cpuSecondsOf, megabytesOf } from "../support/proc.ts";
import { denoCommand, Program } from "../support/program.ts";
import { median, quantile } from "../support/quantiles.ts";
import { pause } from "../support/waiting.ts";

const PORT = 47_110;
const CROWD = 200;
const ROUTERS = 8;
const ECHOERS = 20;
const ECHO_BYTES = 200;
/** Longest that a load may take, on a slow machine. */
const GIVE_UP_MS = 300_000;
/** After that the hub has started, has rehearsed, and has collected its garbage. */
const START_MS = 10_000;
/** After that guests are idle. */
const SETTLE_MS = 3000;

interface Row {
  readonly what: string;
  readonly value: string;
  readonly beside: string;
}

await using folder = await makeFolder("bench");
const rows: Row[] = [];
const row = (what: string, value: string, beside = ""): void => {
  rows.push({ what, value, beside });
  console.error(`  ${what}: ${value}`);
};

/** A hub of its own, from source, in a process of its own, until the block ends. */
async function startHub(): Promise<HubProcess> {
  return await HubProcess.start({ directory: await Deno.makeTempDir({ dir: folder.path }) }, {
    deno: ["run", "-A", "main.ts"],
    flags: ["--quiet", "--http=0", "--advertise=127.0.0.1", `--port=${PORT}`],
    stderr: "inherit",
  });
}

/** What makes the load, in a process of its own, until the block ends. */
function load(...args: string[]): Program {
  const command = denoCommand("test/bench/load.ts", ...args);
  return new Program(command, { stderr: "inherit", giveUpMs: GIVE_UP_MS });
}

/** The next line of JSON that a load prints. */
async function result<T>(process: Program): Promise<T> {
  return JSON.parse(await process.line((line) => line.startsWith("{")));
}

/** Milliseconds until a Deno that does nothing but print has printed. */
async function helloMs(): Promise<number> {
  const file = `${folder.path}/hello.js`;
  await Deno.writeTextFile(file, "console.log('LINK hello')");
  const started = performance.now();
  await using process = new Program([Deno.execPath(), "run", file]);
  await process.line((line) => line.startsWith("LINK "));
  const ms = performance.now() - started;
  await process.ended();
  return ms;
}

async function start(): Promise<void> {
  const hub: number[] = [], hello: number[] = [];
  for (let i = 0; i < 6; i++) {
    hello.push(await helloMs());
    await using process = await startHub();
    hub.push(process.startMs);
    await process.stop();
  }
  // The first of each warms the caches.
  const [h, b] = [median(hub.slice(1)), median(hello.slice(1))];
  row(
    "start to LINK",
    `${h.toFixed(0)} ms`,
    `${(h / b).toFixed(1)} × an empty program (${b.toFixed(0)} ms)`,
  );
}

async function joins(): Promise<void> {
  await using process = await startHub();
  await using guests = load("one", process.link, "20");
  const { times } = await result<{ times: number[] }>(guests);
  row(
    "offer to id, one guest at a time",
    `p50 ${median(times).toFixed(0)} ms, worst ${Math.max(...times).toFixed(0)} ms`,
    "discovery allows 1400 ms",
  );
}

async function crowd(): Promise<void> {
  await using process = await startHub();
  await pause(START_MS);
  const idle = megabytesOf(process.pid);
  row("resident, idle", `${idle.toFixed(0)} MB`);
  const cpuBefore = cpuSecondsOf(process.pid);
  await using guests = load("crowd", process.link, String(CROWD));
  const { times } = await result<{ times: number[] }>(guests);
  const cpu = cpuSecondsOf(process.pid) - cpuBefore;
  row(
    `${CROWD} guests at once`,
    `${times.length} joined`,
    times.length === CROWD ? "all" : "NOT ALL",
  );
  row(
    "offer to id among them",
    `p50 ${median(times).toFixed(0)} ms, p99 ${quantile(times, 0.99).toFixed(0)} ms`,
    `hub CPU ${(cpu * 1000 / times.length).toFixed(1)} ms a guest`,
  );
  await pause(SETTLE_MS);
  const full = megabytesOf(process.pid);
  row(
    `resident with ${times.length}`,
    `${full.toFixed(0)} MB`,
    `${((full - idle) * 1024 / times.length).toFixed(0)} KB a guest`,
  );
  await guests.type("\n");
  await guests.ended();
}

async function routing(): Promise<void> {
  const echo = await echoPerSecond();
  for (const bytes of [100, 10_000]) {
    await using process = await startHub();
    const cpuBefore = cpuSecondsOf(process.pid);
    await using guests = load("route", process.link, String(ROUTERS), String(bytes));
    const { framesPerSecond } = await result<{ framesPerSecond: number }>(guests);
    const cpu = cpuSecondsOf(process.pid) - cpuBefore;
    row(
      `frames of ${bytes} B routed, ${ROUTERS} guests`,
      `${framesPerSecond.toFixed(0)} /s`,
      `1 : ${(echo / framesPerSecond).toFixed(0)} to bare UDP echoes; ${
        (cpu / (framesPerSecond * 5) * 1e6).toFixed(0)
      } µs CPU a frame`,
    );
    await process.stop();
  }
}

/** What an echo costs the hub, beside what it costs a program that does nothing but return datagrams. */
async function echoes(): Promise<void> {
  const bare = await bareEchoCost();
  await using process = await startHub();
  const hub = await echoCost(process, "echo", process.link);
  row(
    `echoes of ${ECHO_BYTES} B, ${ECHOERS} guests`,
    `${hub.perSecond.toFixed(0)} /s`,
    `hub CPU ${hub.microseconds.toFixed(0)} µs each, ${
      (hub.microseconds / bare.microseconds).toFixed(1)
    } × a bare UDP echo (${bare.microseconds.toFixed(0)} µs, ${bare.perSecond.toFixed(0)} /s)`,
  );
  row("resident after these", `${megabytesOf(process.pid).toFixed(0)} MB`);
}

/** The same for a program that does nothing but return datagrams. */
async function bareEchoCost(): Promise<EchoCost> {
  await using server = load("server");
  const { port } = await result<{ port: number }>(server);
  return await echoCost(server, "udp", String(port));
}

interface EchoCost {
  readonly perSecond: number;
  readonly microseconds: number;
}

async function echoCost(server: Program, mode: "udp" | "echo", where: string): Promise<EchoCost> {
  await using guests = load(mode, where, String(ECHOERS), String(ECHO_BYTES));
  let before = cpuSecondsOf(server.pid);
  for (;;) {
    const { isReady, perSecond, count } = await result<Record<string, number>>(guests);
    if (isReady) before = cpuSecondsOf(server.pid);
    else return { perSecond, microseconds: (cpuSecondsOf(server.pid) - before) / count * 1e6 };
  }
}

/** What the load of a room tells in turn: it is ready, it is measured, the figures. */
interface RoomSeen {
  readonly isReady?: true;
  readonly isMeasured?: true;
  readonly guests: number;
  readonly wanted: number;
  readonly delivered: number;
  readonly p50: number;
  readonly p99: number;
  readonly seconds: number;
}

/** An event hall: everybody in one room, each making itself known to all others every 2.5 s. */
async function hall(): Promise<void> {
  await using process = await startHub();
  await using guests = load("room", process.link, String(CROWD));
  let before = 0, began = 0, share = 0;
  for (;;) {
    const seen = await result<RoomSeen>(guests);
    if (seen.isReady) [before, began] = [cpuSecondsOf(process.pid), performance.now()];
    else if (seen.isMeasured) {
      share = (cpuSecondsOf(process.pid) - before) * 1000 / (performance.now() - began);
    } else {
      row(
        `${seen.guests} guests in one room`,
        `p50 ${seen.p50.toFixed(0)} ms, p99 ${seen.p99.toFixed(0)} ms`,
        `${(100 * seen.delivered / seen.wanted).toFixed(1)} % of ${
          (seen.wanted / seen.seconds).toFixed(0)
        } frames/s delivered; hub ${(100 * share).toFixed(0)} % of a core`,
      );
      break;
    }
  }
}

/** Round trips a second of 200-byte datagrams through a bare `Deno.listenDatagram`, 64 under way. */
async function echoPerSecond(): Promise<number> {
  const server = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const client = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  (async () => {
    const buffer = new Uint8Array(2048);
    for (;;) {
      const [bytes, from] = await server.receive(buffer);
      await server.send(bytes, from);
    }
  })().catch(() => {});
  const buffer = new Uint8Array(2048);
  const datagram = new Uint8Array(200);
  for (let i = 0; i < 64; i++) await client.send(datagram, server.addr);
  const deadline = performance.now() + 2000;
  let count = 0;
  while (performance.now() < deadline) {
    await client.receive(buffer);
    await client.send(datagram, server.addr);
    count++;
  }
  client.close();
  server.close();
  return count / 2;
}

const parts = { start, joins, crowd, routing, echoes, hall };
const chosen = Deno.args.length > 0 ? Deno.args : Object.keys(parts);
for (const part of chosen.map((name) => parts[name as keyof typeof parts])) {
  console.error(part.name);
  await part();
}
const widths = [0, 1].map((i) => Math.max(...rows.map((r) => [r.what, r.value][i].length)));
console.log(`\n${navigator.hardwareConcurrency} cores, Deno ${Deno.version.deno}`);
for (const { what, value, beside } of rows) {
  console.log(`${what.padEnd(widths[0])}  ${value.padEnd(widths[1])}  ${beside}`.trimEnd());
}
