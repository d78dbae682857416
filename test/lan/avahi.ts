/**
 * A host's own mDNS responder, as Debian and Raspberry Pi OS have one: avahi with its D-Bus, in a
 * place of the file system where no other host of this machine finds it.
 *
 * @module
 */

import { Program } from "../support/program.ts";
import type { Host } from "./network.ts";

const START_DEADLINE_MS = 20_000;
const CONFIGURATION = `[server]
use-ipv4=yes
use-ipv6=no
`;

/** avahi, running; disposing of it ends it. */
export class Avahi implements AsyncDisposable {
  /** The same host, for programs that find this avahi: `avahi-browse`, or whatever resolves names. */
  readonly host: Host;
  readonly #process: Program;

  /** Starts avahi on `host` and waits until it answers for the host's name. */
  static async start(host: Host, directory: string): Promise<Avahi> {
    const configuration = `${directory}/avahi-${host.name}.conf`;
    await Deno.writeTextFile(configuration, CONFIGURATION);
    const avahi = new Avahi(host, configuration);
    try {
      const isUp = ({ lines }: Program) => lines.some((line) => line.includes("startup complete"));
      await avahi.#process.printed(isUp, START_DEADLINE_MS);
    } catch (error) {
      await avahi[Symbol.asyncDispose]();
      throw new Error(`avahi on ${host.name} does not start`, { cause: error });
    }
    return avahi;
  }

  private constructor(host: Host, configuration: string) {
    const script = [
      "mount -t tmpfs tmpfs /run",
      "mkdir -p /run/dbus /run/avahi-daemon",
      // It ends with the LAN.
      "(exec dbus-daemon --system --nofork --nopidfile) >/dev/null 2>&1 &",
      "until [ -S /run/dbus/system_bus_socket ]; do sleep 0.05; done",
      `exec avahi-daemon --no-drop-root --no-chroot --no-rlimits --file=${configuration}`,
    ];
    const inOwnPlace = ["unshare", "--mount", "--propagation", "private"];
    this.#process = new Program([...inOwnPlace, "bash", "-c", script.join("\n")], { on: host });
    const { pid } = this.#process;
    this.host = {
      ...host,
      command: (program, options = {}) =>
        new Deno.Command("nsenter", {
          ...options,
          args: [
            ...[
              "--target",
              `${pid}`,
              "--mount",
              "--net",
              `--wd=${options.cwd instanceof URL ? options.cwd.pathname : options.cwd ?? "."}`,
            ],
            ...[program, ...options.args ?? []],
          ],
        }),
    };
  }

  /** The name it has for this host: `cabin-pi.local`. */
  get name(): string {
    const names = this.#process.lines.map((line) => /Host name is (\S+\.local)\./.exec(line)?.[1]);
    return names.find((name) => name !== undefined) ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }
}
