/** The command line as a process, with an engine that misbehaves on demand. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { SAME_KEY_PRESS_MS } from "../../relaycore/limits.ts";
import { hubCommand } from "../support/hub_process.ts";
import { denoCommand, Program } from "../support/program.ts";
import { pause } from "../support/waiting.ts";
import { hasTerminal, inTerminal } from "./support/terminal.ts";

/** The hub with an engine that misbehaves: the first argument says how. */
const FAKE = "test/peer/support/cli_fake_hub.ts";

const terminal = await hasTerminal();
if (!terminal) console.warn("util-linux `script` is missing: the terminal tests are skipped");

Deno.test("a wrong flag is answered with one sentence on stderr and exit code 2", async () => {
  await using cli = new Program(hubCommand("--prot", "4711"));
  assertEquals(await cli.ended(), 2);
  assertEquals(cli.stderr, "There is no flag --prot; did you mean --port?\n");
  assertEquals(cli.stdout, "");
});

Deno.test("--help and --version print to stdout and exit 0", async () => {
  await using help = new Program(hubCommand("--help"));
  assertEquals(await help.ended(), 0);
  for (
    const flag of ["fixed-id", "port", "state", "base", "http", "advertise", "quiet", "verbose"]
  ) {
    assertStringIncludes(help.stdout, `--${flag} `);
  }
  await using version = new Program(hubCommand("--version"));
  assertEquals(await version.ended(), 0);
  assertMatch(version.stdout, /^Kibitz Offline \d+\.\d+\.\d+\n$/);
});

Deno.test("an error that the user can fix gives the engine's sentence and exit code 2", async () => {
  await using cli = new Program(denoCommand(FAKE, "start error"));
  assertEquals(await cli.ended(), 2);
  assertEquals(cli.stderr, "UDP port 4711 is taken; choose another with --port.\n");
});

Deno.test("an internal error gives one sentence and exit code 1, and its stack only with --verbose", async () => {
  await using cli = new Program(denoCommand(FAKE, "start bug"));
  assertEquals(await cli.ended(), 1);
  assertEquals(cli.stderr, "The hub cannot go on: x is not a function.\n");
  await using verbose = new Program(denoCommand(FAKE, "start bug", "--verbose"));
  assertEquals(await verbose.ended(), 1);
  assertMatch(verbose.stderr, /TypeError: x is not a function\n +at /);
});

Deno.test("a permission that is missing is named in one sentence, with exit code 2", async () => {
  await using cli = new Program(denoCommand(FAKE, "start forbidden"));
  assertEquals(await cli.ended(), 2);
  assertEquals(
    cli.stderr,
    "The hub cannot go on: Requires env access, run again with the --allow-env flag.\n",
  );
});

Deno.test("an uncaught error gives one line, and the hub continues", async () => {
  await using cli = new Program(denoCommand(FAKE, "uncaught"));
  await cli.printed(({ stdout, stderr }) =>
    stdout.includes("still running") && stderr.includes("\n")
  );
  cli.signal("SIGINT");
  assertEquals(await cli.ended(), 0);
  assertMatch(cli.stderr, /^warning: .*a promise nobody awaited\n$/);
});

Deno.test("an uncaught error is counted, and shown with its stack with --verbose", async () => {
  await using cli = new Program(denoCommand(FAKE, "uncaught", "--verbose"));
  await cli.printed(({ stdout }) => stdout.includes("still running"));
  cli.signal("SIGINT");
  assertEquals(await cli.ended(), 0);
  assertMatch(cli.stdout, /internal error: Error: a promise nobody awaited\n +at /);
  assertMatch(cli.stdout, /internal error: Error: a timer that threw\n +at /);
});

Deno.test("a hub that cannot serve guests ends with one sentence and exit code 1", async () => {
  await using cli = new Program(denoCommand(FAKE, "cannot serve"));
  assertEquals(await cli.ended(), 1);
  assertEquals(cli.stderr, "The hub cannot go on: a module does not load.\n");
  assertStringIncludes(cli.stdout, "stopped");
  assert(!cli.stdout.includes("tap Allow"), "nobody is invited");
});

for (const name of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${name} ends the hub with exit code 0, though stopping hangs`, async () => {
    await using cli = new Program(denoCommand(FAKE, "stop hangs"));
    await cli.printed(({ stdout }) => stdout.includes("tap Allow"));
    cli.signal(name);
    assertEquals(await cli.ended(), 0);
  });
}

Deno.test("a signal while the hub is still starting ends it with exit code 0", async () => {
  await using cli = new Program(denoCommand(FAKE, "start hangs"));
  await cli.printed(({ stdout }) => stdout.includes("starting"));
  cli.signal("SIGINT");
  assertEquals(await cli.ended(), 0);
});

Deno.test("a signal before guests are served ends the hub, and nobody is invited", async () => {
  await using cli = new Program(denoCommand(FAKE, "ready hangs"));
  await cli.printed(({ stdout }) => stdout.includes("LINK "));
  cli.signal("SIGINT");
  assertEquals(await cli.ended(), 0);
  assertStringIncludes(cli.stdout, "Stopping");
  assert(!cli.stdout.includes("tap Allow"), cli.stdout);
});

Deno.test("a second Ctrl-C ends the hub at once if the first one could not", async () => {
  await using cli = new Program(denoCommand(FAKE, "stop hangs without deadline"));
  await cli.printed(({ stdout }) => stdout.includes("tap Allow"));
  cli.signal("SIGINT");
  await cli.printed(({ stdout }) => stdout.includes("Stopping"));
  // Sooner it would be the same key press.
  await pause(SAME_KEY_PRESS_MS + 50);
  cli.signal("SIGINT");
  assertEquals(await cli.ended(), 0);
});

Deno.test("a change of address prints BLOB and LINK again", async () => {
  await using cli = new Program(denoCommand(FAKE, "address changes"));
  const links = (): string[] => cli.stdout.match(/^LINK .*$/gm) ?? [];
  await cli.printed(() => links().length >= 2);
  assertMatch(links()[0], /192\.168\.1\.23~4711$/);
  assertMatch(links()[1], /10\.0\.0\.7~4711$/);
  assertStringIncludes(cli.stdout, "addresses have changed");
});

Deno.test("--quiet prints BLOB and LINK only, again after a change", async () => {
  await using cli = new Program(denoCommand(FAKE, "address changes", "--quiet"));
  await cli.printed(({ stdout }) => stdout.split("\n").length > 5);
  cli.signal("SIGTERM");
  assertEquals(await cli.ended(), 0);
  for (const line of cli.stdout.trimEnd().split("\n")) assertMatch(line, /^(BLOB|LINK) /);
});

Deno.test("warnings of the engine are always on stderr, and other messages depend on verbosity", async () => {
  const expected = {
    "--quiet": { information: false, detail: false },
    "--quiet=false": { information: true, detail: false },
    "--verbose": { information: true, detail: true },
  };
  for (const [flag, { information, detail }] of Object.entries(expected)) {
    await using cli = new Program(denoCommand(FAKE, "engine talks", flag));
    await cli.printed(({ stdout }) => stdout.includes("LINK "));
    cli.signal("SIGINT");
    await cli.ended();
    assertEquals(cli.stderr, "warning: a warning\n");
    assertEquals(cli.stdout.includes("an information"), information, flag);
    assertEquals(cli.stdout.includes("a detail"), detail, flag);
  }
});

Deno.test("a reader that closes standard output neither stops the hub nor causes errors", async () => {
  await using cli = new Program(denoCommand(FAKE, "address changes"), { readStdout: false });
  await cli.printed(({ stderr }) => stderr.includes("five changes"));
  cli.signal("SIGINT");
  assertEquals(await cli.ended(), 0);
  assertEquals(cli.stderr, "five changes\n");
});

Deno.test("a QR page that cannot start causes a warning, and the hub runs", async () => {
  await using cli = new Program(denoCommand(FAKE, "page refused"));
  await cli.printed(({ stdout }) => stdout.includes("tap Allow"));
  cli.signal("SIGINT");
  assertEquals(await cli.ended(), 0);
  assertMatch(cli.stderr, /^warning: There is no QR page.*the page said no\.\n$/);
  assert(!cli.stdout.includes("http://"), "no page, so no address of it");
});

Deno.test("without a terminal there is no live line and no escape sequence", async () => {
  await using cli = new Program(denoCommand(FAKE, "none"));
  await cli.printed(({ stdout }) => stdout.includes("3 guests in 2 rooms"));
  assert(!cli.stdout.includes("\x1b") && !cli.stdout.includes("\r"));
});

Deno.test({
  name: "a terminal gets a live line, which is rewritten in place and removed before other output",
  ignore: !terminal,
  async fn() {
    await using cli = new Program(inTerminal(denoCommand(FAKE, "none")));
    await cli.printed(({ stdout }) => /up [23] s/.test(stdout));
    await cli.type("\x03");
    assertEquals(await cli.ended(), 0);
    const live = cli.stdout.split("\r\x1b[K").slice(1);
    assertMatch(live[0], /^3 guests in 2 rooms · up \d s · Ctrl-C stops$/);
    assertMatch(live.at(-1) ?? "", /Stopping/);
    assertStringIncludes(cli.stdout, "LINK https://kibitz.chat/?galaxy=g1|");
  },
});

Deno.test({
  name: "the live line is cut in a narrow terminal, and complete if the width is unknown",
  ignore: !terminal,
  async fn() {
    const live = { 20: "3 guests in 2 rooms", 0: "3 guests in 2 rooms · up 1 s · Ctrl-C stops" };
    for (const [columns, line] of Object.entries(live)) {
      await using cli = new Program(inTerminal(denoCommand(FAKE, "none"), Number(columns)));
      await cli.printed(({ stdout }) =>
        stdout.includes("up 2 s") || stdout.split("\x1b[K").length > 3
      );
      assertEquals(cli.stdout.split("\r\x1b[K")[1].replace(/up \d s/, "up 1 s"), line);
    }
  },
});

Deno.test({
  name: "NO_COLOR keeps colours out of the terminal",
  ignore: !terminal,
  async fn() {
    await using cli = new Program(inTerminal(denoCommand(FAKE, "none")), {
      env: { NO_COLOR: "1" },
    });
    await cli.printed(({ stdout }) => stdout.includes("tap Allow"));
    // deno-lint-ignore no-control-regex -- the escape character that starts a colour
    assert(!/\x1b\[[\d;]*m/.test(cli.stdout));
  },
});

Deno.test({
  name: "a fatal error in a terminal waits for Enter, and then keeps its exit code",
  ignore: !terminal,
  async fn() {
    await using cli = new Program(inTerminal(denoCommand(FAKE, "start error")));
    await cli.printed(({ stdout }) => stdout.includes("Press Enter"));
    assertStringIncludes(cli.stdout, "UDP port 4711 is taken");
    await cli.type("\r");
    assertEquals(await cli.ended(), 2);
  },
});

Deno.test({
  name: "a mistyped flag in a terminal does not wait for Enter",
  ignore: !terminal,
  async fn() {
    await using cli = new Program(inTerminal(denoCommand(FAKE, "none", "--prot")));
    assertEquals(await cli.ended(), 2);
    assert(!cli.stdout.includes("Press Enter"));
  },
});
