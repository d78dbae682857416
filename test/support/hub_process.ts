/**
 * The hub as a person starts it, as a process on the hub host: `main.ts` from source, or the executable
 * that KIBITZ_HUB names. All that a test learns of it is what it prints.
 *
 * @module
 */

import { eventually } from "./waiting.ts";
import type { Lan } from "../lan/network.ts";
import { TextLineStream } from "./text_lines.ts";

const START_DEADLINE_MS = 60_000;
const REPO = new URL("../../", import.meta.url);

/** What to start besides the defaults. */
export interface HubOptions {
  /** Flags of `main.ts`; `--state` is given already. */
  readonly flags?: readonly string[];
  /** The arguments of Deno before the flags; `run -A main.ts` unless said. */
  readonly deno?: readonly string[];
  /** The working directory; the repository unless said. */
  readonly cwd?: string;
  /** The state file; one in the LAN's directory unless said. null for no `--state` at all. */
  readonly state?: string | null;
}

/** A hub that runs; disposing of it ends it, if need be by force. */
export class HubProcess implements AsyncDisposable {
  #child: Deno.ChildProcess;
  #lines: string[] = [];
  #exit: Promise<Deno.CommandStatus>;
  #exited = false;
  #reading: Promise<unknown>;

  /** Starts a hub and waits for its link. */
  static async start(lan: Lan, options: HubOptions = {}): Promise<HubProcess> {
    const hub = new HubProcess(lan, options);
    try {
      await hub.#untilLinks(1, START_DEADLINE_MS);
    } catch (error) {
      await hub[Symbol.asyncDispose]();
      throw error;
    }
    return hub;
  }

  private constructor(lan: Lan, options: HubOptions) {
    const state = options.state === undefined ? `${lan.directory}/relay-state.json` : options.state;
    const executable = options.deno === undefined ? Deno.env.get("KIBITZ_HUB") : undefined;
    const source = options.deno ?? ["run", "-A", "--cached-only", "main.ts"];
    this.#child = lan.hub.command(executable ?? Deno.execPath(), {
      args: [
        ...executable === undefined ? source : [],
        ...state === null ? [] : ["--state", state],
        ...lan.kind === "loopback" ? ["--advertise", lan.hub.address] : [],
        ...options.flags ?? [],
      ],
      cwd: options.cwd ?? REPO,
      // From source it is Deno that asks for a newer Deno; the README says how to keep it from that.
      env: { DENO_NO_UPDATE_CHECK: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
      const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
      for await (const line of lines) this.#lines.push(line);
    };
    this.#reading = Promise.all([read(this.#child.stdout), read(this.#child.stderr)]);
    this.#exit = this.#child.status.then(async (status) => {
      await this.#reading;
      this.#exited = true;
      return status;
    });
  }

  /** Everything printed up to now. */
  get output(): string {
    return this.#lines.join("\n");
  }

  /** Every link printed up to now, the first one first. */
  get links(): readonly string[] {
    return this.#lines.filter((line) => line.startsWith("LINK ")).map((line) => line.slice(5));
  }

  /** The newest link printed. */
  get link(): string {
    return this.links.at(-1) ?? "";
  }

  /** The newest blob printed. */
  get blob(): string {
    return this.#lines.findLast((line) => line.startsWith("BLOB "))?.slice(5) ?? "";
  }

  /** Waits until the newest link printed is one that `matches`. */
  async untilLink(matches: (link: string) => boolean, deadlineMs: number): Promise<string> {
    return await eventually(
      "the link",
      deadlineMs,
      () => matches(this.link) ? this.link : undefined,
    );
  }

  async #untilLinks(count: number, deadlineMs: number): Promise<void> {
    await eventually("the hub's LINK line", deadlineMs, () => {
      if (this.links.length >= count || this.#exited) return true;
    });
    if (this.links.length < count) throw new Error(`The hub ended. It said:\n${this.output}`);
  }

  /** Sends a signal. */
  signal(name: Deno.Signal): void {
    this.#child.kill(name);
  }

  /** Sends SIGTERM and waits for the end. @returns the exit code and how long it took. */
  async stop(): Promise<{ code: number; ms: number }> {
    const began = performance.now();
    this.#child.kill("SIGTERM");
    const { code } = await this.#exit;
    return { code, ms: Math.round(performance.now() - began) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#exited) {
      try {
        this.#child.kill("SIGKILL");
      } catch {
        // It ended by itself meanwhile.
      }
    }
    await this.#exit;
  }
}
