/** What `build.ts` makes of its flags, which commands it runs, and what it takes a runtime for. */
import { compileCommand, parseBuildFlags, PERMISSIONS, TARGETS, tripleOf } from "../../build.ts";
import { UsageError } from "../../cli/usage_error.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

const target = (name: string) => TARGETS.find((target) => target.name === name)!;

Deno.test("without flags all five executables are built, under the names the world links", () => {
  const options = parseBuildFlags([]);
  assertEquals(options?.targets.map(({ file }) => file), [
    "kibitz-offline-windows.exe",
    "kibitz-offline-mac-apple-silicon",
    "kibitz-offline-mac-intel",
    "kibitz-offline-linux",
    "kibitz-offline-raspberry-pi",
  ]);
  assertEquals([options?.base, options?.dryRun], ["https://kibitz.chat", false]);
});

Deno.test("targets may be named, several, each once", () => {
  const options = parseBuildFlags(["--target", "linux", "--target=windows", "--target", "linux"]);
  assertEquals(options?.targets, [target("linux"), target("windows")]);
});

Deno.test("another site is baked in as --base would take it", () => {
  assertEquals(
    parseBuildFlags(["--base", "https://call.example/x"])?.base,
    "https://call.example/x",
  );
  assertEquals(parseBuildFlags(["--dry-run"])?.dryRun, true);
  assertEquals(parseBuildFlags(["--help"]), undefined);
});

Deno.test("what is not understood is told in a sentence, with what was probably meant", () => {
  const refused = (args: string[], message: string) =>
    assertThrows(() => parseBuildFlags(args), UsageError, message);
  refused(["--target", "linx"], "did you mean linux?");
  refused(["--target", "raspbery-pi"], "did you mean raspberry-pi?");
  refused(["--target", "amiga"], "there are windows, mac-apple-silicon");
  refused(["--traget", "linux"], "did you mean --target?");
  refused(["--base", "ftp://x"], "--base takes a web address");
  refused(["linux"], `"linux" is not a flag`);
});

Deno.test("an executable is given what its flags need and nothing wider", () => {
  const command = compileCommand(target("linux"), "BUNDLE", "OUT");
  for (const permission of PERMISSIONS) assert(command.includes(permission), permission);
  for (const wide of ["-A", "--allow-all", "--allow-run", "--allow-ffi", "--allow-env"]) {
    assert(!command.some((word) => word === wide || word.startsWith(`${wide}=x`)), wide);
  }
  assert(!command.some((word) => /^--allow-(run|ffi|import)/.test(word)));
  assert(command.includes("--no-prompt"), "nobody is asked for more");
});

/** The first bytes of an executable file. */
function head(...fields: [offset: number, bytes: number[]][]): Uint8Array {
  const bytes = new Uint8Array(64);
  for (const [offset, field] of fields) bytes.set(field, offset);
  return bytes;
}

Deno.test("a runtime is known by its header (ELF, PE and Mach-O)", () => {
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

Deno.test("this Deno is told apart from others by its own file", async () => {
  using file = await Deno.open(Deno.execPath());
  const bytes = new Uint8Array(64);
  await file.read(bytes);
  assertEquals(tripleOf(bytes), Deno.build.target.replace(/-musl$/, "-gnu"));
});
