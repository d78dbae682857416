/**
 * A program of this repository on a host of the LAN.
 *
 * @module
 */

import { eventually } from "../support/waiting.ts";
import type { Host } from "./network.ts";
import { TextLineStream } from "../support/text_lines.ts";

const REPO = new URL("../../", import.meta.url);
const DEADLINE_MS = 30_000;

/** A program that runs, and what it has printed; disposing of it ends it. */
export class Program implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;

  constructor(host: Host, script: string, ...args: string[]) {
    this.#child = host.command(Deno.execPath(), {
      args: ["run", "-A", "--cached-only", script, ...args],
      cwd: REPO,
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    const lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) this.lines.push(line);
  }

  /** The first line it prints. */
  firstLine(): Promise<string> {
    return eventually("a program's first line", DEADLINE_MS, () => this.lines[0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It ended by itself meanwhile.
    }
    await this.#child.status;
    await this.#reading;
  }
}
