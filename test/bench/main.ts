/**
 * `deno task bench`: what the hub costs and how fast it is, as a table. Machines differ and are
 * noisy, so every figure stands beside one of a known thing measured in the same run, and the ratio
 * is what to compare. Linux only: it reads /proc.
 *
 *     deno task bench [PART…]    # start, joins, crowd, routing, echoes, hall
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url).pathname;
const DENO = Deno.execPath();
const PORT = 47_110;
const CROWD = 200;
const ROUTERS = 8;
const ECHOERS = 20;
const ECHO_BYTES = 200;

interface Row {
  readonly what: string;
  readonly value: string;
  readonly beside: string;
}

const rows: Row[] = [];
const row = (what: string, value: string, beside = ""): void => {
  rows.push({ what, value, beside });
  console.error(`  ${what}: ${value}`);
};

/** A hub of its own, from source, in a process of its own. */
async function startHub(): Promise<{ process: Deno.ChildProcess; link: string; startMs: number }> {
  const state = await Deno.makeTempDir();
  const started = performance.now();
  const process = new Deno.Command(DENO, {
    args: ["run", "-A", "main.ts", "--quiet", "--http=0", "--advertise=127.0.0.1"]
      .concat([`--port=${PORT}`, `--state=${state}/state.json`]),
    cwd: ROOT,
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const link = await firstLine(process, /^LINK (.*)$/);
  return { process, link, startMs: performance.now() - started };
}

async function firstLine(process: Deno.ChildProcess, pattern: RegExp): Promise<string> {
  for await (const line of lines(process)) {
    const match = pattern.exec(line);
    if (match !== null) return match[1];
  }
  throw new Error(`the hub ended before it printed ${pattern}`);
}

async function* lines(process: Deno.ChildProcess): AsyncGenerator<string, void> {
  let text = "";
  for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
    const complete = (text + chunk).split("\n");
    text = complete.pop()!;
    yield* complete;
  }
}

async function stop(process: Deno.ChildProcess): Promise<void> {
  process.kill("SIGTERM");
  await process.status;
}

function load(...args: string[]): Deno.ChildProcess {
  return new Deno.Command(DENO, {
    args: ["run", "-A", "test/bench/load.ts", ...args],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function result(process: Deno.ChildProcess): Promise<Record<string, never>> {
  return JSON.parse(await firstLine(process, /^(\{.*\})$/));
}

function megabytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) / 1024;
}

function cpuSeconds(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) =>
    a - b
  )[Math.min(values.length - 1, Math.floor(values.length * q))];
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Milliseconds until a Deno that does nothing but print has printed. */
async function helloMs(): Promise<number> {
  const file = await Deno.makeTempFile({ suffix: ".js" });
  await Deno.writeTextFile(file, "console.log('LINK hello')");
  const started = performance.now();
  const process = new Deno.Command(DENO, { args: ["run", file], stdout: "piped" }).spawn();
  await firstLine(process, /^LINK (.*)$/);
  const ms = performance.now() - started;
  await process.status;
  return ms;
}

async function start(): Promise<void> {
  const hub: number[] = [], hello: number[] = [];
  for (let i = 0; i < 6; i++) {
    hello.push(await helloMs());
    const { process, startMs } = await startHub();
    hub.push(startMs);
    await stop(process);
  }
  // The first of each warms the caches.
  const [h, b] = [quantile(hub.slice(1), 0.5), quantile(hello.slice(1), 0.5)];
  row(
    "start to LINK",
    `${h.toFixed(0)} ms`,
    `${(h / b).toFixed(1)} × an empty program (${b.toFixed(0)} ms)`,
  );
}

async function joins(): Promise<void> {
  const { process, link } = await startHub();
  const { times } = await result(load("one", link, "20")) as unknown as { times: number[] };
  row(
    "offer to id, one guest at a time",
    `p50 ${quantile(times, 0.5).toFixed(0)} ms, worst ${Math.max(...times).toFixed(0)} ms`,
    "discovery allows 1400 ms",
  );
  await stop(process);
}

async function crowd(): Promise<void> {
  const { process, link } = await startHub();
  await pause(2000);
  const idle = megabytes(process.pid);
  row("resident, idle", `${idle.toFixed(0)} MB`);
  const cpuBefore = cpuSeconds(process.pid);
  const guests = load("crowd", link, String(CROWD));
  const { times } = await result(guests) as unknown as { times: number[] };
  const cpu = cpuSeconds(process.pid) - cpuBefore;
  row(
    `${CROWD} guests at once`,
    `${times.length} joined`,
    times.length === CROWD ? "all" : "NOT ALL",
  );
  row(
    "offer to id among them",
    `p50 ${quantile(times, 0.5).toFixed(0)} ms, p99 ${quantile(times, 0.99).toFixed(0)} ms`,
    `hub CPU ${(cpu * 1000 / times.length).toFixed(1)} ms a guest`,
  );
  await pause(3000);
  const full = megabytes(process.pid);
  row(
    `resident with ${times.length}`,
    `${full.toFixed(0)} MB`,
    `${((full - idle) * 1024 / times.length).toFixed(0)} KB a guest`,
  );
  const writer = guests.stdin.getWriter();
  await writer.write(new Uint8Array(1)).catch(() => {});
  await guests.status;
  await stop(process);
}

async function routing(): Promise<void> {
  const echo = await echoPerSecond();
  for (const bytes of [100, 10_000]) {
    const { process, link } = await startHub();
    const cpuBefore = cpuSeconds(process.pid);
    const { framesPerSecond } = await result(
      load("route", link, String(ROUTERS), String(bytes)),
    ) as unknown as { framesPerSecond: number };
    const cpu = cpuSeconds(process.pid) - cpuBefore;
    row(
      `frames of ${bytes} B routed, ${ROUTERS} guests`,
      `${framesPerSecond.toFixed(0)} /s`,
      `1 : ${(echo / framesPerSecond).toFixed(0)} to bare UDP echoes; ${
        (cpu / (framesPerSecond * 5) * 1e6).toFixed(0)
      } µs CPU a frame`,
    );
    await stop(process);
  }
}

/** What an echo costs the hub, beside what it costs a program that does nothing but return datagrams. */
async function echoes(): Promise<void> {
  const server = load("server");
  const { port } = await result(server) as unknown as { port: number };
  const bare = await echoCost(server, "udp", String(port));
  server.kill("SIGKILL");
  await server.status;
  const { process, link } = await startHub();
  const hub = await echoCost(process, "echo", link);
  row(
    `echoes of ${ECHO_BYTES} B, ${ECHOERS} guests`,
    `${hub.perSecond.toFixed(0)} /s`,
    `hub CPU ${hub.microseconds.toFixed(0)} µs each, ${
      (hub.microseconds / bare.microseconds).toFixed(1)
    } × a bare UDP echo (${bare.microseconds.toFixed(0)} µs, ${bare.perSecond.toFixed(0)} /s)`,
  );
  row("resident after these", `${megabytes(process.pid).toFixed(0)} MB`);
  await stop(process);
}

async function echoCost(
  server: Deno.ChildProcess,
  mode: "udp" | "echo",
  where: string,
): Promise<{ perSecond: number; microseconds: number }> {
  const guests = load(mode, where, String(ECHOERS), String(ECHO_BYTES));
  let before = cpuSeconds(server.pid);
  for await (const line of lines(guests)) {
    const { isReady, perSecond, count } = JSON.parse(line) as Record<string, number>;
    if (isReady) before = cpuSeconds(server.pid);
    else return { perSecond, microseconds: (cpuSeconds(server.pid) - before) / count * 1e6 };
  }
  throw new Error("the load ended before it had measured anything");
}

/** An event hall: everybody in one room, each making itself known to all others every 2.5 s. */
async function hall(): Promise<void> {
  const { process, link } = await startHub();
  let before = 0, began = 0, share = 0;
  for await (const line of lines(load("room", link, String(CROWD)))) {
    const seen = JSON.parse(line);
    if (seen.isReady) [before, began] = [cpuSeconds(process.pid), performance.now()];
    else if (seen.isMeasured) {
      share = (cpuSeconds(process.pid) - before) * 1000 / (performance.now() - began);
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
  await stop(process);
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
