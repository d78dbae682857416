/**
 * A host's own mDNS responder, as Debian and Raspberry Pi OS have one: avahi with its D-Bus, in a
 * place of the file system where no other host of this machine finds it.
 *
 * @module
 */

import { eventually } from "../support/waiting.ts";
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
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #log = "";

  /** Starts avahi on `host` and waits until it answers for the host's name. */
  static async start(host: Host, directory: string): Promise<Avahi> {
    const configuration = `${directory}/avahi-${host.name}.conf`;
    await Deno.writeTextFile(configuration, CONFIGURATION);
    const avahi = new Avahi(host, configuration);
    try {
      await eventually("avahi", START_DEADLINE_MS, () => /startup complete/.exec(avahi.#log)?.[0]);
    } catch (error) {
      await avahi[Symbol.asyncDispose]();
      throw new Error(`avahi on ${host.name} does not start:\n${avahi.#log}`, { cause: error });
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
    this.#child = host.command("unshare", {
      args: ["--mount", "--propagation", "private", "bash", "-c", script.join("\n")],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const pid = this.#child.pid;
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
    const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
      for await (const text of stream.pipeThrough(new TextDecoderStream())) this.#log += text;
    };
    this.#reading = Promise.all([read(this.#child.stdout), read(this.#child.stderr)]).then(
      () => {},
    );
  }

  /** The name it has for this host: `cabin-pi.local`. */
  get name(): string {
    return /Host name is (\S+\.local)\./.exec(this.#log)?.[1] ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    await this.#reading;
  }
}
