/**
 * The executable for the Raspberry Pi on a kernel with memory pages of 16 KiB, as a Raspberry Pi 5
 * has: qemu is the computer, Debian's kernel for such pages starts the hub and nothing else.
 */

import { assertMatch, assertStringIncludes } from "../assert.ts";
import { inFolder } from "../support/folder.ts";
import { EXECUTABLES, isBuilt, isInstalled, whyNot } from "./support/executables.ts";
import { unpackedRoot, whyNoDebian } from "./support/debian.ts";
import { initramfs } from "./support/initramfs.ts";

const FILE = `${EXECUTABLES}/kibitz-offline-raspberry-pi`;
const QEMU = "qemu-system-aarch64";
const LIBRARIES = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libgcc_s.so.1"];
/** It takes half a minute. This only ends a computer that hangs. */
const GIVE_UP_MS = 240_000;

/** The first program that the kernel starts. */
const INIT = `#!/bin/busybox sh
busybox() { /bin/busybox "$@"; }
busybox mount -t proc none /proc
busybox mount -t devtmpfs none /dev
busybox ip link set lo up
busybox grep -m1 KernelPageSize /proc/self/smaps
cd /root
HOME=/root /hub --quiet &
until busybox wget -q -O - http://127.0.0.1:8080/healthz 2> /dev/null; do
  busybox kill -0 $! || { echo "the hub is not there any more"; break; }
  busybox sleep 1
done
busybox kill -INT $!
wait $!
echo "exit code $?"
busybox poweroff -f
`;

const skipped = await whyNot("The Pi's executable is not run on a kernel with 16 KiB pages", [
  async () => await isBuilt(FILE) ? undefined : "it has not been built",
  whyNoDebian,
  async () => await isInstalled(QEMU) ? undefined : `${QEMU} is missing (package qemu-system-arm)`,
]);

Deno.test({
  name: "Raspberry Pi, on a kernel with pages of 16 KiB: the link, an answer, and an end",
  ignore: skipped,
  fn: () =>
    inFolder(async (folder) => {
      const [pi, kernel] = [
        await unpackedRoot("pi", {
          ...{ suite: "trixie", processor: "arm64" },
          packages: ["libgcc-s1", "busybox-static"],
        }),
        await unpackedRoot("kernel-16k", {
          ...{ suite: "trixie", processor: "arm64" },
          packages: [],
          behind: ["linux-image-arm64-16k"],
        }),
      ];
      const place = "usr/lib/aarch64-linux-gnu";
      await Deno.writeFile(
        `${folder}/initrd`,
        await initramfs({
          directories: ["bin", "lib", "proc", "dev", "root", "tmp", "usr", "usr/lib", place],
          files: {
            "init": new TextEncoder().encode(INIT),
            "bin/busybox": await Deno.readFile(`${pi}/usr/bin/busybox`),
            "hub": await Deno.readFile(FILE),
            "lib/ld-linux-aarch64.so.1": await Deno.readFile(
              `${pi}/${place}/ld-linux-aarch64.so.1`,
            ),
            ...Object.fromEntries(
              await Promise.all(
                LIBRARIES.map(async (name) =>
                  [`${place}/${name}`, await Deno.readFile(`${pi}/${place}/${name}`)] as const
                ),
              ),
            ),
          },
        }),
      );
      const [image] = [...Deno.readDirSync(`${kernel}/boot`)].map(({ name }) => name)
        .filter((name) => name.startsWith("vmlinuz"));
      const screen = await boot([
        // The Pi 5's processor; the older ones have no pages of 16 KiB.
        ...["-M", "virt", "-cpu", "cortex-a76", "-smp", "2", "-m", "1024"],
        ...["-nographic", "-no-reboot", "-nic", "none"],
        ...["-kernel", `${kernel}/boot/${image}`, "-initrd", `${folder}/initrd`],
        ...["-append", "console=ttyAMA0 quiet panic=-1 rdinit=/init"],
      ]);
      assertMatch(screen, /KernelPageSize: +16 kB/);
      assertMatch(screen, /^LINK https:\/\/kibitz\.chat\//m, screen);
      assertStringIncludes(screen, "\nok");
      assertStringIncludes(screen, "exit code 0");
    }),
});

/** Switches a computer on, and gives what is on its screen when it has switched itself off. */
async function boot(args: readonly string[]): Promise<string> {
  const computer = new Deno.Command(QEMU, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(GIVE_UP_MS),
  });
  const { stdout, stderr } = await computer.output();
  const decoder = new TextDecoder();
  return (decoder.decode(stdout) + decoder.decode(stderr)).replaceAll("\r", "");
}
