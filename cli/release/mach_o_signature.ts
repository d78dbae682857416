/**
 * Checks and makes the "ad hoc" code signature of a macOS executable: a list of the hashes of its
 * pages, without a certificate. Macs with Apple silicon do not start a program without one.
 *
 * `deno compile` signs the file for Apple silicon. It leaves the file for Intel unsigned unless it
 * runs on a Mac. macOS on Intel starts unsigned programs, but its firewall then asks about them
 * again and again. No package on npm or PyPI can sign a Mach-O file. The Rust crate apple-codesign
 * can, but takes ten minutes to build, longer than the rest of a release. It accepts the signatures
 * that this file makes.
 *
 * The structures (SuperBlob, CodeDirectory) are described in Apple's xnu, bsd/sys/codesign.h. Their
 * numbers are big-endian. Those of Mach-O are little-endian.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { LC_CODE_SIGNATURE, parseMachO } from "./mach_o.ts";

const CSMAGIC_EMBEDDED_SIGNATURE = 0xfade0cc0;
const CSMAGIC_CODEDIRECTORY = 0xfade0c02;
const CSSLOT_CODEDIRECTORY = 0;
/** The first version with `execSegBase`, which tells the kernel which part is code. */
const CODE_DIRECTORY_VERSION = 0x20400;
const CODE_DIRECTORY_BYTES = 88;
const SUPER_BLOB_BYTES = 20; // with an index of one blob
/** CS_ADHOC and CS_LINKER_SIGNED: `codesign` on a Mac may replace the signature. */
const FLAGS = 0x2 | 0x20000;
const CS_HASHTYPE_SHA256 = 2;
const SHA256_BYTES = 32;
const PAGE_SHIFT = 12;
const PAGE = 1 << PAGE_SHIFT;
const CS_EXECSEG_MAIN_BINARY = 1;
const SIGNATURE_ALIGNMENT = 16;

/**
 * What is wrong with the signature of an executable.
 *
 * @param bytes the whole file.
 * @returns a sentence, or undefined if the hashes of all pages match the signature.
 */
export function whyNotSigned(bytes: Uint8Array): string | undefined {
  const { signature } = parseMachO(bytes);
  if (signature === undefined) return "It has no code signature.";
  const { offset, bytes: length } = signature;
  if (offset + length > bytes.length) return "Its code signature is cut off.";
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, length);
  if (length < SUPER_BLOB_BYTES || view.getUint32(0) !== CSMAGIC_EMBEDDED_SIGNATURE) {
    return "Its code signature cannot be read.";
  }
  let directory: number | undefined;
  for (let i = 0; i < view.getUint32(8); i++) {
    if (view.getUint32(12 + 8 * i) === CSSLOT_CODEDIRECTORY) directory = view.getUint32(16 + 8 * i);
  }
  if (directory === undefined || view.getUint32(directory) !== CSMAGIC_CODEDIRECTORY) {
    return "Its code signature has no list of hashes.";
  }
  const hashes = directory + view.getUint32(directory + 16);
  const count = view.getUint32(directory + 28);
  const limit = view.getUint32(directory + 32);
  const [hashBytes, hashType, , pageShift] = new Uint8Array(
    bytes.buffer,
    bytes.byteOffset + offset + directory + 36,
    4,
  );
  if (hashBytes !== SHA256_BYTES || hashType !== CS_HASHTYPE_SHA256) {
    return "Its code signature does not use SHA-256.";
  }
  if (limit !== offset || count !== Math.ceil(limit / 2 ** pageShift)) {
    return "Its code signature does not cover all of it.";
  }
  for (let page = 0; page < count; page++) {
    const start = page * 2 ** pageShift;
    const expected = bytes.subarray(offset + hashes + page * SHA256_BYTES).subarray(
      0,
      SHA256_BYTES,
    );
    const found = sha256(bytes.subarray(start, Math.min(start + 2 ** pageShift, limit)));
    if (!found.every((byte, i) => byte === expected[i])) {
      return `Its code signature does not fit: page ${page} of ${count} has another hash.`;
    }
  }
}

/**
 * Signs an executable that has no signature.
 *
 * @param bytes the whole file. It is not changed.
 * @param identifier the program's name.
 * @returns the signed file.
 * @throws {Error} if it is signed already, or has no room for one more load command.
 */
export function signAdHoc(bytes: Uint8Array, identifier: string): Uint8Array<ArrayBuffer> {
  const { signature, commands, commandsEnd, contentsStart, text, linkEdit } = parseMachO(bytes);
  if (signature !== undefined) throw new Error("it is signed already");
  if (commandsEnd + 16 > contentsStart) throw new Error("no room for a load command");
  if (linkEdit.offset + linkEdit.fileBytes !== bytes.length) {
    throw new Error("something lies behind its last segment");
  }
  const offset = Math.ceil(bytes.length / SIGNATURE_ALIGNMENT) * SIGNATURE_ALIGNMENT;
  const name = new TextEncoder().encode(`${identifier}\0`);
  const pages = Math.ceil(offset / PAGE);
  const hashes = CODE_DIRECTORY_BYTES + name.length;
  const directoryBytes = hashes + pages * SHA256_BYTES;
  const signatureBytes = SUPER_BLOB_BYTES + directoryBytes;

  const signed = new Uint8Array(offset + signatureBytes);
  signed.set(bytes);
  const view = new DataView(signed.buffer);
  view.setUint32(16, commands.length + 1, true);
  view.setUint32(20, view.getUint32(20, true) + 16, true);
  view.setUint32(commandsEnd, LC_CODE_SIGNATURE, true);
  view.setUint32(commandsEnd + 4, 16, true);
  view.setUint32(commandsEnd + 8, offset, true);
  view.setUint32(commandsEnd + 12, signatureBytes, true);
  const linkEditBytes = signed.length - linkEdit.offset;
  view.setBigUint64(linkEdit.at + 32, BigInt(Math.ceil(linkEditBytes / PAGE) * PAGE), true);
  view.setBigUint64(linkEdit.at + 48, BigInt(linkEditBytes), true);

  let at = offset;
  const write = (...numbers: number[]) => {
    for (const number of numbers) view.setUint32((at += 4) - 4, number);
  };
  write(CSMAGIC_EMBEDDED_SIGNATURE, signatureBytes, 1, CSSLOT_CODEDIRECTORY, SUPER_BLOB_BYTES);
  write(CSMAGIC_CODEDIRECTORY, directoryBytes, CODE_DIRECTORY_VERSION, FLAGS);
  write(hashes, CODE_DIRECTORY_BYTES, 0, pages, offset);
  write(SHA256_BYTES << 24 | CS_HASHTYPE_SHA256 << 16 | PAGE_SHIFT);
  write(0, 0, 0, 0); // spare2, scatterOffset, teamOffset, spare3
  write(0, 0); // codeLimit64: the file is smaller than 4 GiB
  write(0, text.offset, 0, text.fileBytes, 0, CS_EXECSEG_MAIN_BINARY);
  signed.set(name, at);
  at += name.length;
  for (let page = 0; page < pages; page++) {
    const end = Math.min((page + 1) * PAGE, offset);
    signed.set(sha256(signed.subarray(page * PAGE, end)), at + page * SHA256_BYTES);
  }
  return signed;
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}
