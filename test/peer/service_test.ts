/**
 * The service for a Raspberry Pi: its file, its guide, and the hub under systemd itself with all
 * the service's restrictions, where this machine can do that.
 */

import { parseFlags } from "../../cli/flags.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { readElfHead, whyNotForPi } from "../elf.ts";
import { powerOn, whyNotPowerOn } from "./support/service_manager.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const UNIT = `${ROOT}pi/kibitz-offline.service`;
const EXECUTABLE = `${ROOT}dist/kibitz-offline-raspberry-pi`;
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

Deno.test("the service starts the hub with flags that it takes, its state where it may write", async () => {
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

Deno.test("the service waits for no network, and never gives up", async () => {
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
    const directory = await Deno.makeTempDir();
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
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "systemd calls the service's exposure OK: 2.0 of 10 at most",
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

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);
const built = await exists(EXECUTABLE);
const arm = Deno.build.arch === "aarch64" ? [] : ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"];
const runsArm = arm.length === 0 || await isInstalled(arm[0]) && await exists(arm[2]);
if (built && !runsArm) {
  console.warn("The Pi's executable is not run: qemu-user or libgcc-s1-arm64-cross is missing");
}

Deno.test({
  name: "the executable for the Pi, where it has been built, is for its processor and page size",
  ignore: !built,
  async fn() {
    assertEquals(whyNotForPi(await readElfHead(EXECUTABLE)), undefined);
  },
});

Deno.test({
  name: "the executable for the Pi, where it has been built and can run, tells its version",
  ignore: !built || !runsArm,
  async fn() {
    const [program, ...args] = [...arm, EXECUTABLE, "--version"];
    const [code, output] = await outcome(program, ...args);
    assertMatch(output, /^Kibitz Offline \d+\.\d+\.\d+\n$/);
    assertEquals(code, 0);
  },
});

// ── Under systemd ───────────────────────────────────────────────────────────────────────────────

/** A system call that the unit does not allow ends the hub, so that none goes unnoticed. */
const STRICT = "SystemCallErrorNumber=kill";
const STATE = "/var/lib/kibitz-offline/relay-state.json";
const LINK = "/var/lib/kibitz-offline/relay-link.txt";

Deno.test({
  name: "a Pi without any network: the hub is ready, unprivileged, and follows when a cable comes",
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
  name: "a hub of its own is the same after a crash, a hang and a restart",
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
  name: "the guide's commands: an own identity is backed up, moved to another Pi, and all removed",
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
