/**
 * Which C library the hub may call, if any. Asks the operating system and Deno's permissions.
 *
 * @module
 */

/**
 * Where glibc lies: first where Debian has it, Raspberry Pi OS and Ubuntu too, then wherever the
 * loader finds it. A permission for the first path is enough (`--allow-ffi=PATH`); the second needs
 * the whole permission. Systems with another C library have neither.
 */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  x86_64: ["/usr/lib/x86_64-linux-gnu/libc.so.6", "libc.so.6"],
  aarch64: ["/usr/lib/aarch64-linux-gnu/libc.so.6", "libc.so.6"],
};

/**
 * Paths of the C library that the hub may try to open, best first. None unless this is 64-bit Linux
 * and calling native code (FFI) is permitted.
 */
export function permittedLibc(): readonly string[] {
  if (Deno.build.os !== "linux") return [];
  return (PLACES[Deno.build.arch] ?? []).filter((path) =>
    Deno.permissions.querySync({ name: "ffi", path }).state === "granted"
  );
}

/**
 * Opens the C library.
 *
 * @param symbols the functions that are needed of it.
 * @throws {Error} if there is none that may be opened.
 */
export function openLibc<const S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): Deno.DynamicLibrary<S> {
  let failure: unknown = new Error("no C library may be called");
  for (const path of permittedLibc()) {
    try {
      return Deno.dlopen(path, symbols);
    } catch (error) {
      failure = error; // another system may have it in another place
    }
  }
  throw failure;
}
