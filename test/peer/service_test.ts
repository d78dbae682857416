/**
 * The service for a Raspberry Pi: its file, its guide, and the hub under systemd itself with all
 * the service's restrictions, where this machine can do that.
 */

import { parseFlags } from "../../cli/flags.ts";
import { makeFolder } from "../support/folder.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import {
  DENO_INSIDE,
  LIBRARIES,
  type PoweredOn,
  powerOn,
  whyNotPowerOn,
} from "./support/service_manager.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const UNIT = `${ROOT}pi/kibitz-offline.service`;
/** The names that the world expects (docs/PROTOCOL.md §7), of the files that a Pi needs. */
const ASSETS = ["kibitz-offline-raspberry-pi", "kibitz-offline.service"];

/** Runs a program; its exit code and all that it printed. */
async function outcome(program: string, ...args: string[]): Promise<[code: number, text: string]> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" })
    .output();
  const decoder = new TextDecoder();
  return [code, decoder.decode(stdout) + decoder.decode(stderr)];
}

async function isInstalled(program: string): Promise<boolean> {
  return await outcome(program, "--version").then(([code]) => code === 0, () => false);
}

const analyzer = await isInstalled("systemd-analyze");
if (!analyzer) console.warn("systemd-analyze is missing (package systemd): two tests are skipped");
const noPower = await whyNotPowerOn();
if (noPower !== undefined) {
  console.warn(`The service is not tried under systemd itself: ${noPower}.`);
}

// ── The file ────────────────────────────────────────────────────────────────────────────────────

/** The values of a key in the unit, in order. */
async function valuesOf(key: string): Promise<string[]> {
  const lines = (await Deno.readTextFile(UNIT)).split("\n");
  return lines.filter((line) => line.startsWith(`${key}=`)).map((line) =>
    line.slice(key.length + 1)
  );
}

Deno.test("the service starts the hub with valid flags, and with its state where it may write", async () => {
  const [program, ...args] = (await valuesOf("ExecStart"))[0].split(" ");
  assertEquals(program, "/usr/local/bin/kibitz-offline");
  assertEquals(args.pop(), "$KIBITZ_FLAGS");
  const [directory] = await valuesOf("StateDirectory");
  for (const own of [[], ["--no-fixed-id"], ["--no-fixed-id", "--port", "4712"]]) {
    const command = parseFlags([...args, ...own]);
    assert(command.kind === "run");
    assertEquals(command.config.statePath, `/var/lib/${directory}/relay-state.json`);
    assertEquals(command.config.fixedId, own.length === 0);
  }
});

Deno.test("the service does not wait for a network, and never gives up", async () => {
  const text = await Deno.readTextFile(UNIT);
  assert(!text.includes("network-online"));
  assertEquals(await valuesOf("Requires"), []);
  assertEquals(await valuesOf("Restart"), ["always"]);
  assertEquals(await valuesOf("StartLimitIntervalSec"), ["0"]);
});

Deno.test({
  name: "systemd finds nothing wrong with the service file",
  ignore: !analyzer,
  async fn() {
    await using folder = await makeFolder("unit");
    const directory = folder.path;
    // The program is not installed here; any other that exists stands for it.
    const text = (await Deno.readTextFile(UNIT)).replace(/^ExecStart=\S+/m, "ExecStart=/bin/true");
    await Deno.writeTextFile(`${directory}/kibitz-offline.service`, text);
    const unit = `${directory}/kibitz-offline.service`;
    const [code, output] = await outcome(
      "systemd-analyze",
      "verify",
      "--recursive-errors=no",
      unit,
    );
    // It loads what the unit refers to as well, and has words for other units of this machine.
    const ours = output.split("\n").filter((line) => line.includes("kibitz-offline"));
    assertEquals([code, ours], [0, []]);
  },
});

Deno.test({
  name: "systemd rates the service's exposure as OK, at most 2.0 of 10",
  ignore: !analyzer,
  async fn() {
    const flags = ["--no-pager", "--offline=true", "--threshold=20"];
    const [code, output] = await outcome("systemd-analyze", "security", ...flags, UNIT);
    assertEquals(code, 0, output);
    assertMatch(output, /Overall exposure level for kibitz-offline\.service: [01]\.\d OK/);
  },
});

// ── The guide ───────────────────────────────────────────────────────────────────────────────────

const guide = await Deno.readTextFile(`${ROOT}pi/README.md`);

/** The commands of the guide's one grey box that contains `part`. */
function commands(part: string): string {
  const boxes = Array.from(guide.matchAll(/```sh\n(.*?)```/gs), ([, text]) => text);
  const found = boxes.filter((text) => text.includes(part));
  assertEquals(found.length, 1, `boxes with ${part}`);
  return found[0];
}

Deno.test("the guide names the files of a release and the places of the service", async () => {
  for (const name of ASSETS) assertStringIncludes(guide, name);
  const named = guide.match(/\bkibitz-offline-(?:raspberry-pi|linux|mac|windows)[\w.-]*/g) ?? [];
  assertEquals([...new Set(named)], ["kibitz-offline-raspberry-pi"]);
  assertStringIncludes(guide, "/usr/local/bin/kibitz-offline");
  assertStringIncludes(guide, "/var/lib/kibitz-offline");
  const [file] = await valuesOf("EnvironmentFile");
  assertStringIncludes(guide, file.replace(/^-/, ""));
  for (const [, flags] of guide.matchAll(/KIBITZ_FLAGS=([^'"\n`]*)/g)) {
    assertEquals(parseFlags(flags.split(" ").filter((flag) => flag !== "")).kind, "run", flags);
  }
});

// ── Under systemd ───────────────────────────────────────────────────────────────────────────────

/** A system call that the unit does not allow ends the hub, so that none goes unnoticed. */
const STRICT = "SystemCallErrorNumber=kill";
const STATE = "/var/lib/kibitz-offline/relay-state.json";
const LINK = "/var/lib/kibitz-offline/relay-link.txt";

Deno.test({
  name:
    "on a Pi without a network the hub is ready, unprivileged, and uses a cable that is plugged in later",
  ignore: noPower !== undefined,
  async fn() {
    await using pi = await powerOn([STRICT]);
    await pi.shell(commands("enable --now"));
    assertEquals(await pi.property("ActiveState"), "active");
    assertEquals(await pi.property("StatusText"), "0 guests in 0 rooms");

    const status = await pi.shell(`cat /proc/${await pi.property("MainPID")}/status`);
    assertMatch(status, /^CapBnd:\t0+$/m);
    assertMatch(status, /^CapEff:\t0+$/m);
    assertMatch(status, /^NoNewPrivs:\t1$/m);
    assertMatch(status, /^Seccomp:\t2$/m);
    assertMatch(status, /^Uid:\t[1-9]\d+\t/m);
    assertEquals(await pi.shell(`stat -L -c %a ${LINK}`), "600\n");
    assertEquals(await pi.shell("ls -A /run/kibitz-offline"), "");

    await pi.shell(
      "ip link add eth0 type veth peer name router && ip link set router up && " +
        "ip link set eth0 up && ip addr add 192.168.77.5/24 dev eth0",
    );
    await pi.until(
      async () => (await pi.shell(`cat ${LINK}`)).includes("|192.168.77.5~4711"),
      "the link names the new address",
    );
    await pi.shell(commands("disable --now").split("\n")[0]);
    assertEquals(await pi.property("Result"), "success");
    assertEquals(await pi.property("ExecMainStatus"), "0");
  },
});

Deno.test({
  name: "under the service's restrictions the hub relays media on its own thread",
  ignore: noPower !== undefined,
  async fn() {
    await using pi = await powerOn([STRICT]);
    await pi.shell(commands("enable --now"));
    const pid = await pi.property("MainPID");
    // The first datagram, whatever it is, starts the thread.
    await pi.shell("bash -c 'echo > /dev/udp/127.0.0.1/3478'");
    await pi.until(
      async () => /^worker/m.test(await pi.shell(`cat /proc/${pid}/task/*/comm`)),
      "the media relay's thread",
    );
  },
});

/**
 * What somebody would try who has taken over the hub, and with it the right to call the C library.
 * Prints what came of each attempt: 0 for a success, otherwise the number of the error.
 */
const INTRUDER = `
const libc = Deno.dlopen("${LIBRARIES}/libc.so.6", {
  memmove: { parameters: ["buffer", "buffer", "usize"], result: "u64" },
  posix_spawn: {
    parameters: ["buffer", "buffer", "pointer", "pointer", "buffer", "buffer"],
    result: "i32",
  },
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
});
const text = (string) => new TextEncoder().encode(string.padEnd(100, "\\0"));
const spawn = (path) => {
  const name = text(path);
  const args = BigUint64Array.of(libc.symbols.memmove(name, name, 0n), ...new Array(10).fill(0n));
  const [pid, none] = [new Int32Array(20), new BigUint64Array(20)];
  const bytes = (array) => new Uint8Array(array.buffer);
  return libc.symbols.posix_spawn(bytes(pid), name, null, null, bytes(args), bytes(none));
};
console.log("a program of the system", spawn("/usr/bin/id"));
for (const folder of ["/var/lib/kibitz-offline", "/run/kibitz-offline", "/tmp", "/var/tmp", "/dev/shm"]) {
  let came;
  try {
    Deno.copyFileSync("/usr/bin/id", folder + "/program");
    Deno.chmodSync(folder + "/program", 0o755);
    came = spawn(folder + "/program");
  } catch {
    came = "cannot be written";
  }
  console.log("one that it writes to " + folder + ":", came);
}
console.log("one in memory", libc.symbols.memfd_create(text("program"), 0));
`;

/** Runs the intruder in the hub's place; what it printed. */
async function intrude(pi: PoweredOn): Promise<string> {
  const script = "/usr/local/lib/kibitz-test/intruder.js";
  await pi.shell(`cat > ${script} <<'END'\n${INTRUDER}END\n`);
  const deno = `${DENO_INSIDE} run --quiet --no-config --allow-read --allow-write`;
  await pi.shell(
    "cat > /run/units/kibitz-offline.service.d/zz-intruder.conf <<'END'\n" +
      "[Service]\nType=oneshot\nRestart=no\nWatchdogSec=0\nExecStart=\n" +
      `ExecStart=${deno} --allow-ffi=${LIBRARIES}/libc.so.6 ${script}\n` +
      "Environment=DENO_DIR=/var/lib/kibitz-offline/deno DENO_NO_UPDATE_CHECK=1\nEND\n",
  );
  await pi.shell("sudo install -m 644 kibitz-offline.service /etc/systemd/system/");
  await pi.shell("sudo systemctl daemon-reload; sudo systemctl start kibitz-offline || true");
  return await pi.shell("cat /var/log/hub");
}

Deno.test({
  name: "whoever takes over the hub can start no program with the C library",
  ignore: noPower !== undefined,
  async fn() {
    const EACCES = 13;
    {
      await using pi = await powerOn();
      const said = await intrude(pi);
      assertStringIncludes(said, `a program of the system ${EACCES}\n`);
      for (const folder of ["/var/lib/kibitz-offline", "/run/kibitz-offline", "/tmp", "/var/tmp"]) {
        assertStringIncludes(said, `one that it writes to ${folder}: ${EACCES}\n`);
      }
      assertMatch(said, /one that it writes to \/dev\/shm: (13|cannot be written)\n/);
      assertStringIncludes(said, "one in memory -1\n");
    }
    // Without these lines of the unit it can: it is they that keep it from doing so.
    await using open = await powerOn(["NoExecPaths=", "ExecPaths=", "SystemCallFilter="]);
    const said = await intrude(open);
    assertStringIncludes(said, "a program of the system 0\n");
    assertMatch(said, /one in memory [0-9]+\n/);
  },
});

Deno.test({
  name: "a hub with its own identity keeps it after a crash, a hang and a restart",
  ignore: noPower !== undefined,
  async fn() {
    await using pi = await powerOn([STRICT, "RestartSec=100ms", "WatchdogSec=3s"]);
    await pi.shell(commands("enable --now"));
    await pi.shell(commands("tee /etc/default/kibitz-offline"));
    const isUp = async () => await pi.property("ActiveState") === "active";
    const state = () => pi.shell(`sha256sum ${STATE}`);
    const restarts = async () => Number(await pi.property("NRestarts"));
    const drawn = await state();

    const crashed = await pi.property("MainPID");
    await pi.shell(`kill -KILL ${crashed}`);
    await pi.until(async () => await restarts() >= 1 && await isUp(), "the start after a crash");
    assertEquals(await state(), drawn);

    const [before, hung] = [await restarts(), await pi.property("MainPID")];
    await pi.shell(`kill -STOP ${hung}`);
    await pi.until(async () => await restarts() > before && await isUp(), "the start after a hang");
    assertEquals(await state(), drawn);

    await pi.shell("systemctl restart kibitz-offline");
    assertEquals(await pi.property("ActiveState"), "active");
    assertEquals(await state(), drawn);
  },
});

Deno.test({
  name: "the guide's commands back up an identity, move it to another Pi, and remove everything",
  ignore: noPower !== undefined,
  async fn() {
    let backup: string;
    {
      await using old = await powerOn();
      await old.shell(commands("enable --now"));
      await old.shell(commands("tee /etc/default/kibitz-offline"));
      await old.shell(commands('chown "$USER"'));
      backup = await old.shell("cat relay-state.json");
    }
    await using pi = await powerOn();
    await pi.shell(commands("enable --now"));
    await pi.shell(commands("tee /etc/default/kibitz-offline"));
    await pi.shell(`cat > relay-state.json <<'END'\n${backup}END\n`);
    await pi.shell(commands(`sudo cp relay-state.json`));
    const { ufrag, pwd } = JSON.parse(backup);
    assertStringIncludes(await pi.shell(`cat ${LINK}`), `|${ufrag}|${pwd}|`);

    const running = await pi.property("MainPID");
    assertMatch(await pi.shell(commands("--version")), /^Kibitz Offline \d/m);
    assert(await pi.property("MainPID") !== running, "the update restarts it");
    assertStringIncludes(await pi.shell(`cat ${LINK}`), `|${ufrag}|${pwd}|`);

    await pi.shell(commands("sudo rm /etc/default/kibitz-offline"));
    assertEquals(await pi.property("ActiveState"), "active");
    assert(!(await pi.shell(`cat ${LINK}`)).includes(ufrag), "the normal identity is back");

    await pi.shell(commands("disable --now"));
    assertEquals(await pi.property("LoadState"), "not-found");
    const places = "/etc/systemd/system /etc/default /var/lib /usr/local/bin /run";
    assertEquals(
      await pi.shell(`find ${places} -name '*kibitz-offline*' -not -path '/run/units/*'`),
      "",
    );
  },
});
