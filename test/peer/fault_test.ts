/**
 * What happens to computers: the power fails, the disk is full, somebody sets the clock, another
 * program takes what the hub needs. An identity that is printed is never lost, and whoever is in the
 * hub stays. KIBITZ_KILLS says how often the hub is killed (200 for a release).
 */

import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { EARLIER_HUB } from "../support/identities.ts";
import { hubCommand } from "../support/hub_process.ts";
import { Program } from "../support/program.ts";
import { freeUdpPort } from "../support/ports.ts";
import { makeFolder } from "../support/folder.ts";
import { Guest } from "../support/guest.ts";
import { startTestHub } from "../support/test_hub.ts";
import { pause } from "../support/waiting.ts";

const KILLS = Number(Deno.env.get("KIBITZ_KILLS") ?? 30);
const YEAR_MS = 365 * 86_400_000;

const canMount = Deno.build.os === "linux" && Deno.uid() === 0 &&
  (await new Deno.Command("unshare", { args: ["--mount", "true"] }).output()).success;
if (!canMount) {
  console.warn("Only root on Linux can fill a disk of its own: those tests are skipped");
}

interface State {
  readonly ufrag: string;
  readonly pwd: string;
  readonly certPem: string;
  readonly keyPem: string;
  readonly port: number;
}

function readState(path: string): State | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** How long a start takes on this machine at the moment, in ms. */
async function msToLink(cwd: string): Promise<number> {
  const started = performance.now();
  const state = `--state=${cwd}/measured/relay-state.json`;
  await Deno.mkdir(`${cwd}/measured`);
  const flags = [
    "--no-fixed-id",
    "--port",
    `${freeUdpPort()}`,
    "--http=0",
    "--turn=off",
    "--quiet",
  ];
  await using process = new Program(hubCommand(...flags, state), { cwd });
  await process.printed(({ stdout }) => stdout.includes("LINK "));
  return performance.now() - started;
}

Deno.test(`killed ${KILLS} times at any moment, while it writes too, a hub never loses its identity`, async () => {
  await using folder = await makeFolder("kill");
  const cwd = folder.path;
  const path = `${cwd}/relay-state.json`;
  const ports = [freeUdpPort(), freeUdpPort()];
  let seed = 20_261_123;
  const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const longestLife = 1.5 * await msToLink(cwd);
  let saved: State | undefined;
  let writes = 0;
  for (let i = 0; i < KILLS; i++) {
    // Every start is asked for another port than the last, so that every start writes.
    const port = ports[i % 2];
    await using process = new Program(
      hubCommand("--no-fixed-id", "--port", `${port}`, "--http=0", "--turn=off", "--quiet"),
      { cwd },
    );
    await pause(random() * longestLife); // at any moment
    process.signal("SIGKILL");
    await process.ended();
    const state = readState(path); // throws if half of it is there
    if (saved !== undefined) {
      assert(state !== undefined, `the identity is gone after kill ${i}`);
      const { port: _before, ...identity } = saved;
      const { port: now, ...same } = state;
      assertEquals(same, identity, `another identity after kill ${i}`);
      assert(now === saved.port || now === port, `port ${now} after kill ${i}`);
    }
    if (state?.port !== saved?.port) writes++;
    saved = state;
  }
  console.log(`  ${writes} of ${KILLS} starts came as far as their write`);
  assert(writes > 0, "no start lived long enough");
  // What was left of writes that were cut short is taken away by a later one.
  const old = new Date(Date.now() - 120_000);
  for (const name of ["relay-state.json.0123abcd.tmp", "relay-state.json.keep.tmp"]) {
    Deno.writeTextFileSync(`${cwd}/${name}`, "half");
    Deno.utimeSync(`${cwd}/${name}`, old, old);
  }
  const next = ports.find((port) => port !== saved?.port)!;
  await using process = new Program(
    hubCommand("--no-fixed-id", "--port", `${next}`, "--http=0", "--turn=off", "--quiet"),
    { cwd },
  );
  await process.printed(({ stdout }) => stdout.includes("LINK "));
  process.signal("SIGTERM");
  assertEquals(await process.ended(), 0);
  const names = [...Deno.readDirSync(cwd)].map(({ name }) => name);
  assert(!names.includes("relay-state.json.0123abcd.tmp"), `${names}`);
  assert(names.includes("relay-state.json.keep.tmp"), "what is not its own stays");
});

/**
 * Runs the hub on a disk of its own, made ready by `prepare`, until it ends or `isEnough` of what it
 * has printed, and says how it ended.
 */
async function onDisk(
  prepare: string,
  args: readonly string[],
  isEnough = ({ stdout }: Program) => /^LINK .*\n/m.test(stdout),
): Promise<{ code: number | Deno.Signal; stderr: string; after: string }> {
  await using disk = await makeFolder("disk");
  // A line on standard input stops the hub.
  const script = `exec 3<&0; mount -t tmpfs -o size=16k tmpfs ${disk.path} && cd ${disk.path} && ` +
    `${prepare}; "$@" & hub=$!; (read _ <&3 && kill -TERM $hub) >/dev/null 2>&1 & waiter=$!; ` +
    `wait $hub; code=$?; kill $waiter 2>/dev/null; cat relay-state.json 2>/dev/null; ` +
    `ls | tr '\\n' ' '; exit $code`;
  await using shell = new Program([
    ...["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"],
    ...args,
  ]);
  await shell.printed(isEnough).then(
    () => shell.type("stop\n"),
    () => {}, // it has ended by itself
  );
  const code = await shell.ended();
  return { code, stderr: shell.stderr, after: shell.stdout };
}

const own = () =>
  hubCommand("--no-fixed-id", "--port", `${freeUdpPort()}`, "--http=0", "--turn=off", "--quiet");
const FILL = "head -c 100000 /dev/zero > full 2>/dev/null";

Deno.test({
  name: "on a full disk a new identity stops the hub with a sentence, and no half of it stays",
  ignore: !canMount,
  async fn() {
    const { code, stderr, after } = await onDisk(FILL, own());
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, "relay-state.json cannot be written");
    assert(!/^ +at /m.test(stderr), stderr);
    assertEquals(after.trim(), "full");
  },
});

Deno.test({
  name: "on a full disk another port stops the hub, and the saved identity stays as it was",
  ignore: !canMount,
  async fn() {
    const state = JSON.stringify({ ...EARLIER_HUB, port: 47_119 });
    const prepare = `printf '%s' '${state}' > relay-state.json; ${FILL}`;
    const { code, stderr, after } = await onDisk(prepare, own());
    assertEquals(code, 2, stderr);
    assertEquals(after.trim(), `${state}full relay-state.json`);
  },
});

Deno.test({
  name: "in a read-only directory a saved identity is used, and the missing link file is a warning",
  ignore: !canMount,
  async fn() {
    const state = JSON.stringify({ ...EARLIER_HUB, port: freeUdpPort() });
    const prepare = `printf '%s' '${state}' > relay-state.json; mount -o remount,ro .; cd .`;
    const args = hubCommand("--no-fixed-id", "--http=0", "--turn=off", "--quiet");
    const { code, stderr, after } = await onDisk(
      prepare,
      args,
      ({ stdout, stderr }) => stdout.includes("LINK ") && stderr.includes("relay-link.txt"),
    );
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "relay-link.txt cannot be written");
    assertStringIncludes(after, `LINK https://kibitz.chat/?galaxy=g1|${EARLIER_HUB.ufrag}|`);
    assert(after.trim().endsWith(`${state}relay-state.json`), after);
  },
});

Deno.test("somebody sets the clock, back an hour and forward a year: nobody notices", async () => {
  const trueNow = Date.now;
  await using hub = await startTestHub();
  const guest = await Guest.join(hub.link);
  try {
    for (const change of [-3_600_000, YEAR_MS, -YEAR_MS]) {
      Date.now = () => trueNow() + change;
      // Longer than the sweep that looks for the silent, and than the watch that looks at addresses.
      for (let second = 0; second < 3; second++) {
        await guest.sync();
        await pause(1000);
      }
      const newcomer = await Guest.join(hub.link);
      await guest.untilPeersAre([guest.id, newcomer.id]);
      newcomer.leave();
      await guest.untilPeersAre([guest.id]);
    }
    assertEquals(hub.status().guests, 1);
    assert(hub.status().uptimeSeconds < 60);
  } finally {
    Date.now = trueNow;
    guest.leave();
  }
});

Deno.test({
  name: "with no file handle left, guests stay and talk",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await makeFolder("files");
    const cwd = folder.path;
    const port = freeUdpPort();
    await using process = new Program(
      hubCommand(
        "--no-fixed-id",
        "--port",
        `${port}`,
        "--http=0",
        "--advertise=127.0.0.1",
        "--turn=off",
      ),
      { cwd },
    );
    await process.printed(({ stdout }) => stdout.includes("tap Allow"));
    const link = /^LINK (.*)$/m.exec(process.stdout)![1];
    const onlyLoopback = link.replace(/\|(?!127\.)[^|]*~\d+/g, "");
    const before = await Guest.join(onlyLoopback);
    const open = [...Deno.readDirSync(`/proc/${process.pid}/fd`)].length;
    const { success } = await new Deno.Command("prlimit", {
      args: [`--pid=${process.pid}`, `--nofile=${open}:${open}`],
    }).output();
    assert(success, "prlimit");
    for (let i = 0; i < 20; i++) await before.sync();
    const after = await Guest.join(onlyLoopback);
    assertEquals(await after.peers(), [before.id, after.id]);
    before.leave();
    after.leave();
    process.signal("SIGTERM");
    assertEquals(await process.ended(), 0);
  },
});
