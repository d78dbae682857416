/**
 * The signals that ask the program to stop.
 *
 * @module
 */

import { SAME_KEY_PRESS_MS, STOP_DEADLINE_MS } from "../relaycore/limits.ts";

/** What the program does with signals. */
export interface SignalPlan {
  /** These ask it to stop. */
  readonly stopping: readonly Deno.Signal[];
  /** These would end it, and must not. */
  readonly ignored: readonly Deno.Signal[];
}

/**
 * What to do with signals on a system. On Windows, Ctrl-C, Ctrl-Break and a window that is closed stop
 * the program. Elsewhere Ctrl-C and the service manager's SIGTERM do, and SIGHUP if the program has a
 * terminal, which then has gone away. Without a terminal SIGHUP does nothing: the program was started
 * with `nohup`, or in a similar way, to outlive its terminal. `nohup` has the signal ignored, but Deno
 * does not keep that.
 *
 * @param isTerminal whether standard input, output and error are a terminal.
 */
export function signalPlan(
  os: typeof Deno.build.os,
  isTerminal: readonly [input: boolean, output: boolean, error: boolean],
): SignalPlan {
  if (os === "windows") return { stopping: ["SIGINT", "SIGBREAK", "SIGHUP"], ignored: [] };
  const [input, output, error] = isTerminal;
  // nohup of macOS leaves standard input as it is.
  const hasTerminal = output || error || (input && os !== "darwin");
  return hasTerminal
    ? { stopping: ["SIGINT", "SIGTERM", "SIGHUP"], ignored: [] }
    : { stopping: ["SIGINT", "SIGTERM"], ignored: ["SIGHUP"] };
}

/**
 * Listens for everything that asks the program to stop. The first signal also sets the deadline
 * after which the process ends, whatever hangs; a second one ends it at once.
 */
export function listenForSignals(): { readonly received: Promise<void>; listenNoMore(): void } {
  const { promise: received, resolve } = Promise.withResolvers<void>();
  let first: number | undefined;
  const onSignal = () => {
    if (first === undefined) {
      first = performance.now();
      setTimeout(() => Deno.exit(0), STOP_DEADLINE_MS);
      resolve();
    } else if (performance.now() - first > SAME_KEY_PRESS_MS) Deno.exit(0);
  };
  const { stopping, ignored } = signalPlan(Deno.build.os, [
    Deno.stdin.isTerminal(),
    Deno.stdout.isTerminal(),
    Deno.stderr.isTerminal(),
  ]);
  for (const name of stopping) Deno.addSignalListener(name, onSignal);
  for (const name of ignored) Deno.addSignalListener(name, () => {});
  return {
    received,
    listenNoMore: () => stopping.forEach((name) => Deno.removeSignalListener(name, onSignal)),
  };
}
