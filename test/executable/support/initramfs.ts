/**
 * Makes the first file system of a Linux kernel: a cpio archive in the form "newc" (the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst).
 *
 * @module
 */

/** What is in it, by paths without a leading slash. */
export interface FileSystem {
  /** Each after the one that it is in. */
  readonly directories: readonly string[];
  /** Every file may be executed. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

const DIRECTORY = 0o040755;
const FILE = 0o100755;
const END = "TRAILER!!!";

/** The archive. */
export async function initramfs({ directories, files }: FileSystem): Promise<Uint8Array> {
  const parts: BlobPart[] = [];
  let inode = 0;
  const add = (name: string, mode: number, content: Uint8Array) => {
    const path = new TextEncoder().encode(`${name}\0`);
    // inode, mode, uid, gid, links, time, size, device (2), its own device (2), name's length, sum
    const fields = [++inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, path.length, 0];
    const hex = fields.map((field) => field.toString(16).padStart(8, "0")).join("");
    const head = new TextEncoder().encode(`070701${hex}`);
    parts.push(head, path, padding(head.length + path.length));
    parts.push(content as Uint8Array<ArrayBuffer>, padding(content.length));
  };
  for (const path of directories) add(path, DIRECTORY, new Uint8Array());
  for (const [path, content] of Object.entries(files)) add(path, FILE, content);
  add(END, 0, new Uint8Array());
  return await new Blob(parts).bytes();
}

/** Zeros up to the next multiple of four. */
function padding(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(-length & 3);
}
