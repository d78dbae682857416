/**
 * Finds the C library that the hub may call, if any. It asks the operating system and Deno's
 * permissions.
 *
 * @module
 */

/**
 * The places where glibc is looked for: first the path on Debian, Raspberry Pi OS and Ubuntu, then
 * wherever the loader finds it. The first path needs only a permission for that path
 * (`--allow-ffi=PATH`); the second needs the permission for all paths. Systems with another C
 * library have neither.
 */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  x86_64: ["/usr/lib/x86_64-linux-gnu/libc.so.6", "libc.so.6"],
  aarch64: ["/usr/lib/aarch64-linux-gnu/libc.so.6", "libc.so.6"],
};

/**
 * Paths of the C library that the hub may try to open, best first. The list is empty unless this is
 * 64-bit Linux and calling native code (FFI) is permitted.
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
 * @param symbols the functions that the caller needs.
 * @throws {Error} if no C library may be opened, or none can be.
 */
export function openLibc<const S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): Deno.DynamicLibrary<S> {
  let failure: unknown = new Error("no C library may be called");
  for (const path of permittedLibc()) {
    try {
      return Deno.dlopen(path, symbols);
    } catch (error) {
      failure = error; // this system may have it in the next place
    }
  }
  throw failure;
}
