/**
 * Files that another program locks for a moment, as antivirus programs and cloud drives do.
 *
 * @module
 */

import { FILE_RETRY_MS } from "../limits.ts";

/**
 * Whether an error of the file system may be gone in a second: a lock, a full disk. A folder that is
 * not there, or a permission that Deno lacks, does not come by waiting.
 */
export function mayPass(error: unknown): boolean {
  const lasting = [
    Deno.errors.NotFound,
    Deno.errors.NotADirectory,
    Deno.errors.IsADirectory,
    Deno.errors.FilesystemLoop,
    Deno.errors.NotCapable,
  ];
  return !lasting.some((type) => error instanceof type);
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
