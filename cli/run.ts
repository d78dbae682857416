/**
 * The whole program, from its arguments to its exit code: reads the flags, starts the hub, and
 * prints the link. What comes after the link is in `hosting.ts`.
 *
 * @module
 */

import { type HubConfig, HubStartError, reasonOf } from "../relaycore/mod.ts";
import { whereItIs } from "./banner.ts";
import type { Engine } from "./engine.ts";
import { parseFlags, type RunCommand } from "./flags.ts";
import { helpText, NAME } from "./help.ts";
import { Output } from "./output.ts";
import { listenForSignals } from "./signals.ts";
import { catchUncaught } from "./uncaught.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Runs the program.
 *
 * @param args the arguments, without the program's name.
 * @returns the exit code: 0 after `--help` or a signal, 2 for what the person can mend (flags, a
 *   taken port, a broken state file), 1 for anything else.
 */
export async function run(args: readonly string[], engine: Engine): Promise<number> {
  const out = new Output(Deno.stdout, Deno.stderr);
  const signals = listenForSignals();
  try {
    const command = parseFlags(args);
    if (command.kind === "run") await host(command, engine, out, signals.received);
    else if (command.kind === "licenses") out.print((await import("./notices.ts")).NOTICES);
    else out.print(command.kind === "help" ? helpText() : NAME);
    await out.flush();
    return 0;
  } catch (error) {
    signals.listenNoMore(); // from here on, Ctrl-C ends the program at once
    const known = error instanceof UsageError || error instanceof HubStartError;
    const problem = reasonOf(error);
    out.warn(known ? problem : `The hub cannot go on: ${problem.replace(/\.$/, "")}.`);
    if (!known && args.includes("--verbose") && error instanceof Error) out.warn(`${error.stack}`);
    if (!(error instanceof UsageError)) await waitForEnter(out);
    await out.flush();
    const isMendable = known || error instanceof Deno.errors.NotCapable; // Deno says which flag
    return isMendable ? 2 : 1;
  }
}

/** Starts the hub, prints its link, and runs it until it is asked to stop. */
async function host(
  command: RunCommand,
  engine: Engine,
  out: Output,
  stopRequested: Promise<void>,
): Promise<void> {
  const { config, verbosity } = command;
  const warn = (sentence: string) => out.warn(`warning: ${sentence}`);
  const uncaught = catchUncaught(warn);
  const log: HubConfig["log"] = {
    warn,
    info: (sentence) => verbosity !== "quiet" && out.print(sentence),
    debug: (sentence) => verbosity === "verbose" && out.print(sentence),
  };
  const hub = await engine.startHub({ ...config, log });
  uncaught.report = (error) => hub.reportError(error);
  out.printNow(whereItIs(hub, command));
  const { keepHosting } = await import("./hosting.ts");
  await keepHosting(hub, command, { engine, out, warn, debug: log.debug, stopRequested });
}

/**
 * Waits for Enter, so that the window of a program that was double-clicked stays open until its error
 * is read. Does not wait if standard input, output or error is not a terminal.
 */
async function waitForEnter(out: Output): Promise<void> {
  if (![Deno.stdin, Deno.stdout, Deno.stderr].every((stream) => stream.isTerminal())) return;
  out.print("Press Enter to close.");
  await Deno.stdin.read(new Uint8Array(1024));
}
