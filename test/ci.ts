/**
 * Everything that has to hold before a change goes in: style, types, unit and peer tests, and the
 * proof in a LAN of namespaces with real browsers. As root on Debian it installs what that proof
 * needs. The last line sums up all tests: `N passed, N failed`.
 *
 * With the argument `unit` or `peer` these tests only.
 *
 * @module
 */

import { build } from "./support/release_build.ts";

/** Debian packages the tests need, each with a program or file that shows that it is there. */
const PACKAGES: Readonly<Record<string, string>> = {
  "chromium": "chromium",
  "firefox-esr": "firefox-esr",
  "iproute2": "ip",
  "tcpdump": "tcpdump",
  "coturn": "turnutils_uclient",
  "avahi-daemon": "avahi-daemon",
  "avahi-utils": "avahi-browse",
  "dbus": "dbus-daemon",
  "bind9-dnsutils": "dig",
  "systemd": "systemd-analyze",
  "openssl": "openssl",
  "gnutls-bin": "gnutls-cli",
  "gcc": "gcc",
  "libc6-dev": "/usr/include/stdio.h",
  "libmbedtls-dev": "/usr/include/mbedtls/ssl.h",
  "libwolfssl-dev": "/usr/include/wolfssl/ssl.h",
  "python3-aiortc": "/usr/lib/python3/dist-packages/aiortc/__init__.py",
  "qemu-user-static": "qemu-aarch64-static",
  "qemu-system-arm": "qemu-system-aarch64",
  "prometheus": "promtool",
};

/**
 * Tests have packages that the hub does not: in `deno.json`, they would be fetched at the first start
 * of every hub. What is run from `test/` finds this file by itself.
 */
const TESTS_CONFIG = ["--config", "test/deno.json"];

interface Tally {
  passed: number;
  failed: number;
  /** What each step that failed said about it, to be repeated at the end. */
  complaints: string[];
}

/** How much of a failed step's output is repeated, in characters. */
const COMPLAINT_LENGTH = 3_000;

if (import.meta.main) {
  const tally: Tally = { passed: 0, failed: 0, complaints: [] };
  const only = Deno.args[0];
  const all = only === undefined;
  if (all) {
    await installPackages();
    await step(["fmt", "--check"], tally);
    await step(["lint"], tally);
    await step(["check", ...TESTS_CONFIG, "."], tally);
    await step(["check", "--config", "http/call/deno.json", "http/call"], tally);
  }
  if (all || only === "unit") await step(["test", "-A", ...TESTS_CONFIG, "test/unit"], tally);
  // Each in a process of its own: Deno gives every test file an isolate, and the native addon of
  // node-datachannel brings the process down when a second isolate loads it.
  const peer = all || only === "peer" ? await testFiles("test/peer") : [];
  for (const file of peer) await step(["test", "-A", ...TESTS_CONFIG, file], tally);
  if (all) {
    await step(["run", "-A", "test/fuzz/main.ts", "--packets", "200000", "--seed", "1"], tally);
    await step(["test", "-A", ...TESTS_CONFIG, "test/flood/flood_test.ts"], tally);
    await step(["run", "-A", "test/soak/main.ts", "--minutes", "1"], tally);
    await step(["cache", "main.ts"], tally);
    await step(["cache", ...TESTS_CONFIG, "test/lan/driver.ts"], tally);
    await step(["test", "-A", ...TESTS_CONFIG, "test/lan"], tally);
    await testExecutables(tally);
  }
  for (const complaint of tally.complaints) console.log(`\n── What failed: ${complaint}`);
  console.log(`\n${tally.passed} passed, ${tally.failed} failed`);
  Deno.exit(tally.failed === 0 ? 0 : 1);
}

/** The test files of a folder, in the order of their names. */
async function testFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith("_test.ts")) files.push(`${folder}/${name}`);
  }
  return files.sort();
}

/** Builds the executables where there are runtimes for them, and tests them as far as they can run. */
async function testExecutables(tally: Tally): Promise<void> {
  const { code, stderr, lacksRuntime } = await build(".");
  if (lacksRuntime) {
    console.log(`\nThe executables are not tested: ${stderr}`);
    return;
  }
  if (code !== 0) {
    console.log(stderr);
    tally.failed++;
    tally.complaints.push(`deno run -A build.ts\n${stderr}`);
    return;
  }
  for (const file of await testFiles("test/executable")) {
    await step(["test", "-A", ...TESTS_CONFIG, file], tally);
  }
  const env = { KIBITZ_HUB: await Deno.realPath("dist/kibitz-offline-linux") };
  for (const file of ["test/peer/cli_hub_test.ts", "test/peer/cli_process_test.ts"]) {
    await step(["test", "-A", ...TESTS_CONFIG, file], tally, env);
  }
  const lan = ["calls_home", "join", "names", "restart"].map((name) => `test/lan/${name}_test.ts`);
  await step(["test", "-A", ...TESTS_CONFIG, ...lan], tally, env);
  const call = ["--filter=Three guests", "test/lan/call_test.ts"];
  await step(["test", "-A", ...TESTS_CONFIG, ...call], tally, env);
}

/**
 * Runs a step with this Deno. What fails without being a test counts as one failure.
 *
 * @param env added to its environment.
 */
async function step(
  args: string[],
  tally: Tally,
  env: Record<string, string> = {},
): Promise<void> {
  console.log(`\n── deno ${args.join(" ")}`);
  const began = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let output = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    output += decoder.decode(chunk, { stream: true });
    for (let sent = 0; sent < chunk.length;) sent += Deno.stdout.writeSync(chunk.subarray(sent));
  }
  const { success } = await child.status;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`── ${success ? "done" : "FAILED"}: deno ${args.join(" ")} (${seconds} s)`);
  const summary = /^(?:ok|FAILED) \| (\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed/m
    .exec(output);
  const failed = Number(summary?.[2] ?? 0);
  tally.passed += Number(summary?.[1] ?? 0);
  tally.failed += success ? failed : Math.max(failed, 1);
  if (!success) tally.complaints.push(`deno ${args.join(" ")}\n${complaintIn(output)}`);
}

/** The errors that `deno test` lists, or the end of an output that has no such list. */
function complaintIn(output: string): string {
  const errors = output.indexOf("\n ERRORS \n");
  return errors >= 0
    ? output.slice(errors, errors + COMPLAINT_LENGTH)
    : output.slice(-COMPLAINT_LENGTH);
}

/** Installs the packages that are missing, as root where there is apt; else says what is missing. */
async function installPackages(): Promise<void> {
  const missing: string[] = [];
  for (const [name, program] of Object.entries(PACKAGES)) {
    if (!await isInstalled(program)) missing.push(name);
  }
  if (missing.length === 0) return;
  if (Deno.uid() !== 0 || !await isInstalled("apt-get")) {
    console.log(`Not installed, and only root can do it with apt: ${missing.join(", ")}.`);
    return;
  }
  console.log(`── installing ${missing.join(", ")}`);
  const apt = async (...args: string[]) => {
    const { success, stdout, stderr } = await new Deno.Command("apt-get", {
      args,
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "null",
    }).output();
    if (success) return;
    const decoder = new TextDecoder();
    console.log(decoder.decode(stdout) + decoder.decode(stderr));
    console.log(`apt-get ${args[0]} failed; the tests that need these packages will say so.`);
  };
  await apt("update", "-q");
  await apt("install", "-q", "-y", "--no-install-recommends", ...missing);
}

async function isInstalled(program: string): Promise<boolean> {
  if (program.startsWith("/")) return await Deno.stat(program).then(() => true, () => false);
  const directories = [
    ...(Deno.env.get("PATH") ?? "").split(":"),
    "/usr/sbin",
    "/sbin",
  ];
  for (const directory of directories) {
    if (
      await Deno.stat(`${directory}/${program}`).then(() => true, () => false)
    ) return true;
  }
  return false;
}
