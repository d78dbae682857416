/**
 * Makes, compares and identifies resource records. Pure.
 *
 * @module
 */

// @ts-types="../types/dns_packet.d.ts"
import dnsPacket from "dns-packet";
import { Buffer } from "node:buffer";
import { MDNS_HOST_TTL_S, MDNS_SERVICE_TTL_S } from "../limits.ts";
import type { ResourceRecord } from "./message.ts";

/** The numbers of the types that take part in comparisons (RFC 1035 §3.2.2, 2782, 3596). */
const TYPE_NUMBERS: Readonly<Record<string, number>> = {
  A: 1,
  PTR: 12,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
};

/** An address record of a name that only this hub has. */
export function addressRecord(name: string, address: string): ResourceRecord {
  return { name, type: "A", ttl: MDNS_HOST_TTL_S, flush: true, data: address };
}

/** A record that says where a service is. */
export function serviceRecord(name: string, port: number, target: string): ResourceRecord {
  const data = { priority: 0, weight: 0, port, target };
  return { name, type: "SRV", ttl: MDNS_HOST_TTL_S, flush: true, data };
}

/** A record that describes a service, as `key=value`. */
export function textRecord(name: string, txt: readonly string[]): ResourceRecord {
  const data = txt.map((text) => Buffer.from(text));
  return { name, type: "TXT", ttl: MDNS_SERVICE_TTL_S, flush: true, data };
}

/** A record that leads from a shared name to one of its targets. */
export function pointerRecord(name: string, target: string): ResourceRecord {
  return { name, type: "PTR", ttl: MDNS_SERVICE_TTL_S, flush: false, data: target };
}

/** A record that says that a name has records of these types and no others (RFC 6762 §6.1). */
export function negativeRecord(name: string, types: readonly string[]): ResourceRecord {
  const data = { nextDomain: name, rrtypes: [...types] };
  return { name, type: "NSEC", ttl: MDNS_HOST_TTL_S, flush: true, data };
}

/** Whether two names are equal. Case does not matter (RFC 6762 §16). */
export function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/**
 * A text that is the same for two records if and only if they have the same name, type and data.
 * The TTL does not matter.
 */
export function recordKey(record: ResourceRecord): string {
  return `${record.name.toLowerCase()} ${record.type} ${dataKey(record)}`;
}

/** Leaves out records that are there already. */
export function distinct(records: readonly ResourceRecord[]): ResourceRecord[] {
  return [...new Map(records.map((record) => [recordKey(record), record])).values()];
}

/**
 * Compares two sets of records as for simultaneous probes (RFC 6762 §8.2.1).
 *
 * @returns a negative number if `a` is earlier, a positive one if `b` is, and 0 if they are equal.
 */
export function compareRecordSets(
  a: readonly ResourceRecord[],
  b: readonly ResourceRecord[],
): number {
  const [left, right] = [a.map(sortKey).sort(), b.map(sortKey).sort()];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    // The set that runs out first is the earlier one.
    if (left[i] === undefined) return -1;
    if (right[i] === undefined) return 1;
    if (left[i] !== right[i]) return left[i] < right[i] ? -1 : 1;
  }
  return 0;
}

/** A text for a record. The order of these texts is that of RFC 6762 §8.2: type, then data. */
function sortKey(record: ResourceRecord): string {
  const type = TYPE_NUMBERS[record.type] ?? 0xffff;
  return `${type.toString(16).padStart(4, "0")} ${dataKey(record)}`;
}

/** The data as it is sent, without its length, in hexadecimal. */
function dataKey({ type, data }: ResourceRecord): string {
  const folded = type === "PTR" || type === "CNAME"
    ? String(data).toLowerCase()
    : type === "SRV"
    ? { ...data as { target: string }, target: (data as { target: string }).target.toLowerCase() }
    : data;
  try {
    return Buffer.from(dnsPacket.record(type).encode(folded)).subarray(2).toString("hex");
  } catch {
    return "unreadable";
  }
}
