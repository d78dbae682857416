/**
 * A Raspberry Pi in a box: systemd itself as process 1 of namespaces of its own, without services
 * and without any network. In its home folder lie the two files that the guide starts with. What it
 * writes is in memory. Needs root, systemd and control groups of version 2.
 *
 * In the place of the executable stands a script that runs this Deno on this source, so that the
 * kernel tries the service's restrictions on the program as it is.
 *
 * @module
 */

import { assert } from "../../assert.ts";
import { Program } from "../../support/program.ts";
import { eventually } from "../../support/waiting.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const SYSTEMD = "/lib/systemd/systemd";
/** Where Debian has its libraries. */
export const LIBRARIES = `/usr/lib/${Deno.build.arch}-linux-gnu`;
/** The Deno that stands for the executable, inside. */
export const DENO_INSIDE = "/usr/local/lib/kibitz-test/deno";

/** Nothing a test waits for takes so long; it only ends tests that would wait for ever. */
const GIVE_UP_MS = 60_000;

/** A computer that is switched on. */
export interface PoweredOn extends AsyncDisposable {
  /**
   * Runs shell commands in the home folder, as root; what they printed.
   * @throws {Error} if one of them fails.
   */
  shell(commands: string): Promise<string>;
  /** A property of the service, as `systemctl show` tells it. */
  property(name: string): Promise<string>;
  /** Waits until `condition` holds. */
  until(condition: () => Promise<boolean>, what: string): Promise<void>;
}

/** Why {@linkcode powerOn} does not work here; undefined if it does. */
export async function whyNotPowerOn(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "systemd exists on Linux only";
  if (Deno.uid() !== 0) return "namespaces and control groups need root";
  if (!await exists(SYSTEMD)) return `systemd is missing (${SYSTEMD}); install systemd`;
  for (const program of ["unshare", "nsenter", "ip"]) {
    const { success } = await run(["which", program]);
    if (!success) return `${program} is missing; install util-linux and iproute2`;
  }
  if (await cgroupMount() === undefined) return "no control groups of version 2 are mounted";
  const namespaces = ["--mount", "--pid", "--fork", "--net", "--uts", "--ipc", "--cgroup"];
  const { success, output } = await run([
    "unshare",
    ...namespaces,
    "mount",
    "-t",
    "tmpfs",
    "x",
    "/mnt",
  ]);
  if (!success) return `namespaces cannot be made here (${output.trim()})`;
}

/**
 * Switches a computer on.
 *
 * @param dropIn lines for the service's `[Service]` section, over those that will be installed.
 */
export async function powerOn(dropIn: readonly string[] = []): Promise<PoweredOn> {
  const group = `${await cgroupMount()}/kibitz-test-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  const directory = await Deno.makeTempDir();
  await Deno.mkdir(group);
  await Deno.writeTextFile(
    `${directory}/boot`,
    bootScript(directory, group, await denoDirectory(), dropIn),
  );
  const systemd = new Program(["bash", `${directory}/boot`]);

  const shell = async (commands: string): Promise<string> => {
    const inside = ["--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup"];
    const pid = await processOne(systemd.pid);
    const { success, output } = await run([
      "nsenter",
      `--target=${pid}`,
      ...inside,
      "bash",
      "-c",
      `set -e; export HOME=/home/pi USER=root; cd; sudo() { "$@"; }\n${commands}`,
    ]);
    if (!success) throw new Error(`${commands}: ${output}`);
    return output;
  };
  const computer: PoweredOn = {
    shell,
    property: async (name) => (await shell(`systemctl show -P ${name} kibitz-offline`)).trim(),
    async until(condition, what) {
      try {
        await eventually(what, GIVE_UP_MS, async () => {
          if (systemd.exit !== undefined) return "ended";
          return await condition() || undefined;
        }).then((outcome) => assert(outcome !== "ended", "systemd has ended"));
      } catch (error) {
        const service = await shell("systemctl status -l kibitz-offline; cat /var/log/hub")
          .catch(String);
        const log = systemd.lines.join("\n");
        throw new Error(
          `never came: ${what}; systemd said:\n${log}\nand the service:\n${service}`,
          { cause: error },
        );
      }
    },
    async [Symbol.asyncDispose]() {
      // The end of process 1 is the end of everything in its namespace.
      if (systemd.exit === undefined) {
        Deno.kill(await processOne(systemd.pid).catch(() => systemd.pid), "SIGKILL");
      }
      await systemd.ended();
      await removeGroup(group);
      await Deno.remove(directory, { recursive: true });
    },
  };
  try {
    // Before systemd takes its place, process 1 is the boot script, and systemctl says "offline".
    const state = () => shell("systemctl is-system-running");
    await computer.until(async () => await state() === "running\n", "the end of booting");
  } catch (error) {
    await computer[Symbol.asyncDispose]();
    throw error;
  }
  return computer;
}

/** What happens before systemd is process 1: its namespaces, its files, its units. */
function bootScript(
  directory: string,
  group: string,
  denoDir: string,
  dropIn: readonly string[],
): string {
  const inside = `
    set -e
    # Copies, because the service's user may read neither root's home nor all that lies in it; made
    # before the empty places below hide where they come from.
    cd "${ROOT}"
    mkdir ${directory}/hub
    mount -t tmpfs -o mode=755 none ${directory}/hub
    cp -r main.ts cli deno.json deno.lock http relaycore pi ${directory}/hub
    mkdir ${directory}/hub/cache
    cp -r "${denoDir}/npm" ${directory}/hub/cache
    install -m 755 "${Deno.execPath()}" ${directory}/hub/deno
    chmod -R a+rX ${directory}/hub

    for place in /run /usr/local /home /etc/default /etc/systemd/system /var/lib /var/log; do
      mount -t tmpfs -o mode=755 none $place
    done
    mount -t proc proc /proc
    umount -R /sys
    mount -t sysfs sysfs /sys
    mount -t cgroup2 cgroup2 /sys/fs/cgroup

    hub=/usr/local/lib/kibitz-test
    mkdir -p /usr/local/bin /home/pi $hub
    mount --move ${directory}/hub $hub
    cd /home/pi
    cp $hub/pi/kibitz-offline.service .
    cat > /home/pi/kibitz-offline-raspberry-pi <<END
#!/bin/sh
DENO_DIR=$hub/cache DENO_NO_UPDATE_CHECK=1 exec $hub/deno run --quiet --cached-only --no-prompt \\
  --allow-net --allow-read --allow-write --allow-env --allow-sys=networkInterfaces,hostname \\
  --allow-ffi=${LIBRARIES}/libc.so.6 \\
  $hub/main.ts "\\$@"
END

    mkdir -p /run/units/kibitz-offline.service.d
    cat > /run/units/kibitz-offline.service.d/test.conf <<END
[Service]
# What stands for the executable is a script and a Deno.
ExecPaths=/bin/sh $hub/deno ${LIBRARIES}
StandardOutput=append:/var/log/hub
StandardError=append:/var/log/hub
${dropIn.join("\n")}
END
    for target in sysinit basic multi-user network shutdown; do
      printf '[Unit]\\nDefaultDependencies=no\\n' > /run/units/$target.target
    done
    ip link set lo up
    exec env -i PATH="$PATH" container=test SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/units \\
      SYSTEMD_GENERATOR_PATH=/none SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/none \\
      ${SYSTEMD} --system --unit=multi-user.target --log-target=console --show-status=no
  `;
  return `echo $$ > ${group}/cgroup.procs || exit 1
exec unshare --mount --pid --fork --kill-child --net --uts --ipc --cgroup bash -c '${
    inside.replaceAll("'", `'\\''`)
  }'`;
}

/** systemd's process id, seen from here: the one child of `unshare`. */
async function processOne(unshare: number): Promise<number> {
  const children = await Deno.readTextFile(`/proc/${unshare}/task/${unshare}/children`);
  const pid = Number(children.trim());
  if (!(pid > 0)) throw new Error("systemd has not started, or has ended");
  return pid;
}

async function cgroupMount(): Promise<string | undefined> {
  const mounts = await Deno.readTextFile("/proc/mounts");
  return / (\/\S+) cgroup2 /.exec(mounts)?.[1];
}

/** Removes a control group with those in it, once their processes have ended. */
async function removeGroup(path: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) await removeGroup(`${path}/${name}`);
  }
  await Deno.remove(path);
}

async function denoDirectory(): Promise<string> {
  const { output } = await run([Deno.execPath(), "info", "--json"]);
  return JSON.parse(output).denoDir;
}

async function run(
  [program, ...args]: readonly string[],
): Promise<{ readonly success: boolean; readonly output: string }> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" })
    .output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
