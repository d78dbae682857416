/**
 * Opens libcrypto, the system's OpenSSL, where native code may be called. An edge.
 *
 * @module
 */

import { openLibrary } from "../net/libc.ts";

/** OpenSSL 3, and 1.1. Both have everything that the hub calls. */
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
 * Opens libcrypto and makes something of it.
 *
 * @param symbols the functions that are needed.
 * @param make gets them, and gives undefined or throws if they do not do what they should.
 * @returns undefined where the library may not be called, is not there, lacks a function, or where
 *   `make` has no use for it.
 */
export function openLibcrypto<const S extends Deno.ForeignLibraryInterface, T>(
  symbols: S,
  make: (functions: Deno.DynamicLibrary<S>["symbols"]) => T | undefined,
): T | undefined {
  for (const file of FILES) {
    try {
      const starter = openLibrary(file, INIT);
      starter.symbols.OPENSSL_init_crypto(NO_LOAD_CONFIG | NO_ATEXIT, null);
      const library = openLibrary(file, symbols);
      const made = make(library.symbols);
      if (made !== undefined) return made;
    } catch {
      // There is the next file, and without any, Deno's own cryptography.
    }
  }
  return undefined;
}
