/**
 * Opens libcrypto, the system's OpenSSL, where native code may be called. An edge.
 *
 * @module
 */

import { openLibrary } from "../net/libc.ts";

/** OpenSSL 3 and 1.1. Both have all functions that the hub calls. */
const FILES = ["libcrypto.so.3", "libcrypto.so.1.1"];

const INIT = {
  OPENSSL_init_crypto: { parameters: ["u64", "pointer"], result: "i32" },
} as const;

/**
 * Options of OPENSSL_init_crypto: the system's configuration is not read, and nothing is freed when
 * the process ends. Another thread may still be in the library then, or have its own part to free.
 */
const NO_LOAD_CONFIG = 0x80n;
const NO_ATEXIT = 0x80000n;

/**
 * Opens libcrypto and builds an object on its functions.
 *
 * @param symbols the functions that are needed.
 * @param make builds the object; returns undefined or throws if the functions do not work as expected.
 * @returns the object; undefined if the library may not be called, is not installed or lacks a
 *   function, or if `make` failed.
 */
export function openLibcrypto<const S extends Deno.ForeignLibraryInterface, T>(
  symbols: S,
  make: (functions: Deno.DynamicLibrary<S>["symbols"]) => T | undefined,
): T | undefined {
  for (const file of FILES) {
    try {
      const { symbols: functions } = openLibrary<typeof INIT & S>(file, { ...INIT, ...symbols });
      const { OPENSSL_init_crypto } = functions as Deno.DynamicLibrary<typeof INIT>["symbols"];
      OPENSSL_init_crypto(NO_LOAD_CONFIG | NO_ATEXIT, null);
      const made = make(functions);
      if (made !== undefined) return made;
    } catch {
      // Try the next file. Without any, Deno's own cryptography is used.
    }
  }
  return undefined;
}
