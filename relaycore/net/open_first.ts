/**
 * Tries one port after another. It opens nothing itself.
 *
 * @module
 */

import { HubStartError } from "../api.ts";

/**
 * Opens the first of several ports that can be opened. Any error of the system leads to the next
 * port: a port may be taken, or on Windows reserved for virtual machines ("access denied").
 *
 * @param ports in the order of preference; 0 is any free one.
 * @param open opens a port, or throws the system's error.
 * @throws {Deno.errors.NotCapable} without `--allow-net`: no other port would be permitted either.
 * @throws {HubStartError} if `open` finds a problem that the person must solve first.
 * @throws the error for the first port, if no port can be opened.
 */
export async function openFirst<T>(
  ports: readonly number[],
  open: (port: number) => T | Promise<T>,
): Promise<T> {
  let refusal: unknown;
  for (const port of ports) {
    try {
      return await open(port);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable || error instanceof HubStartError) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}
