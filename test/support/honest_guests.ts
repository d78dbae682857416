/**
 * Guests in a process of their own, while something else attacks their hub. The program that it runs
 * prints `ready ADDRESS…` when they have joined, and one line of JSON for each line that it is given.
 *
 * @module
 */

import { denoCommand, Program } from "./program.ts";

/** Guests who behave. Disposing of them ends them. */
export class HonestGuests<Report> implements AsyncDisposable {
  /** Where their datagrams come from. */
  readonly addresses: readonly string[];
  readonly #process: Program;

  private constructor(process: Program, addresses: readonly string[]) {
    this.#process = process;
    this.addresses = addresses;
  }

  /**
   * Waits until they have joined.
   *
   * @param script the program, from the root of the repository.
   * @param argument tells it where the hub is.
   */
  static async join<Report>(script: string, argument: string): Promise<HonestGuests<Report>> {
    const process = new Program(denoCommand(script, argument), { stderr: "inherit" });
    try {
      const ready = await process.line((line) => line.startsWith("ready "));
      return new HonestGuests(process, ready.split(" ").slice(1));
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  get hasEnded(): boolean {
    return this.#process.exit !== undefined;
  }

  /** Asks what they have seen. */
  async report(): Promise<Report> {
    await this.#process.type("report\n");
    return JSON.parse(await this.#process.line((line) => line.startsWith("{")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
