/**
 * The last net for errors inside the hub.
 *
 * @module
 */

import { UNCAUGHT_LOG_INTERVAL_MS } from "../relaycore/limits.ts";

/** The last net: no packet can end the hub, even by an error that nobody foresaw. */
export function catchUncaught(
  warn: (sentence: string) => void,
  withStack: boolean,
): void {
  let last = -Infinity;
  const onError = (event: PromiseRejectionEvent | ErrorEvent) => {
    event.preventDefault();
    if (performance.now() - last < UNCAUGHT_LOG_INTERVAL_MS) return;
    last = performance.now();
    const error = "reason" in event ? event.reason : event.error;
    const text = !(error instanceof Error)
      ? Deno.inspect(error)
      : withStack
      ? error.stack
      : error.message;
    warn(
      `The hub runs on after an error that it should not have made: ${text}`,
    );
  };
  globalThis.addEventListener("unhandledrejection", onError);
  globalThis.addEventListener("error", onError);
}
