/**
 * The executables of a release: the system of each, the name of its file, and its permissions. This
 * file does not know how they are made.
 *
 * @module
 */

/** An executable. */
export interface Target {
  /** The short name, for `--target`. */
  readonly name: string;
  /** The name of the system for `deno compile`. */
  readonly triple: string;
  /** The name of the file. The download page links to it. */
  readonly file: string;
  /**
   * The libraries that the executable may call: the C library for batched system calls, and OpenSSL
   * for cryptography. Empty for an executable that does not call native code.
   */
  readonly nativeLibraries: readonly string[];
}

/** Every executable of a release. */
export const TARGETS: readonly Target[] = [
  {
    name: "windows",
    triple: "x86_64-pc-windows-msvc",
    file: "kibitz-offline-windows.exe",
    nativeLibraries: [],
  },
  {
    name: "mac-apple-silicon",
    triple: "aarch64-apple-darwin",
    file: "kibitz-offline-mac-apple-silicon",
    nativeLibraries: [],
  },
  {
    name: "mac-intel",
    triple: "x86_64-apple-darwin",
    file: "kibitz-offline-mac-intel",
    nativeLibraries: [],
  },
  {
    name: "linux",
    triple: "x86_64-unknown-linux-gnu",
    file: "kibitz-offline-linux",
    nativeLibraries: [],
  },
  {
    name: "raspberry-pi",
    triple: "aarch64-unknown-linux-gnu",
    file: "kibitz-offline-raspberry-pi",
    // A Pi is four times slower than a PC. Without this, a call of six in HD takes most of a core.
    // Debian 12 and later have this OpenSSL. Without it, the hub uses Deno's own cryptography.
    nativeLibraries: [
      "/usr/lib/aarch64-linux-gnu/libc.so.6",
      "/usr/lib/aarch64-linux-gnu/libcrypto.so.3",
    ],
  },
];

/**
 * The permissions of every executable: only what its flags may need. The README says what each
 * permission is for. An executable may not run programs, and may read only a few environment
 * variables.
 */
export const PERMISSIONS: readonly string[] = [
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-sys=networkInterfaces,hostname",
  "--allow-env=NOTIFY_SOCKET,RUNTIME_DIRECTORY,WATCHDOG_USEC,WATCHDOG_PID",
  // By default, Deno allows code from a few well-known hosts.
  "--deny-import",
  "--no-prompt",
];

/** The permissions of one executable. */
export function permissionsOf({ nativeLibraries }: Target): string[] {
  const ffi = nativeLibraries.length === 0 ? [] : [`--allow-ffi=${nativeLibraries.join()}`];
  return [...PERMISSIONS, ...ffi];
}

/**
 * The system that a runtime or an executable is for.
 *
 * @param head at least the first 64 bytes of the file.
 * @returns the `triple` of one of {@linkcode TARGETS}, or undefined if it is not for any of them.
 */
export function tripleOf(head: Uint8Array): string | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  if (head.length < 20) return undefined;
  if (view.getUint16(0) === 0x4d5a) return "x86_64-pc-windows-msvc"; // MZ
  if (view.getUint32(0) === 0x7f454c46) { // ELF, with its machine at 18
    const machine = view.getUint16(18, true);
    if (machine === 62) return "x86_64-unknown-linux-gnu";
    if (machine === 183) return "aarch64-unknown-linux-gnu";
  }
  if (view.getUint32(0, true) === 0xfeedfacf) { // Mach-O, with its processor at 4
    const processor = view.getUint32(4, true);
    if (processor === 0x01000007) return "x86_64-apple-darwin";
    if (processor === 0x0100000c) return "aarch64-apple-darwin";
  }
  return undefined;
}
