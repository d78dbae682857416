/** Reading an executable's headers, from headers made here and from this Deno's own. */
import { parseElf, readElfHead, whyNotForPi } from "../elf.ts";
import { assertEquals, assertMatch, assertThrows } from "../assert.ts";

interface Segment {
  offset: number;
  address: number;
  align: number;
}

const INTERPRETER = "/lib/ld-linux-aarch64.so.1";

/** An ELF file without content: PT_INTERP and a PT_LOAD for each segment. */
function elf(
  segments: readonly Segment[],
  { machine = 183, interpreter = INTERPRETER }: { machine?: number; interpreter?: string } = {},
): Uint8Array {
  const text = new TextEncoder().encode(`${interpreter}\0`);
  const headers = [
    { type: 3, offset: 64 + 56 * (segments.length + 1), address: 0, size: text.length, align: 1 },
    ...segments.map((segment) => ({ type: 1, size: 1, ...segment })),
  ];
  const bytes = new Uint8Array(64 + 56 * headers.length + text.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, machine, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, headers.length, true);
  headers.forEach(({ type, offset, address, size, align }, i) => {
    const at = 64 + 56 * i;
    view.setUint32(at, type, true);
    view.setBigUint64(at + 8, BigInt(offset), true);
    view.setBigUint64(at + 16, BigInt(address), true);
    view.setBigUint64(at + 32, BigInt(size), true);
    view.setBigUint64(at + 48, BigInt(align), true);
  });
  bytes.set(text, 64 + 56 * headers.length);
  return bytes;
}

const GOOD: Segment[] = [
  { offset: 0, address: 0, align: 0x10000 },
  { offset: 0x1b20000, address: 0x1e60000, align: 0x10000 },
];

Deno.test("an executable for a Pi is told from its headers", () => {
  assertEquals(parseElf(elf(GOOD)), {
    machine: "aarch64",
    interpreter: INTERPRETER,
    maxPageSize: 0x10000,
  });
  assertEquals(whyNotForPi(elf(GOOD)), undefined);
});

Deno.test("another processor or another loader is not for a Pi", () => {
  assertMatch(whyNotForPi(elf(GOOD, { machine: 62 })) ?? "", /for x86_64, not for aarch64/);
  assertMatch(whyNotForPi(elf(GOOD, { machine: 40 })) ?? "", /for machine 40/);
  const musl = "/lib/ld-musl-aarch64.so.1";
  assertMatch(whyNotForPi(elf(GOOD, { interpreter: musl })) ?? "", /ld-musl-aarch64/);
});

Deno.test("segments that a kernel with pages of 16 KiB cannot map are found", () => {
  const small = [...GOOD, { offset: 0x2000, address: 0x2000, align: 0x1000 }];
  assertMatch(whyNotForPi(elf(small)) ?? "", /aligned to 4096 bytes, and a Pi 5 .* 16384\.$/);
  const apart = [...GOOD, { offset: 0x2000, address: 0x5000, align: 0x10000 }];
  assertEquals(parseElf(elf(apart)).maxPageSize, 0x1000);
  const exact = [{ offset: 0x4000, address: 0x14000, align: 0x4000 }];
  assertEquals(whyNotForPi(elf(exact)), undefined);
});

Deno.test("what is no executable, or cut off, is said and not guessed at", () => {
  const file = elf(GOOD);
  assertThrows(() => parseElf(new Uint8Array()), Error, "not an ELF file");
  assertThrows(() => parseElf(new TextEncoder().encode("#!/bin/sh\n".repeat(9))), Error, "not an");
  assertThrows(() => parseElf(file.with(4, 1)), Error, "not a 64-bit");
  assertThrows(() => parseElf(file.subarray(0, 100)), Error, "no program headers here");
  assertThrows(() => parseElf(file.subarray(0, -1)), Error, "no interpreter here");
  assertThrows(() => parseElf(elf([])), Error, "nothing in it can be loaded");
  assertEquals(whyNotForPi(new Uint8Array(64)), "Its headers cannot be read: not an ELF file.");
});

Deno.test({
  name: "this Deno's own file is for the machine that it runs on",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { machine, interpreter, maxPageSize } = parseElf(await readElfHead(Deno.execPath()));
    assertEquals(machine, Deno.build.arch);
    assertMatch(interpreter ?? "", /^\/lib(64)?\/ld-/);
    assertEquals(maxPageSize % 4096, 0);
  },
});
