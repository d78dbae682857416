/**
 * Starts the command line as a process and reads what it prints: for the process tests.
 *
 * @module
 */

/** The hub's entry point. */
export const MAIN = new URL("../../main.ts", import.meta.url).pathname;
/** The same with an engine that misbehaves: the first argument says how. */
export const FAKE = new URL("../peer/support/cli_fake_hub.ts", import.meta.url).pathname;

/** Nothing a test waits for takes so long; it only ends tests that would wait for ever. */
const GIVE_UP_MS = 30_000;

/** A running command line. */
export class CliProcess implements AsyncDisposable {
  stdout = "";
  stderr = "";
  readonly #child: Deno.ChildProcess;
  readonly #streams: Promise<unknown>;
  readonly #giveUpMs: number;
  #wake = () => {};

  /**
   * @param program what to run, with its arguments.
   * @param options `stdin`: text typed into it later with {@linkcode type}; `env`: added variables;
   *   `giveUpMs`: the longest that anything of it may take, for a slow computer.
   */
  constructor(
    program: readonly string[],
    options: {
      cwd?: string;
      env?: Record<string, string>;
      readStdout?: boolean;
      giveUpMs?: number;
    } = {},
  ) {
    this.#giveUpMs = options.giveUpMs ?? GIVE_UP_MS;
    this.#child = new Deno.Command(program[0], {
      args: program.slice(1),
      cwd: options.cwd,
      env: options.env,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#streams = Promise.all([
      options.readStdout === false
        ? this.#child.stdout.cancel()
        : this.#collect(this.#child.stdout, (text) => this.stdout += text),
      this.#collect(this.#child.stderr, (text) => this.stderr += text),
    ]);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Waits until `condition` holds for what was printed so far. */
  async printed(condition: (process: CliProcess) => boolean): Promise<void> {
    const end = Date.now() + this.#giveUpMs;
    while (!condition(this)) {
      if (Date.now() > end) {
        throw new Error(`never printed; so far:\n${this.stdout}\n${this.stderr}`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, 100);
      await promise;
      clearTimeout(timer);
    }
  }

  /** Types `text` on its standard input. */
  async type(text: string): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    writer.releaseLock();
  }

  signal(name: Deno.Signal): void {
    this.#child.kill(name);
  }

  /** Waits for its end; the exit code, or the signal's name if one killed it. */
  async ended(): Promise<number | Deno.Signal> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), this.#giveUpMs);
    const status = await this.#child.status;
    clearTimeout(timer);
    await this.#streams;
    return status.signal ?? status.code;
  }

  /** Ends it, whatever it does. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.ended();
    await this.#child.stdin.close().catch(() => {});
  }

  async #collect(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    add: (text: string) => void,
  ): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      add(text);
      this.#wake();
    }
  }
}

/** The command that runs `file` from source with `args`. */
export function deno(file: string, ...args: string[]): string[] {
  return [Deno.execPath(), "run", "-A", "--quiet", file, ...args];
}

/** An executable that is to be tested instead of the sources, undefined for the sources. */
export const EXECUTABLE = Deno.env.get("KIBITZ_HUB");

/** The command that runs the hub with `args`. */
export function hub(...args: string[]): string[] {
  return EXECUTABLE === undefined ? deno(MAIN, ...args) : [EXECUTABLE, ...args];
}

/** The command that runs `program` in a terminal of its own (util-linux `script`). */
export function inTerminal(program: readonly string[], columns = 80): string[] {
  const words = program.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return [
    "script",
    "--quiet",
    "--return",
    "--command",
    // The program takes the shell's place: Ctrl-C reaches all of a terminal's processes, and a shell
    // that waited would put an exit code of its own in the place of the program's.
    `stty cols ${columns} rows 50; exec ${words}`,
    "/dev/null",
  ];
}

/** Whether {@linkcode inTerminal} works here. */
export async function hasTerminal(): Promise<boolean> {
  try {
    return (await new Deno.Command("script", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}
