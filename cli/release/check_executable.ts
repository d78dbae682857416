/**
 * Decides whether an executable may go into a release, as far as that is possible without running
 * it.
 *
 * @module
 */

import { whyNotForLinux } from "./elf.ts";
import { parseMachO } from "./mach_o.ts";
import { whyNotSigned } from "./mach_o_signature.ts";
import { parsePe } from "./pe.ts";
import { permissionsIn, whyOtherPermissions } from "./permissions.ts";
import { permissionsOf, type Target, tripleOf } from "./targets.ts";

/** The oldest macOS that the README promises. */
const OLDEST_MACOS = 12;

/**
 * Why an executable is not fit for a release.
 *
 * @param bytes the whole file.
 * @returns a sentence, or undefined if the executable is fit.
 */
export function whyNotFit(bytes: Uint8Array, target: Target): string | undefined {
  if (tripleOf(bytes) !== target.triple) return `It is not for ${target.triple}.`;
  try {
    return whyNotForSystem(bytes, target) ??
      whyOtherPermissions(permissionsIn(bytes), permissionsOf(target));
  } catch (error) {
    return `It cannot be read: ${(error as Error).message}.`;
  }
}

function whyNotForSystem(bytes: Uint8Array, { triple }: Target): string | undefined {
  if (triple.includes("linux")) {
    return whyNotForLinux(bytes, triple.startsWith("aarch64") ? "aarch64" : "x86_64");
  }
  if (triple.includes("apple")) {
    const { oldestMacOs } = parseMachO(bytes);
    if (oldestMacOs === undefined || parseInt(oldestMacOs) > OLDEST_MACOS) {
      return `It needs macOS ${oldestMacOs ?? "of some version"}, not ${OLDEST_MACOS}.`;
    }
    return whyNotSigned(bytes);
  }
  const { machine, isConsoleProgram, hasIcon } = parsePe(bytes);
  if (machine !== "x86_64") return `It is for ${machine}, not for x86_64.`;
  if (!isConsoleProgram) return "It opens no console, so nobody sees the code.";
  if (!hasIcon) return "It has no icon.";
}
