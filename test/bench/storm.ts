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

const ROOT = new URL("../../", import.meta.url).pathname;
const PORT = 47_120;
/** What discovery allows from the offer to the id (docs/PROTOCOL.md §5). */
const DISCOVERY_MS = 1400;
const SETTLE_MS = 2000;

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
  const state = await Deno.makeTempDir();
  const hub = deno("main.ts", "--quiet", "--http=0", "--advertise=127.0.0.1", "--turn=off")(
    `--port=${PORT}`,
    `--state=${state}/state.json`,
  );
  const link = await line(hub, /^LINK (.*)$/);
  await pause(SETTLE_MS);
  const before = cpuSeconds(hub.pid);
  const crowd = deno("test/bench/load.ts", "crowd", link)(String(guests));
  const { times } = JSON.parse(await line(crowd, /^(\{.*\})$/)) as { times: number[] };
  const hubCpuMs = (cpuSeconds(hub.pid) - before) * 1000 / guests;
  const guestsCpuMs = cpuSeconds(crowd.pid) * 1000 / guests;
  await pause(SETTLE_MS);
  const megabytes = residentMegabytes(hub.pid);
  for (const process of [crowd, hub]) {
    process.kill("SIGKILL");
    await process.status;
  }
  await Deno.remove(state, { recursive: true });
  times.sort((a, b) => a - b);
  const at = (q: number) => times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? NaN;
  return {
    guests,
    joined: times.length,
    p50: at(0.5),
    p99: at(0.99),
    worst: at(1),
    hubCpuMs,
    guestsCpuMs,
    megabytes,
  };
}

/** Starts one of this repository's programs. */
function deno(...program: string[]): (...args: string[]) => Deno.ChildProcess {
  return (...args) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", ...program, ...args],
      cwd: ROOT,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
}

async function line(process: Deno.ChildProcess, pattern: RegExp): Promise<string> {
  let text = "";
  for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (const complete of text.split("\n").slice(0, -1)) {
      const match = pattern.exec(complete);
      if (match !== null) return match[1];
    }
  }
  throw new Error(`the process ended before it printed ${pattern}`);
}

function cpuSeconds(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentMegabytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) / 1024;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
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
