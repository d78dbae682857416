/**
 * The start of `kibitz-offline.mjs`. Deno's UDP sockets need the flag `--unstable-net`. The
 * executables have it built in. If it is missing here, the program starts Deno again with the flag,
 * so that users do not have to type it.
 *
 * @module
 */

if (typeof Deno.listenDatagram === "function") await import("../../main.ts");
else await startAgain();

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
