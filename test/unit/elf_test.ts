/** Checks of Linux executables, with headers made here and with the running Deno's file. */
import { parseElf, whyNotForLinux, whyNotLoadable } from "../../cli/release/elf.ts";
import { assertEquals, assertMatch, assertThrows } from "../assert.ts";

interface Segment {
  offset: number;
  address: number;
  fileBytes: number;
  memoryBytes: number;
}

const LOADER = "/lib/ld-linux-aarch64.so.1";

/** An ELF file without content: PT_INTERP, and a PT_LOAD for each segment. */
function elf(
  segments: readonly Segment[],
  { machine = 183, interpreter = LOADER }: {
    machine?: number;
    interpreter?: string;
  } = {},
): Uint8Array {
  const text = new TextEncoder().encode(`${interpreter}\0`);
  const textAt = 64 + 56 * (segments.length + 1);
  const headers = [
    { type: 3, offset: textAt, address: 0, fileBytes: text.length, memoryBytes: text.length },
    ...segments.map((segment) => ({ type: 1, ...segment })),
  ];
  const end = Math.max(textAt + text.length, ...headers.map((h) => h.offset + h.fileBytes));
  const bytes = new Uint8Array(end);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, machine, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, headers.length, true);
  headers.forEach(({ type, ...numbers }, i) => {
    const at = 64 + 56 * i;
    view.setUint32(at, type, true);
    view.setBigUint64(at + 8, BigInt(numbers.offset), true);
    view.setBigUint64(at + 16, BigInt(numbers.address), true);
    view.setBigUint64(at + 32, BigInt(numbers.fileBytes), true);
    view.setBigUint64(at + 40, BigInt(numbers.memoryBytes), true);
    view.setBigUint64(at + 48, 0x10000n, true); // what p_align says is no proof of anything
  });
  bytes.set(text, textAt);
  return bytes;
}

const CODE: Segment = { offset: 0, address: 0, fileBytes: 0x800, memoryBytes: 0x800 };
/** Data, followed by zeros that are not in the file. */
const DATA: Segment = { offset: 0x1560, address: 0x21560, fileBytes: 0x300, memoryBytes: 0x2c40 };
const GOOD = [CODE, DATA];
/** The segment that Deno 2.9 appends, at the next multiple of 4 KiB after the data. */
const APPENDED: Segment = {
  offset: 0x5000,
  address: 0x25000,
  fileBytes: 0x938,
  memoryBytes: 0x938,
};

Deno.test("an executable can be loaded if its segments share no page", () => {
  assertEquals(whyNotForLinux(elf(GOOD), "aarch64"), undefined);
  assertEquals(parseElf(elf([DATA, CODE])).segments, GOOD, "in the order of their addresses");
});

Deno.test("a segment that shares a page with another's .bss is found, even if p_align hides it", () => {
  assertEquals(DATA.address + DATA.memoryBytes, 0x241a0, "the data end before 0x25000");
  const segments = [...GOOD, APPENDED];
  assertEquals(whyNotLoadable(segments, 4096), undefined);
  assertMatch(whyNotLoadable(segments, 16_384) ?? "", /0x25000 begins in a page of 16384 bytes/);
  assertMatch(whyNotForLinux(elf(segments), "aarch64") ?? "", /page of 65536 bytes/);
  const exact = { ...APPENDED, offset: 0x10000, address: 0x30000 };
  assertEquals(whyNotForLinux(elf([...GOOD, exact]), "aarch64"), undefined);
});

Deno.test("a segment with different page offsets in file and memory is found", () => {
  const moved = { ...DATA, address: DATA.address + 0x4000 };
  assertEquals(whyNotLoadable([CODE, moved], 16_384), undefined);
  assertMatch(whyNotLoadable([CODE, moved], 65_536) ?? "", /0x25560 lies elsewhere within a page/);
});

Deno.test("headers at the end of the file are read too", () => {
  const file = elf(GOOD);
  const moved = new Uint8Array(file.length + 56 * 3);
  moved.set(file);
  moved.set(file.subarray(64, 64 + 56 * 3), file.length);
  new DataView(moved.buffer).setBigUint64(32, BigInt(file.length), true);
  assertEquals(parseElf(moved), parseElf(file));
});

Deno.test("another processor or another loader is refused", () => {
  const refused = (file: Uint8Array, words: RegExp) =>
    assertMatch(whyNotForLinux(file, "aarch64") ?? "", words);
  refused(elf(GOOD, { machine: 62 }), /for x86_64, not for aarch64/);
  refused(elf(GOOD, { machine: 40 }), /for machine 40/);
  refused(elf(GOOD, { interpreter: "/lib/ld-musl-aarch64.so.1" }), /loaded by .*ld-musl-aarch64/);
});

Deno.test("a file that is not an executable, or cut off, is refused", () => {
  const file = elf(GOOD);
  assertThrows(() => parseElf(new Uint8Array()), Error, "not an ELF file");
  assertThrows(() => parseElf(new TextEncoder().encode("#!/bin/sh\n".repeat(9))), Error, "not an");
  assertThrows(() => parseElf(file.with(4, 1)), Error, "not a 64-bit");
  assertThrows(() => parseElf(file.subarray(0, 100)), Error, "no program headers");
  assertThrows(() => parseElf(file.subarray(0, -1)), Error, "cut off");
  assertThrows(() => parseElf(elf([])), Error, "nothing in it can be loaded");
  assertMatch(whyNotForLinux(new Uint8Array(64), "aarch64") ?? "", /cannot be read: not an ELF/);
});

Deno.test({
  name: "the running Deno's file can be loaded here, and needs no newer glibc than the system's",
  ignore: Deno.build.target !== "x86_64-unknown-linux-gnu",
  async fn() {
    const bytes = await Deno.readFile(Deno.execPath());
    const { machine, glibc, segments } = parseElf(bytes);
    assertEquals(machine, "x86_64");
    assertMatch(glibc ?? "", /^2\.\d+/);
    assertEquals(whyNotLoadable(segments, 4096), undefined);
  },
});
