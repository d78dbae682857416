/**
 * Files that another program locks for a moment, as antivirus programs and cloud drives do. An edge:
 * it waits.
 *
 * @module
 */

import { FILE_RETRY_MS } from "../limits.ts";

/**
 * Errors that waiting does not fix, such as a missing folder, a missing permission or a full disk.
 */
const LASTING_ERRORS = [
  Deno.errors.NotFound,
  Deno.errors.NotADirectory,
  Deno.errors.IsADirectory,
  Deno.errors.FilesystemLoop,
  Deno.errors.NotCapable,
];
const LASTING_CODES = ["ENOSPC", "EDQUOT", "EROFS"];

/**
 * Whether an error of the file system may disappear within a second.
 *
 * @param isWindows whether "permission denied" is also what a locked file gives.
 */
export function mayPass(error: unknown, isWindows = Deno.build.os === "windows"): boolean {
  if (error instanceof Deno.errors.PermissionDenied) return isWindows;
  const { code } = error as { code?: string };
  return !LASTING_ERRORS.some((type) => error instanceof type) &&
    !LASTING_CODES.includes(code ?? "");
}

/**
 * Tries something with a file, again and again for a few seconds if it fails.
 *
 * @param signal ends the waiting.
 * @throws the last error.
 */
export async function retryWhileLocked<T>(
  attempt: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const end = performance.now() + FILE_RETRY_MS.total;
  while (true) {
    try {
      return await attempt();
    } catch (error) {
      if (!mayPass(error) || signal?.aborted || performance.now() >= end) throw error;
    }
    await pause(FILE_RETRY_MS.interval, signal);
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const onAbort = () => resolve();
  signal?.addEventListener("abort", onAbort);
  await promise;
  clearTimeout(timer);
  signal?.removeEventListener("abort", onAbort);
}
