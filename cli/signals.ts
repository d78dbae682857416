/**
 * The signals that ask the program to stop.
 *
 * @module
 */

import { SAME_KEY_PRESS_MS, STOP_DEADLINE_MS } from "../relaycore/limits.ts";

/**
 * The signals that ask the program to stop. On Windows they are Ctrl-C, Ctrl-Break and a window that
 * is closed; elsewhere Ctrl-C, the service manager's, and a terminal that goes away.
 *
 * @param inTerminal whether standard input or output is a terminal. Under `nohup` neither is, and
 *   SIGHUP is ignored; a listener would undo that.
 */
export function stopSignals(
  os: typeof Deno.build.os,
  inTerminal: boolean,
): Deno.Signal[] {
  if (os === "windows") return ["SIGINT", "SIGBREAK", "SIGHUP"];
  return inTerminal ? ["SIGINT", "SIGTERM", "SIGHUP"] : ["SIGINT", "SIGTERM"];
}

/**
 * Listens for everything that asks the program to stop. The first signal also sets the deadline
 * after which the process ends, whatever hangs; a second one ends it at once.
 */
export function listenForSignals(): {
  readonly received: Promise<void>;
  listenNoMore(): void;
} {
  const { promise: received, resolve } = Promise.withResolvers<void>();
  let first: number | undefined;
  const onSignal = () => {
    if (first === undefined) {
      first = performance.now();
      setTimeout(() => Deno.exit(0), STOP_DEADLINE_MS);
      resolve();
    } else if (performance.now() - first > SAME_KEY_PRESS_MS) Deno.exit(0);
  };
  const inTerminal = Deno.stdin.isTerminal() || Deno.stdout.isTerminal();
  const names = stopSignals(Deno.build.os, inTerminal);
  for (const name of names) Deno.addSignalListener(name, onSignal);
  return {
    received,
    listenNoMore: () => names.forEach((name) => Deno.removeSignalListener(name, onSignal)),
  };
}
