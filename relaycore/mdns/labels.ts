/**
 * What the hub and its computer are called on the network (docs/PROTOCOL.md §6). Pure.
 *
 * @module
 */

import { DISCOVERY_PORT } from "../limits.ts";

/** Longest label of a name, and longest service instance, in bytes (RFC 1035 §2.3.4, RFC 6763 §4.1). */
const MAX_LABEL_BYTES = 63;

const LETTERS_AND_DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789";

/**
 * The first label of the name that the hub answers for, without `.local`.
 *
 * @param ufrag the hub's ICE user fragment.
 */
export function hubLabel(ufrag: string): string {
  // No pattern: compiling one would delay the start.
  const plain = [...ufrag.slice(0, 8).toLowerCase()]
    .filter((character) => LETTERS_AND_DIGITS.includes(character)).join("");
  return `kbz-${plain || "relay"}`;
}

/** A name for the blob. */
export interface AdvertisedName {
  readonly host: string;
  /** An explanation for the user. */
  readonly remark: string;
}

/**
 * The name that the hub answers for.
 *
 * @param ufrag the hub's ICE user fragment.
 */
export function hubName(ufrag: string): AdvertisedName {
  return {
    host: `${hubLabel(ufrag)}.local`,
    remark: "the hub's name, stays the same when the address changes",
  };
}

/**
 * A computer's own label: what stands before the first dot of its host name, in lower case.
 *
 * @returns undefined for a name that cannot be asked for on a network, such as `localhost`.
 */
export function shortHostLabel(hostname: string): string | undefined {
  const label = hostname.split(".")[0].toLowerCase();
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label) && label !== "localhost"
    ? label
    : undefined;
}

/**
 * The name that people see when they browse the network for hubs.
 *
 * @param hostname the computer's host name, if it is known.
 * @param port the hub's UDP port: it tells two hubs of one computer apart.
 */
export function instanceName(hostname: string | undefined, port: number): string {
  const label = hostname === undefined ? undefined : shortHostLabel(hostname);
  const place = label === undefined ? "" : ` on ${label}`;
  const which = port === DISCOVERY_PORT ? "" : ` port ${port}`;
  const name = `Kibitz Offline${place}`.slice(0, MAX_LABEL_BYTES - which.length);
  return name + which; // ASCII only, so a character is a byte
}
