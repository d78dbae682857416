/**
 * Reads a Linux executable (System V ABI, 64-bit ELF) and decides whether a kernel can load it. This
 * checks executables that cannot run on the computer that builds them. It works on bytes and opens
 * no files.
 *
 * @module
 */

/** A part of the file that the kernel maps into memory (PT_LOAD). All numbers are in bytes. */
export interface ElfSegment {
  readonly offset: number;
  readonly address: number;
  /** The bytes that are in the file. The rest of the memory is filled with zeros (`.bss`). */
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

/** What the headers of an executable say. */
export interface Elf {
  readonly machine: "x86_64" | "aarch64" | `machine ${number}`;
  /** The dynamic loader's path; undefined for a static executable. */
  readonly interpreter: string | undefined;
  /** In the order of their addresses. */
  readonly segments: readonly ElfSegment[];
  /** The oldest glibc that it runs with, such as "2.27"; undefined if it does not use glibc. */
  readonly glibc: string | undefined;
}

/**
 * The largest memory pages, in bytes, of the kernels on which an executable has to run. A Raspberry
 * Pi 5 has pages of 16 KiB, some arm64 servers have 64 KiB. The x86_64 architecture has only 4 KiB.
 */
const LARGEST_PAGE: Readonly<Record<string, number>> = { aarch64: 65_536, x86_64: 4096 };

/** The dynamic loaders of the systems that the executables are for. */
const INTERPRETERS: Readonly<Record<string, string>> = {
  aarch64: "/lib/ld-linux-aarch64.so.1",
  x86_64: "/lib64/ld-linux-x86-64.so.2",
};

/** The newest glibc that an executable may need. README.md states it. */
const OLDEST_GLIBC = "2.27";

const MACHINES: Readonly<Record<number, "x86_64" | "aarch64">> = { 62: "x86_64", 183: "aarch64" };
const HEADER_BYTES = 64;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_STRTAB = 5;
const DT_VERNEED = 0x6ffffffe;
const DT_VERNEEDNUM = 0x6fffffff;

/**
 * Reads an executable.
 *
 * @param bytes the whole file.
 * @throws {Error} if it is not a 64-bit little-endian ELF file, or if it is cut off.
 */
export function parseElf(bytes: Uint8Array): Elf {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(0) !== 0x7f454c46) {
    throw new Error("not an ELF file");
  }
  if (bytes[4] !== 2 || bytes[5] !== 1) throw new Error("not a 64-bit little-endian ELF file");
  const number = (at: number) => Number(view.getBigUint64(at, true));
  const machine = view.getUint16(18, true);
  const [start, size, count] = [number(32), view.getUint16(54, true), view.getUint16(56, true)];
  if (size < 56 || start + size * count > bytes.length) throw new Error("no program headers");

  let interpreter: string | undefined;
  let dynamic: readonly [offset: number, bytes: number] | undefined;
  const segments: ElfSegment[] = [];
  for (let at = start; at < start + size * count; at += size) {
    const type = view.getUint32(at, true);
    const [offset, address] = [number(at + 8), number(at + 16)];
    const [fileBytes, memoryBytes] = [number(at + 32), number(at + 40)];
    if (type !== PT_LOAD && type !== PT_DYNAMIC && type !== PT_INTERP) continue;
    if (offset + fileBytes > bytes.length) throw new Error("the file is cut off");
    if (type === PT_LOAD) segments.push({ offset, address, fileBytes, memoryBytes });
    else if (type === PT_DYNAMIC) dynamic = [offset, fileBytes];
    else interpreter = textAt(bytes, offset);
  }
  if (segments.length === 0) throw new Error("nothing in it can be loaded");
  segments.sort((a, b) => a.address - b.address);
  return {
    machine: MACHINES[machine] ?? `machine ${machine}`,
    interpreter,
    segments,
    glibc: dynamic === undefined ? undefined : neededGlibc(view, bytes, segments, dynamic),
  };
}

/**
 * Why a kernel cannot load the segments.
 *
 * The kernel maps whole pages. Two segments that share a page overwrite each other. A segment cannot
 * be mapped if its positions in the file and in memory differ within a page. The alignment in the
 * headers (p_align) does not show whether either is the case.
 *
 * @param segments the segments in the order of their addresses.
 * @param pageSize the kernel's page size in bytes, a power of two.
 * @returns a sentence, or undefined if the kernel can load the segments.
 */
export function whyNotLoadable(
  segments: readonly ElfSegment[],
  pageSize: number,
): string | undefined {
  let occupied = -1; // the last page of the segments so far
  for (const { offset, address, memoryBytes } of segments) {
    if (memoryBytes === 0) continue;
    const at = `0x${address.toString(16)}`;
    if (offset % pageSize !== address % pageSize) {
      return `The segment at ${at} lies elsewhere within a page of ${pageSize} bytes than in the file.`;
    }
    const page = Math.floor(address / pageSize);
    if (page <= occupied) {
      return `The segment at ${at} begins in a page of ${pageSize} bytes that another one uses.`;
    }
    occupied = Math.floor((address + memoryBytes - 1) / pageSize);
  }
}

/**
 * Why an executable does not start on the systems that it is for.
 *
 * @param bytes the whole file.
 * @param machine the processor that it has to be for.
 * @returns a sentence, or undefined if it starts.
 */
export function whyNotForLinux(
  bytes: Uint8Array,
  machine: "x86_64" | "aarch64",
): string | undefined {
  let elf: Elf;
  try {
    elf = parseElf(bytes);
  } catch (error) {
    return `It cannot be read: ${(error as Error).message}.`;
  }
  if (elf.machine !== machine) return `It is for ${elf.machine}, not for ${machine}.`;
  if (elf.interpreter !== INTERPRETERS[machine]) {
    return `It is loaded by ${elf.interpreter ?? "no program"}, not by ${INTERPRETERS[machine]}.`;
  }
  if (elf.glibc !== undefined && compareVersions(elf.glibc, OLDEST_GLIBC) > 0) {
    return `It needs glibc ${elf.glibc}, which is newer than ${OLDEST_GLIBC}.`;
  }
  return whyNotLoadable(elf.segments, LARGEST_PAGE[machine]);
}

/** The newest of the `GLIBC_…` versions that the dynamic section requires. */
function neededGlibc(
  view: DataView,
  bytes: Uint8Array,
  segments: readonly ElfSegment[],
  [start, length]: readonly [number, number],
): string | undefined {
  const entries = new Map<number, number>();
  for (let at = start; at + 16 <= start + length; at += 16) {
    entries.set(Number(view.getBigUint64(at, true)), Number(view.getBigUint64(at + 8, true)));
  }
  const offsetOf = (address = -1) => {
    const home = segments.find((segment) =>
      address >= segment.address && address < segment.address + segment.fileBytes
    );
    return home === undefined ? undefined : address - home.address + home.offset;
  };
  const strings = offsetOf(entries.get(DT_STRTAB));
  let at = offsetOf(entries.get(DT_VERNEED));
  if (strings === undefined || at === undefined) return undefined;
  let newest: string | undefined;
  // There is a Verneed for each library. Each has a chain of Vernaux, one for each version.
  for (let library = entries.get(DT_VERNEEDNUM) ?? 0; library > 0; library--) {
    let version = at + view.getUint32(at + 8, true);
    for (let count = view.getUint16(at + 2, true); count > 0; count--) {
      const name = textAt(bytes, strings + view.getUint32(version + 8, true));
      const [, wanted] = /^GLIBC_([\d.]+)$/.exec(name) ?? [];
      if (wanted !== undefined && compareVersions(wanted, newest ?? "0") > 0) newest = wanted;
      version += view.getUint32(version + 12, true);
    }
    at += view.getUint32(at + 12, true);
  }
  return newest;
}

/** The text at an offset, up to its NUL. */
function textAt(bytes: Uint8Array, offset: number): string {
  const end = bytes.indexOf(0, offset);
  if (end < 0) throw new Error("a text in it does not end");
  return new TextDecoder().decode(bytes.subarray(offset, end));
}

/** Compares versions: negative if `a` is older than `b`, positive if it is newer. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
