/** The flags of `build.ts`, the commands that it runs, and how it recognizes runtimes. */
import { compileCommand } from "../../cli/release/compiler.ts";
import { parseBuildFlags } from "../../cli/release/options.ts";
import { permissionsIn, whyOtherPermissions } from "../../cli/release/permissions.ts";
import { PERMISSIONS, permissionsOf, TARGETS, tripleOf } from "../../cli/release/targets.ts";
import { UsageError } from "../../cli/usage_error.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../support/assert.ts";

const target = (name: string) => TARGETS.find((target) => target.name === name)!;

Deno.test("without flags all five executables are built, under the names of the download page", () => {
  const options = parseBuildFlags([]);
  assertEquals(options?.targets.map(({ file }) => file), [
    "kibitz-offline-windows.exe",
    "kibitz-offline-mac-apple-silicon",
    "kibitz-offline-mac-intel",
    "kibitz-offline-linux",
    "kibitz-offline-raspberry-pi",
  ]);
  assertEquals([options?.base, options?.dryRun], [
    "https://kibitz.chat",
    false,
  ]);
});

Deno.test("several targets may be chosen, and each is built once", () => {
  const options = parseBuildFlags(["--target", "linux", "--target=windows", "--target", "linux"]);
  assertEquals(options?.targets, [target("linux"), target("windows")]);
});

Deno.test("another site is built in as with --base", () => {
  assertEquals(
    parseBuildFlags(["--base", "https://call.example/x"])?.base,
    "https://call.example/x",
  );
  assertEquals(parseBuildFlags(["--dry-run"])?.dryRun, true);
  assertEquals(parseBuildFlags(["--help"]), undefined);
});

Deno.test("an unknown argument is reported in one sentence, with the nearest known one", () => {
  const refused = (args: string[], message: string) =>
    assertThrows(() => parseBuildFlags(args), UsageError, message);
  refused(["--target", "linx"], "did you mean linux?");
  refused(["--target", "raspbery-pi"], "did you mean raspberry-pi?");
  refused(["--target", "amiga"], "there are windows, mac-apple-silicon");
  refused(["--traget", "linux"], "did you mean --target?");
  refused(["--base", "ftp://x"], "--base takes a web address");
  refused(["linux"], `"linux" is not a flag`);
});

const PROGRAM = { directory: "BUNDLE", included: ["worker.mjs"], icon: "ICON" };

Deno.test("an executable is given what its flags need and nothing wider", () => {
  for (const target of TARGETS) {
    const command = compileCommand(target, PROGRAM, "OUT");
    for (const permission of PERMISSIONS) {
      assert(command.includes(permission), permission);
    }
    for (const wide of ["-A", "--allow-all", "--allow-run", "--allow-ffi", "--allow-env"]) {
      assert(!command.includes(wide), wide);
    }
    assert(!command.some((word) => /^--allow-(run|import)/.test(word)));
    assert(command.includes("--no-prompt"), "nobody is asked for more");
  }
});

Deno.test("only the Raspberry Pi's executable may call native code, and only two libraries", () => {
  for (const { name } of TARGETS) {
    const ffi = permissionsOf(target(name)).filter((flag) => flag.startsWith("--allow-ffi"));
    const expected = name === "raspberry-pi"
      ? [
        "--allow-ffi=/usr/lib/aarch64-linux-gnu/libc.so.6,/usr/lib/aarch64-linux-gnu/libcrypto.so.3",
      ]
      : [];
    assertEquals(ffi, expected, name);
  }
});

Deno.test("only Windows gets the icon, and files without an import are listed", () => {
  for (const target of TARGETS) {
    const command = compileCommand(target, PROGRAM, "OUT").join(" ");
    assertEquals(command.includes("--icon ICON"), target.name === "windows");
    assertMatch(command, /--include BUNDLE\/worker\.mjs/);
  }
});

/** An executable with settings inside, as `deno compile` leaves them. */
function compiled(permissions: unknown): Uint8Array {
  const settings = new TextEncoder().encode(JSON.stringify({ argv: [], permissions }));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(settings.length), true);
  const mark = new TextEncoder().encode("d3n0l4nd");
  // Such a file also ends with the mark, followed by something else.
  return Uint8Array.from([7, 7, ...mark, ...length, ...settings, 1, 2, ...mark, 9, 9]);
}

Deno.test("permissions are read out of an executable, and compared with what it should have", () => {
  const flags = ["--allow-net", "--allow-sys=networkInterfaces,hostname", "--no-prompt"];
  const right = {
    allow_net: [],
    allow_sys: ["networkInterfaces", "hostname"],
    allow_run: null,
    prompt: false,
  };
  const problem = (permissions: typeof right | Record<string, unknown>) =>
    whyOtherPermissions(permissionsIn(compiled(permissions)), flags);
  assertEquals(problem(right), undefined);
  assertMatch(problem({ ...right, allow_run: [] }) ?? "", /allow_run , and should have off/);
  assertMatch(problem({ ...right, allow_net: null }) ?? "", /allow_net off, and should have/);
  assertMatch(problem({ ...right, allow_sys: [] }) ?? "", /allow_sys/);
  assertMatch(problem({ ...right, prompt: true }) ?? "", /asks for more/);
  const { allow_net: _, ...without } = right;
  assertMatch(problem(without) ?? "", /lacks allow_net/);
  assertThrows(() => permissionsIn(new Uint8Array(100)), Error, "no program");
});

/** The first bytes of an executable file. */
function head(...fields: [offset: number, bytes: number[]][]): Uint8Array {
  const bytes = new Uint8Array(64);
  for (const [offset, field] of fields) bytes.set(field, offset);
  return bytes;
}

Deno.test("a runtime is recognized by its header (ELF, PE or Mach-O)", () => {
  const elf = [0x7f, 0x45, 0x4c, 0x46];
  const mach = [0xcf, 0xfa, 0xed, 0xfe];
  assertEquals(tripleOf(head([0, elf], [18, [62, 0]])), target("linux").triple);
  assertEquals(tripleOf(head([0, elf], [18, [183, 0]])), target("raspberry-pi").triple);
  assertEquals(tripleOf(head([0, elf], [18, [40, 0]])), undefined, "32-bit ARM");
  assertEquals(tripleOf(head([0, [0x4d, 0x5a]])), target("windows").triple);
  assertEquals(tripleOf(head([0, mach], [4, [7, 0, 0, 1]])), target("mac-intel").triple);
  assertEquals(tripleOf(head([0, mach], [4, [12, 0, 0, 1]])), target("mac-apple-silicon").triple);
  assertEquals(tripleOf(new TextEncoder().encode("#!/bin/sh\necho no runtime\n")), undefined);
  assertEquals(tripleOf(new Uint8Array(3)), undefined);
});

Deno.test("the running Deno's file is recognized as one of this system", async () => {
  using file = await Deno.open(Deno.execPath());
  const bytes = new Uint8Array(64);
  await file.read(bytes);
  assertEquals(tripleOf(bytes), Deno.build.target.replace(/-musl$/, "-gnu"));
});
