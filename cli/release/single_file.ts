/**
 * The start of `kibitz-offline.mjs`. Deno's UDP sockets need the flag `--unstable-net`. The
 * executables have it built in. If it is missing here, the program starts Deno again with the flag,
 * so that users do not have to type it.
 *
 * @module
 */

import { LAUNCHER_POLL_INTERVAL_MS } from "../../relaycore/limits.ts";

/** In the environment of the second Deno: the process id of the first one. */
const LAUNCHER = "KIBITZ_OFFLINE_LAUNCHER";

if (typeof Deno.listenDatagram === "function") {
  stopWithLauncher();
  await import("../../main.ts");
} else await startAgain();

/**
 * Stops the hub when the Deno that started this one is gone without having passed on a signal: it
 * was killed, and nobody sees the hub any more. The system then gives this process another parent.
 * Windows keeps the old parent's number, so a hub runs on there.
 */
function stopWithLauncher(): void {
  const { state } = Deno.permissions.querySync({ name: "env", variable: LAUNCHER });
  const launcher = state === "granted" ? Deno.env.get(LAUNCHER) : undefined;
  if (launcher === undefined) return;
  Deno.env.delete(LAUNCHER); // it is meant for this process only
  const timer = setInterval(() => {
    if (String(Deno.ppid) === launcher) return;
    clearInterval(timer);
    Deno.kill(Deno.pid, "SIGTERM");
  }, LAUNCHER_POLL_INTERVAL_MS);
  Deno.unrefTimer(timer);
}

/** Runs this file with the flag in the same terminal, and exits with its exit code. */
async function startAgain(): Promise<void> {
  const { state } = Deno.permissions.querySync({ name: "run", command: Deno.execPath() });
  if (state !== "granted") {
    console.error(
      "Deno's UDP sockets are off; start the hub with: deno run -A --unstable-net kibitz-offline.mjs",
    );
    Deno.exit(2);
  }
  const hub = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--unstable-net", import.meta.url, ...Deno.args],
    env: { [LAUNCHER]: String(Deno.pid) },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  // A terminal sends Ctrl-C to both processes. All other signals reach only this process.
  const forward = (signal: Deno.Signal) => () => {
    if (signal === "SIGINT" && Deno.stdin.isTerminal()) return;
    try {
      hub.kill(signal);
    } catch {
      // The hub has already ended.
    }
  };
  const signals: readonly Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) Deno.addSignalListener(signal, forward(signal));
  Deno.exit((await hub.status).code);
}
