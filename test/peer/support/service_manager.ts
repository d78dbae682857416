/**
 * A simulated Raspberry Pi: systemd as process 1 in namespaces of its own, without services and
 * without a network. Its home folder contains the two files that the guide starts with. Everything
 * that it writes stays in memory. It needs root, systemd and control groups of version 2.
 *
 * Instead of the executable there is a script that runs this Deno with this source, so that the
 * service's restrictions are tested with the current program.
 *
 * @module
 */

import { assert } from "../../support/assert.ts";
import { Program } from "../../support/program.ts";
import { eventually } from "../../support/waiting.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const SYSTEMD = "/lib/systemd/systemd";
/** The folder of Debian's libraries. */
export const LIBRARIES = `/usr/lib/${Deno.build.arch}-linux-gnu`;
/** The path of the Deno that is used instead of the executable, inside the namespaces. */
export const DENO_INSIDE = "/usr/local/lib/kibitz-test/deno";

/** After this time a test gives up, because what it waits for takes much less. */
const GIVE_UP_MS = 60_000;

/** A simulated computer that is switched on. */
export interface PoweredOn extends AsyncDisposable {
  /**
   * Runs shell commands in the home folder, as root.
   *
   * @returns what they print.
   * @throws {Error} if one of them fails.
   */
  shell(commands: string): Promise<string>;
  /** A property of the service, as `systemctl show` prints it. */
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
 * @param dropIn lines that are added to the service's `[Service]` section.
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
      // When process 1 ends, all processes in its namespace end.
      if (systemd.exit === undefined) {
        Deno.kill(await processOne(systemd.pid).catch(() => systemd.pid), "SIGKILL");
      }
      await systemd.ended();
      await removeGroup(group);
      await Deno.remove(directory, { recursive: true });
    },
  };
  try {
    // Until the boot script has started systemd, systemctl prints "offline".
    const state = () => shell("systemctl is-system-running");
    await computer.until(async () => await state() === "running\n", "the end of booting");
  } catch (error) {
    await computer[Symbol.asyncDispose]();
    throw error;
  }
  return computer;
}

/** The script that makes the namespaces, the files and the units, and then becomes systemd. */
function bootScript(
  directory: string,
  group: string,
  denoDir: string,
  dropIn: readonly string[],
): string {
  const inside = `
    set -e
    # Copies, because the service's user may not read root's home. They are made before the empty
    # folders below hide the originals.
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
# The script and the Deno that are used instead of the executable.
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

/** systemd's process id outside the namespaces: that of the only child of `unshare`. */
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

/** Removes a control group and those inside it. Their processes must have ended. */
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
