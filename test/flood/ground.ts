/**
 * What a flood is measured on: a hub in a process of its own, from source, and what the system says
 * about it. Linux only: it reads /proc.
 *
 * @module
 */

import { eventually } from "../support/waiting.ts";
import { freePort } from "../support/ports.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const STATUS_MS = 20_000;

/** What floods and honest guests have to know of the hub; given to their processes as JSON. */
export interface Target {
  readonly link: string;
  readonly ufrag: string;
  readonly pwd: string;
  readonly hub: number;
  readonly http: number;
  readonly turn: { readonly port: number; readonly username: string; readonly password: string };
}

/** What `/status` says, as far as it is looked at here. */
export interface Status {
  readonly guests: number;
  readonly rooms: number;
  readonly turn: { readonly allocations: number };
  readonly counters: Readonly<Record<string, number>>;
}

/** A hub that can be flooded. */
export class FloodedHub implements AsyncDisposable {
  readonly target: Target;
  readonly #process: Process;
  readonly #state: string;

  private constructor(
    process: Process,
    state: string,
    link: string,
    ports: { readonly hub: number; readonly http: number },
  ) {
    this.#process = process;
    this.#state = state;
    const [, ufrag, pwd, , turn] = new URL(link).searchParams.get("galaxy")!.split("|");
    const [port, username, password] = turn.split(",");
    this.target = { link, ufrag, pwd, ...ports, turn: { port: Number(port), username, password } };
  }

  /** @param denoFlags for `deno run`, such as `--cpu-prof`. */
  static async start(denoFlags: readonly string[] = []): Promise<FloodedHub> {
    const state = await Deno.makeTempDir();
    const listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
    const ports = { hub: freePort(), http: listener.addr.port };
    listener.close();
    const process = new Process([
      ...denoFlags,
      "main.ts",
      "--quiet",
      "--advertise=127.0.0.1",
      `--port=${ports.hub}`,
      `--http=${ports.http}`,
      `--state=${state}/state.json`,
    ]);
    const line = await process.line((text) => text.startsWith("LINK "));
    return new FloodedHub(process, state, onlyLoopback(line.slice("LINK ".length)), ports);
  }

  /** Asks for its status; after a flood of the page from this address, for as long as that takes. */
  async status(): Promise<Status> {
    return await eventually("the hub's status", STATUS_MS, async () => {
      return await (await fetch(`http://127.0.0.1:${this.target.http}/status`)).json();
    });
  }

  /** Resident memory. */
  get megabytes(): number {
    const status = Deno.readTextFileSync(`/proc/${this.#process.pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) / 1024;
  }

  /** CPU time of all its threads so far. */
  get cpuSeconds(): number {
    const fields = Deno.readTextFileSync(`/proc/${this.#process.pid}/stat`).replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Files, sockets included, that it has open. */
  get files(): number {
    return [...Deno.readDirSync(`/proc/${this.#process.pid}/fd`)].length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
    await Deno.remove(this.#state, { recursive: true });
  }
}

/** The other addresses of this computer would be dialled, too, by guests bound to loopback. */
function onlyLoopback(link: string): string {
  const url = new URL(link);
  const fields = url.searchParams.get("galaxy")!.split("|");
  const endpoints = fields.filter((field, i) => i < 5 || field.startsWith("127."));
  url.searchParams.set("galaxy", endpoints.join("|"));
  return url.href;
}

/** One of this repository's programs, talked to line by line. */
export class Process {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: string[] = [];
  #arrived = Promise.withResolvers<void>();
  #ended = false;

  /** @param args for `deno run -A`. */
  constructor(args: readonly string[]) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", ...args],
      cwd: ROOT,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#read();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Gives the program a line. */
  async tell(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${text}\n`));
  }

  /** The next line that fits; those before it are gone. */
  async line(fits: (line: string) => boolean = () => true): Promise<string> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined && fits(line)) return line;
      if (line === undefined && this.#ended) throw new Error("the program has ended");
      if (line === undefined) await this.#arrived.promise;
    }
  }

  async stop(): Promise<void> {
    await this.#input.close().catch(() => {});
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // it has ended by itself
    }
    await this.#child.status;
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.#lines.push(...lines);
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
