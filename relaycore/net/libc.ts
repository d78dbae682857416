/**
 * Finds the system's libraries that the hub may call, if any. It asks the operating system and Deno's
 * permissions.
 *
 * @module
 */

/** The folders of Debian, Raspberry Pi OS and Ubuntu. */
const FOLDERS: Readonly<Record<string, string>> = {
  x86_64: "/usr/lib/x86_64-linux-gnu",
  aarch64: "/usr/lib/aarch64-linux-gnu",
};

/** The file of glibc. Systems with another C library have none of this name. */
const LIBC = "libc.so.6";

/**
 * Paths of a library that the hub may try to open, best first: the folder of Debian, which needs only
 * a permission for that path (`--allow-ffi=PATH`), then wherever the loader finds it, which needs the
 * permission for all paths. The list is empty unless this is 64-bit Linux and calling native code
 * (FFI) is permitted.
 */
function permittedPaths(file: string): readonly string[] {
  const folder = FOLDERS[Deno.build.arch];
  if (Deno.build.os !== "linux" || folder === undefined) return [];
  return [`${folder}/${file}`, file].filter((path) =>
    Deno.permissions.querySync({ name: "ffi", path }).state === "granted"
  );
}

/** Paths of the C library that the hub may try to open, best first. */
export function permittedLibc(): readonly string[] {
  return permittedPaths(LIBC);
}

/**
 * Opens a library of the system.
 *
 * @param file its name, such as `libc.so.6`.
 * @param symbols the functions that the caller needs.
 * @throws {Error} if it may not be opened, or cannot be.
 */
export function openLibrary<const S extends Deno.ForeignLibraryInterface>(
  file: string,
  symbols: S,
): Deno.DynamicLibrary<S> {
  let failure: unknown = new Error(`${file} may not be called`);
  for (const path of permittedPaths(file)) {
    try {
      return Deno.dlopen(path, symbols);
    } catch (error) {
      failure = error; // this system may have it in the next place
    }
  }
  throw failure;
}

/** Opens the C library, as {@linkcode openLibrary} does. */
export function openLibc<const S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): Deno.DynamicLibrary<S> {
  return openLibrary(LIBC, symbols);
}
