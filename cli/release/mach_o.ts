/**
 * Reads a macOS executable (64-bit Mach-O): the oldest macOS that it accepts, and the positions of its
 * parts. It works on bytes and opens no files.
 *
 * @module
 */

/** A load command, and its position in the file. */
export interface LoadCommand {
  readonly kind: number;
  readonly at: number;
  readonly bytes: number;
}

/** A segment (LC_SEGMENT_64). All numbers are in bytes. */
export interface MachOSegment {
  /** The position of its load command. */
  readonly at: number;
  readonly offset: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

/** What the headers of an executable say. */
export interface MachO {
  /** The oldest macOS that starts it, such as "11.0"; undefined if it does not say. */
  readonly oldestMacOs: string | undefined;
  readonly commands: readonly LoadCommand[];
  /** Where the load commands end. */
  readonly commandsEnd: number;
  /** Where the first section begins. Load commands have room up to here. */
  readonly contentsStart: number;
  readonly text: MachOSegment;
  readonly linkEdit: MachOSegment;
  /** The position of the code signature; undefined if there is none. */
  readonly signature: { readonly offset: number; readonly bytes: number } | undefined;
}

/** The load command with the position of the code signature. */
export const LC_CODE_SIGNATURE = 0x1d;
const LC_SEGMENT_64 = 0x19;
const LC_VERSION_MIN_MACOSX = 0x24;
const LC_BUILD_VERSION = 0x32;
const HEADER_BYTES = 32;
const SEGMENT_BYTES = 72;
const SECTION_BYTES = 80;

/**
 * Reads an executable.
 *
 * @param bytes the whole file.
 * @throws {Error} if it is not a 64-bit Mach-O executable, or if it is cut off.
 */
export function parseMachO(bytes: Uint8Array): MachO {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(0, true) !== 0xfeedfacf) {
    throw new Error("not a 64-bit Mach-O file");
  }
  const commandsEnd = HEADER_BYTES + view.getUint32(20, true);
  if (commandsEnd > bytes.length) throw new Error("the file is cut off");

  const commands: LoadCommand[] = [];
  const segments = new Map<string, MachOSegment>();
  let oldestMacOs: string | undefined;
  let signature: MachO["signature"];
  let contentsStart = bytes.length;
  let at = HEADER_BYTES;
  for (let count = view.getUint32(16, true); count > 0; count--) {
    const [kind, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    if (length < 8 || at + length > commandsEnd) throw new Error("its load commands are broken");
    commands.push({ kind, at, bytes: length });
    if (kind === LC_SEGMENT_64) {
      const number = (offset: number) => Number(view.getBigUint64(at + offset, true));
      const name = new TextDecoder().decode(bytes.subarray(at + 8, at + 24)).replace(/\0+$/, "");
      const segment = { at, offset: number(40), fileBytes: number(48), memoryBytes: number(32) };
      if (segment.offset + segment.fileBytes > bytes.length) throw new Error("the file is cut off");
      segments.set(name, segment);
      for (let section = view.getUint32(at + 64, true); section > 0; section--) {
        const start = view.getUint32(at + SEGMENT_BYTES + SECTION_BYTES * (section - 1) + 48, true);
        if (start > 0) contentsStart = Math.min(contentsStart, start);
      }
    } else if (kind === LC_VERSION_MIN_MACOSX) {
      oldestMacOs = versionOf(view.getUint32(at + 8, true));
    } else if (kind === LC_BUILD_VERSION) {
      oldestMacOs = versionOf(view.getUint32(at + 12, true));
    } else if (kind === LC_CODE_SIGNATURE) {
      signature = { offset: view.getUint32(at + 8, true), bytes: view.getUint32(at + 12, true) };
    }
    at += length;
  }
  const [text, linkEdit] = [segments.get("__TEXT"), segments.get("__LINKEDIT")];
  if (text === undefined || linkEdit === undefined) throw new Error("it has no code");
  return { oldestMacOs, commands, commandsEnd, contentsStart, text, linkEdit, signature };
}

/** A version from a load command: 16, 8 and 8 bits. The last part is left out. */
function versionOf(packed: number): string {
  return `${packed >>> 16}.${packed >>> 8 & 0xff}`;
}
