/**
 * Finds and opens the system libraries that the hub may call. An edge: it asks for Deno's permissions
 * and loads libraries.
 *
 * @module
 */

/** Library folders of Debian, Raspberry Pi OS and Ubuntu, by architecture. */
const FOLDERS: Readonly<Record<string, string>> = {
  x86_64: "/usr/lib/x86_64-linux-gnu",
  aarch64: "/usr/lib/aarch64-linux-gnu",
};

/** The file name of glibc. Other C libraries have other names. */
const LIBC = "libc.so.6";

/**
 * Paths of a library that the hub may try to open, best first. The path in Debian's folder needs a
 * permission for that path only (`--allow-ffi=PATH`). The bare file name, which the loader looks up,
 * needs the permission for all paths. The list is empty unless this is 64-bit Linux and calling
 * native code (FFI) is permitted.
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
 * @throws {Error} if the permission is missing, or the library cannot be opened.
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
      failure = error; // the library may be at the next path
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
