/**
 * Programs as processes of their own: started, read line by line, typed to, ended. It knows nothing of
 * hubs: `hub_process.ts` does.
 *
 * @module
 */

import { TextLineStream } from "./text_lines.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Nothing that a test waits for takes so long; it only ends tests that would wait for ever. */
const GIVE_UP_MS = 60_000;

/** A machine to run programs on: a host of a LAN (`test/lan/network.ts`). */
export interface Machine {
  command(program: string, options?: Deno.CommandOptions): Deno.Command;
}

/** How a program is run. */
export interface ProgramOptions {
  /** Where; on this machine unless said. */
  readonly on?: Machine;
  /** The working directory; that of this process unless said. */
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
  /** Is given every complete line, of both streams. */
  readonly onLine?: (line: string) => void;
  /** The longest that anything of it may take, in ms; more for a slow computer. */
  readonly giveUpMs?: number;
}

/** A program that runs. Disposing of it ends it, if need be by force. */
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
  readonly #waiting = new Set<() => void>();

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
      this.#wake();
      return status;
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Waits until `condition` holds for what was printed so far.
   *
   * @throws Error if it never does, with what was printed.
   */
  async printed(condition: (program: this) => boolean, giveUpMs?: number): Promise<void> {
    await this.#until(() => condition(this) || undefined, giveUpMs);
  }

  /** The next line that fits; it and those before it are not given again. */
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

  /** Waits for its end; the exit code, or the signal's name if one killed it. */
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
      // It has ended by itself.
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
        this.#wake();
      },
    });
    for await (const line of text.pipeThrough(keeping).pipeThrough(new TextLineStream())) {
      this.lines.push(line);
      this.#onLine?.(line);
      if (this.lines.length > this.#keepLines) {
        this.lines.shift();
        this.#taken = Math.max(0, this.#taken - 1);
      }
      this.#wake();
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** What `look` returns once that is not undefined; it looks whenever something was printed. */
  async #until<T>(look: () => T | undefined, giveUpMs = this.#giveUpMs): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const giveUp = (why: string) =>
      reject(new Error(`${why}; it has printed:\n${this.lines.join("\n")}`));
    const wake = () => {
      try {
        const found = look();
        if (found !== undefined) resolve(found);
        else if (this.exit !== undefined) giveUp("The program has ended");
        else return;
      } catch (error) {
        reject(error);
      }
      // At once: what has been found is gone, and the next line is for who waits next.
      this.#waiting.delete(wake);
    };
    this.#waiting.add(wake);
    const timer = setTimeout(() => giveUp(`Waited ${giveUpMs} ms in vain`), giveUpMs);
    wake();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(wake);
    }
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
