/**
 * Why the port of a web page cannot be opened, in words for the host.
 *
 * @module
 */

import { CALL_PREFERRED_PORTS, HTTP_PREFERRED_PORTS } from "../relaycore/limits.ts";
import { reasonOf } from "../relaycore/mod.ts";

/** Ports below this one are reserved for administrators on most systems. */
const FIRST_FREE_PORT = 1024;

/**
 * Why a TCP port cannot be opened, and what to do. The text is a part of a sentence, without its full
 * stop.
 *
 * @param flag the flag that chooses the port.
 */
export function whyNoPort(error: unknown, port: number, flag: "http" | "call"): string {
  const usual = flag === "http" ? HTTP_PREFERRED_PORTS[0] : CALL_PREFERRED_PORTS[0];
  const next = port < FIRST_FREE_PORT ? usual : port < 65_535 ? port + 1 : port - 1;
  const another = `choose another one with --${flag} ${next}`;
  if (error instanceof Deno.errors.AddrInUse) {
    return `another program holds TCP port ${port}; ${another}`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `the system does not allow TCP port ${port}; ${another}`;
  }
  return reasonOf(error).replace(/\.$/, "");
}
