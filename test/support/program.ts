/**
 * Starts programs, reads their output line by line, types on their input, and ends them. It does not
 * know hubs, unlike `hub_process.ts`.
 *
 * @module
 */

import { TextLineStream } from "./text_lines.ts";
import { Changes } from "./waiting.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Longer than anything takes that a test waits for. It only ends tests that would wait for ever. */
const GIVE_UP_MS = 60_000;

/** A machine to run programs on: a host of a LAN (`test/lan/network.ts`). */
export interface Machine {
  command(program: string, options?: Deno.CommandOptions): Deno.Command;
}

/** How to run a program. */
export interface ProgramOptions {
  /** Where; on this machine unless said. */
  readonly on?: Machine;
  /** The working directory. By default that of this process. */
  readonly cwd?: string;
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** false closes our end of its standard output at once. */
  readonly readStdout?: boolean;
  /** Where its standard error goes; it is read unless said. */
  readonly stderr?: "piped" | "inherit";
  /**
   * How many lines are kept, the last ones; then {@linkcode Program.stdout} and
   * {@linkcode Program.stderr} stay empty. All is kept unless said.
   */
  readonly keepLines?: number;
  /** Called with every complete line of both streams. */
  readonly onLine?: (line: string) => void;
  /** The longest that anything of it may take, in ms; more for a slow computer. */
  readonly giveUpMs?: number;
}

/** A running program. Disposing of it ends it, if necessary by force. */
export class Program implements AsyncDisposable {
  /** Everything that it has printed. */
  stdout = "";
  stderr = "";
  /** The complete lines of both, as they came; an unfinished last one counts when it has ended. */
  readonly lines: string[] = [];
  /** Set once it has ended, and all that it printed has been read. */
  exit: Deno.CommandStatus | undefined;
  readonly #child: Deno.ChildProcess;
  readonly #ended: Promise<Deno.CommandStatus>;
  readonly #giveUpMs: number;
  readonly #keepLines: number;
  readonly #onLine: ((line: string) => void) | undefined;
  /** How many of {@linkcode lines} have been taken by {@linkcode line}. */
  #taken = 0;
  readonly #changes = new Changes();

  /** @param command what to run, with its arguments. */
  constructor([program, ...args]: readonly string[], options: ProgramOptions = {}) {
    this.#giveUpMs = options.giveUpMs ?? GIVE_UP_MS;
    this.#keepLines = options.keepLines ?? Infinity;
    this.#onLine = options.onLine;
    const stderr = options.stderr ?? "piped";
    const details: Deno.CommandOptions = {
      args,
      cwd: options.cwd,
      env: options.env,
      stdin: "piped",
      stdout: "piped",
      stderr,
    };
    const command = options.on?.command(program, details) ?? new Deno.Command(program, details);
    this.#child = command.spawn();
    const reading = Promise.all([
      options.readStdout === false
        ? this.#child.stdout.cancel()
        : this.#read(this.#child.stdout, (text) => this.stdout += text),
      ...stderr === "piped" ? [this.#read(this.#child.stderr, (text) => this.stderr += text)] : [],
    ]);
    this.#ended = this.#child.status.then(async (status) => {
      await reading;
      await this.#child.stdin.close().catch(() => {});
      this.exit = status;
      this.#changes.announce();
      return status;
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Waits until `condition` is true for the output so far.
   *
   * @throws Error with the output, if it never is.
   */
  async printed(condition: (program: this) => boolean, giveUpMs?: number): Promise<void> {
    await this.#until(() => condition(this) || undefined, giveUpMs);
  }

  /** The next line that fits. It and the lines before it are not returned again. */
  line(fits: (line: string) => boolean = () => true): Promise<string> {
    return this.#until(() => {
      while (this.#taken < this.lines.length) {
        const line = this.lines[this.#taken++];
        if (fits(line)) return line;
      }
    });
  }

  /** Types `text` on its standard input. */
  async type(text: string): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    writer.releaseLock();
  }

  /** Ends its standard input. */
  async endInput(): Promise<void> {
    await this.#child.stdin.close();
  }

  signal(name: Deno.Signal): void {
    this.#child.kill(name);
  }

  /** Waits for its end. @returns the exit code, or the name of the signal that killed it. */
  async ended(): Promise<number | Deno.Signal> {
    const timer = setTimeout(() => this.#kill(), this.#giveUpMs);
    const status = await this.#ended;
    clearTimeout(timer);
    return status.signal ?? status.code;
  }

  /** Sends SIGTERM and waits for the end. @returns the exit code and how long it took. */
  async stop(): Promise<{ code: number; ms: number }> {
    const began = performance.now();
    if (this.exit === undefined) this.#kill("SIGTERM");
    await this.ended();
    return { code: this.exit!.code, ms: Math.round(performance.now() - began) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.exit === undefined) this.#kill();
    await this.#ended;
  }

  #kill(signal: Deno.Signal = "SIGKILL"): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has already ended.
    }
  }

  async #read(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    keep: (text: string) => void,
  ): Promise<void> {
    const text = stream.pipeThrough(new TextDecoderStream());
    const keeping = new TransformStream<string, string>({
      transform: (chunk, controller) => {
        if (this.#keepLines === Infinity) keep(chunk);
        controller.enqueue(chunk);
        this.#changes.announce();
      },
    });
    for await (const line of text.pipeThrough(keeping).pipeThrough(new TextLineStream())) {
      this.lines.push(line);
      this.#onLine?.(line);
      if (this.lines.length > this.#keepLines) {
        this.lines.shift();
        this.#taken = Math.max(0, this.#taken - 1);
      }
      this.#changes.announce();
    }
  }

  /** What `look` returns once that is not undefined; it looks whenever something was printed. */
  #until<T>(look: () => T | undefined, giveUpMs = this.#giveUpMs): Promise<T> {
    const soFar = () => `it has printed:\n${this.lines.join("\n")}`;
    return this.#changes.until(
      () => {
        const found = look();
        if (found !== undefined || this.exit === undefined) return found;
        throw new Error(`The program has ended; ${soFar()}`);
      },
      giveUpMs,
      () => `Waited ${giveUpMs} ms in vain; ${soFar()}`,
    );
  }
}

/** The command that runs `file` of this repository from source with `args`. */
export function denoCommand(file: string, ...args: string[]): string[] {
  return [
    Deno.execPath(),
    "run",
    "-A",
    "--quiet",
    new URL(file, `file://${ROOT}`).pathname,
    ...args,
  ];
}
