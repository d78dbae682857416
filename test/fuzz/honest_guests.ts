/**
 * The process of the honest guests (`honest.ts`), as the fuzzer sees it.
 *
 * @module
 */

import { denoCommand, Program } from "../support/program.ts";
import type { HonestReport } from "./honest.ts";

/** Two guests who talk with each other. Disposing of it ends them. */
export class HonestGuests implements AsyncDisposable {
  /** Where their datagrams come from. */
  readonly addresses: readonly string[];
  readonly #process: Program;

  private constructor(process: Program, addresses: readonly string[]) {
    this.#process = process;
    this.addresses = addresses;
  }

  /** Resolves when they are in. */
  static async join(link: string): Promise<HonestGuests> {
    const process = new Program(denoCommand("test/fuzz/honest.ts", link), { stderr: "inherit" });
    try {
      const [ready, ...addresses] = (await process.line()).split(" ");
      if (ready !== "ready") throw new Error("the honest guests could not join");
      return new HonestGuests(process, addresses);
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  get hasEnded(): boolean {
    return this.#process.exit !== undefined;
  }

  /** Ends their conversation. */
  async report(): Promise<HonestReport> {
    await this.#process.type("stop\n");
    return JSON.parse(await this.#process.line());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
