/**
 * Tells systemd how the service is doing, as sd_notify(3) describes: that it is ready, that it is
 * alive, that it stops. An edge: it reads the environment and opens a socket. It knows nothing about
 * hubs, and does nothing unless systemd asks for it.
 *
 * @module
 */

import { reasonOf } from "../relaycore/reason.ts";

/** A variable of the environment, undefined where it is not set. */
export type Environment = (name: string) => string | undefined;

/** How the service is doing. */
export interface ServiceState {
  readonly text: string;
  readonly serving: boolean;
}

/** The service manager, from the service's point of view. */
export interface ServiceManager extends Disposable {
  /**
   * The service is ready. From now on the manager is told regularly that it is alive, if it has a
   * watchdog: that the event loop runs and guests are served. A service that serves no guests is
   * not reported alive, so that the manager restarts it.
   *
   * @param state is asked each time: one line for `systemctl status`, and whether guests are served.
   */
  ready(state: () => ServiceState): void;
  /** The service has begun to stop. */
  stopping(): void;
}

/**
 * Finds the manager that started this process with `Type=notify`.
 *
 * The socket is opened once and kept: if a flood uses up all file handles, the watchdog must still
 * be fed. The socket has a name in the service's RuntimeDirectory, because Deno 2.4 cannot open one
 * without a name. The name is not needed, so it is removed at once.
 *
 * @param warn gets a sentence for the person if the manager cannot be reached.
 * @param env the environment.
 * @returns undefined if there is no manager.
 */
export function findServiceManager(
  warn: (sentence: string) => void,
  env: Environment = permittedEnvironment,
): ServiceManager | undefined {
  const address = env("NOTIFY_SOCKET");
  if (address === undefined || address === "" || Deno.build.os !== "linux") return undefined;
  try {
    const socket = openSocket(env("RUNTIME_DIRECTORY"));
    return new Notifier(socket, toPath(address), watchdogInterval(env, Deno.pid), warn);
  } catch (error) {
    warn(unreachable(error));
    return undefined;
  }
}

/**
 * How often the manager wants to hear `WATCHDOG=1` at least, in ms; half the time after which it
 * would end the service, as sd_watchdog_enabled(3) recommends.
 *
 * @param env the environment: WATCHDOG_USEC in µs, and WATCHDOG_PID, whom it is for.
 * @param pid this process.
 * @returns undefined if it does not want to.
 */
export function watchdogInterval(env: Environment, pid: number): number | undefined {
  const addressee = env("WATCHDOG_PID") ?? "";
  if (addressee !== "" && addressee !== String(pid)) return undefined;
  const text = env("WATCHDOG_USEC") ?? "";
  const microseconds = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (microseconds === 0) return undefined;
  return Math.min(Math.max(1, Math.floor(microseconds / 2000)), MAX_TIMER_MS);
}

/** The longest time that a timer of JavaScript can wait, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

class Notifier implements ServiceManager {
  readonly #encoder = new TextEncoder();
  #timer: ReturnType<typeof setInterval> | undefined;
  #hasWarned = false;

  constructor(
    private readonly socket: Deno.DatagramConn,
    private readonly path: string,
    private readonly intervalMs: number | undefined,
    private readonly warn: (sentence: string) => void,
  ) {}

  ready(state: () => ServiceState): void {
    const tell = (message: string) => {
      const { text, serving } = state();
      const status = `STATUS=${text.replaceAll("\n", " ")}`;
      this.#tell(serving ? `${message}\n${status}` : status);
    };
    tell("READY=1");
    if (this.intervalMs === undefined || this.#timer !== undefined) return;
    this.#timer = setInterval(() => tell("WATCHDOG=1"), this.intervalMs);
  }

  stopping(): void {
    clearInterval(this.#timer);
    this.#tell("STOPPING=1\nSTATUS=");
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.socket.close();
  }

  #tell(state: string): void {
    const address: Deno.UnixAddr = { transport: "unixpacket", path: this.path };
    this.socket.send(this.#encoder.encode(state), address).catch((error) => {
      if (this.#hasWarned) return;
      this.#hasWarned = true;
      this.warn(unreachable(error));
    });
  }
}

function openSocket(runtimeDirectory: string | undefined): Deno.DatagramConn {
  if (runtimeDirectory === undefined) throw new Error("RUNTIME_DIRECTORY is not set");
  const path = `${runtimeDirectory.split(":")[0]}/notify-${Deno.pid}`;
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  try {
    Deno.removeSync(path);
  } catch {
    // systemd removes the whole directory at the end.
  }
  return socket;
}

/** The address as Deno takes it: systemd writes the NUL of Linux's abstract sockets as `@`. */
function toPath(address: string): string {
  return address.replace(/^@/, "\0");
}

function unreachable(error: unknown): string {
  return `The hub cannot tell systemd that it runs: ${reasonOf(error).replace(/\.$/, "")}. ` +
    `If it runs as a service, systemd will end it; use the service file of this version.`;
}

/** The environment, as far as it may be read without a permission prompt. */
function permittedEnvironment(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}
