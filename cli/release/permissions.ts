/**
 * Reads the permissions that `deno compile` has written into an executable.
 *
 * @module
 */

/** The 8 bytes before the settings of a compiled program. */
const MARK = "d3n0l4nd";

/** Permissions as Deno's runtime stores them: null if not allowed, [] for all of a kind. */
export type Permissions = Readonly<Record<string, readonly string[] | boolean | null>>;

/**
 * The permissions in an executable.
 *
 * @param bytes the whole file.
 * @throws {Error} if the file does not contain a compiled program.
 */
export function permissionsIn(bytes: Uint8Array): Permissions {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mark = new TextEncoder().encode(MARK);
  for (let at = bytes.lastIndexOf(mark[0]); at >= 0; at = bytes.lastIndexOf(mark[0], at - 1)) {
    if (!mark.every((byte, i) => bytes[at + i] === byte)) continue;
    const start = at + mark.length + 8;
    if (start > bytes.length) continue;
    const length = Number(view.getBigUint64(at + mark.length, true));
    if (start + length > bytes.length || bytes[start] !== 0x7b) continue; // {
    const settings = JSON.parse(new TextDecoder().decode(bytes.subarray(start, start + length)));
    return settings.permissions;
  }
  throw new Error("no program is in it");
}

/**
 * How the permissions of an executable differ from those that it should have.
 *
 * @param found the result of {@linkcode permissionsIn}.
 * @param flags the permission flags for `deno compile`.
 * @returns a sentence, or undefined if they are the same.
 */
export function whyOtherPermissions(
  found: Permissions,
  flags: readonly string[],
): string | undefined {
  const expected = new Map<string, string>();
  for (const flag of flags) {
    const [, kind, values] = /^--((?:allow|deny)-\w+)(?:=(.*))?$/.exec(flag) ?? [];
    if (kind !== undefined) expected.set(kind.replace("-", "_"), values ?? "");
  }
  for (const [kind, values] of Object.entries(found)) {
    if (!/^(allow|deny|ignore)_/.test(kind)) continue;
    if (kind === "allow_import" && expected.get("deny_import") === "") continue;
    const text = Array.isArray(values) ? values.join(",") : undefined;
    if (text !== expected.get(kind)) {
      return `It has ${kind} ${text ?? "off"}, and should have ${expected.get(kind) ?? "off"}.`;
    }
    expected.delete(kind);
  }
  if (found.prompt !== false) return "It asks for more permissions.";
  if (expected.size > 0) return `It lacks ${[...expected.keys()].join(", ")}.`;
}
