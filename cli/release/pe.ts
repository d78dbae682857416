/**
 * Reads a Windows executable (PE32+): its processor, whether it has a console, and whether it has an
 * icon. It works on bytes and opens no files.
 *
 * @module
 */

/** What the headers of an executable say. */
export interface Pe {
  readonly machine: "x86_64" | `machine ${number}`;
  /** Whether Windows opens a console for it. */
  readonly isConsoleProgram: boolean;
  readonly hasIcon: boolean;
}

const MACHINE_AMD64 = 0x8664;
const PE32_PLUS = 0x20b;
const SUBSYSTEM_CONSOLE = 3;
const RT_GROUP_ICON = 14;

/**
 * Reads an executable.
 *
 * @param bytes the whole file.
 * @throws {Error} if it is not a PE32+ file, or if it is cut off.
 */
export function parsePe(bytes: Uint8Array): Pe {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64 || view.getUint16(0) !== 0x4d5a) throw new Error("not a Windows program");
  const header = view.getUint32(0x3c, true);
  if (header + 24 + 136 > bytes.length || view.getUint32(header) !== 0x50450000) {
    throw new Error("not a PE file");
  }
  const optional = header + 24;
  if (view.getUint16(optional, true) !== PE32_PLUS) throw new Error("not a 64-bit program");
  const machine = view.getUint16(header + 4, true);

  const sections = optional + view.getUint16(header + 20, true);
  const resources = view.getUint32(optional + 112 + 16, true); // the third data directory
  let hasIcon = false;
  for (let i = 0; i < view.getUint16(header + 6, true); i++) {
    const at = sections + 40 * i;
    const [address, length] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
    const offset = view.getUint32(at + 20, true);
    if (offset + length > bytes.length) throw new Error("the file is cut off");
    if (resources === 0 || resources < address || resources >= address + length) continue;
    const root = offset + resources - address;
    const entries = view.getUint16(root + 12, true) + view.getUint16(root + 14, true);
    for (let entry = 0; entry < entries; entry++) {
      if (view.getUint32(root + 16 + 8 * entry, true) === RT_GROUP_ICON) hasIcon = true;
    }
  }
  return {
    machine: machine === MACHINE_AMD64 ? "x86_64" : `machine ${machine}`,
    isConsoleProgram: view.getUint16(optional + 68, true) === SUBSYSTEM_CONSOLE,
    hasIcon,
  };
}
