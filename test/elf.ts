/**
 * Reads the headers of a Linux executable (System V ABI, 64-bit ELF): for which processor it is,
 * what loads it, and on kernels with which page size it can be loaded. For checks of executables
 * that cannot run on this machine. Knows nothing of files: bytes in, facts out.
 *
 * @module
 */

/** What the headers say. */
export interface ElfHeaders {
  readonly machine: "x86_64" | "aarch64" | `machine ${number}`;
  /** The dynamic loader's path; undefined for a static executable. */
  readonly interpreter: string | undefined;
  /**
   * The largest page size, in bytes, of a kernel that can load it: the smallest alignment among its
   * loadable segments (PT_LOAD's p_align), and no more than their offsets and addresses allow.
   */
  readonly maxPageSize: number;
}

/** The largest page size among Raspberry Pi kernels, in bytes: the Pi 5's; earlier ones have 4096. */
export const PI_PAGE_SIZE = 16_384;

/** How much of a file {@linkcode parseElf} needs: program headers and interpreter come first. */
export const ELF_HEAD_BYTES = 65_536;

const MACHINES: Readonly<Record<number, "x86_64" | "aarch64">> = { 62: "x86_64", 183: "aarch64" };
const PT_LOAD = 1;
const PT_INTERP = 3;

/**
 * Reads the headers.
 *
 * @param head the file's first {@linkcode ELF_HEAD_BYTES}, or all of a shorter one.
 * @throws {Error} if it is no 64-bit little-endian ELF file, or its headers lie farther back.
 */
export function parseElf(head: Uint8Array): ElfHeaders {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 64 || view.getUint32(0) !== 0x7f454c46) throw new Error("not an ELF file");
  if (head[4] !== 2 || head[5] !== 1) throw new Error("not a 64-bit little-endian ELF file");
  const number = (at: number) => Number(view.getBigUint64(at, true));
  const machine = view.getUint16(18, true);
  const [start, size, count] = [number(32), view.getUint16(54, true), view.getUint16(56, true)];
  if (size < 56 || start + size * count > head.length) throw new Error("no program headers here");

  let interpreter: string | undefined;
  let maxPageSize = Infinity;
  for (let at = start; at < start + size * count; at += size) {
    const type = view.getUint32(at, true);
    const [offset, address] = [number(at + 8), number(at + 16)];
    if (type === PT_INTERP) {
      if (offset + number(at + 32) > head.length) throw new Error("no interpreter here");
      const path = head.subarray(offset, offset + number(at + 32) - 1); // ends with a NUL
      interpreter = new TextDecoder().decode(path);
    } else if (type === PT_LOAD) {
      // The ABI wants offset and address equal modulo the alignment; a loader maps whole pages.
      let alignment = Math.max(1, number(at + 48));
      while ((address - offset) % alignment !== 0) alignment /= 2;
      maxPageSize = Math.min(maxPageSize, alignment);
    }
  }
  if (maxPageSize === Infinity) throw new Error("nothing in it can be loaded");
  return { machine: MACHINES[machine] ?? `machine ${machine}`, interpreter, maxPageSize };
}

/**
 * What keeps an executable from running on a Raspberry Pi with a 64-bit system.
 *
 * @param head as for {@linkcode parseElf}.
 * @returns a sentence, or undefined if nothing does.
 */
export function whyNotForPi(head: Uint8Array): string | undefined {
  let headers: ElfHeaders;
  try {
    headers = parseElf(head);
  } catch (error) {
    return `Its headers cannot be read: ${(error as Error).message}.`;
  }
  const { machine, interpreter, maxPageSize } = headers;
  if (machine !== "aarch64") return `It is for ${machine}, not for aarch64.`;
  if (interpreter !== undefined && interpreter !== "/lib/ld-linux-aarch64.so.1") {
    return `It is loaded by ${interpreter}, which Raspberry Pi OS does not have.`;
  }
  if (maxPageSize < PI_PAGE_SIZE) {
    return `Its segments are aligned to ${maxPageSize} bytes, and a Pi 5 has pages of ${PI_PAGE_SIZE}.`;
  }
}

/** The beginning of a file, as much as {@linkcode parseElf} needs. */
export async function readElfHead(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const head = new Uint8Array(ELF_HEAD_BYTES);
  let length = 0;
  while (length < head.length) {
    const read = await file.read(head.subarray(length));
    if (read === null) break;
    length += read;
  }
  return head.subarray(0, length);
}
