/**
 * Decodes and encodes mDNS messages with `npm:dns-packet`, and gives that library types. Pure.
 *
 * The library throws if it cannot read a message. It does not know the unicast-response bit, and it
 * does not compress names. It follows compression pointers only backwards, so no packet makes it
 * loop.
 *
 * @module
 */

import { Buffer } from "node:buffer";
// @ts-types="../types/dns_packet.d.ts"
import dnsPacket from "dns-packet";
import { MAX_MDNS_MESSAGE_BYTES, MAX_MDNS_RECORDS } from "../limits.ts";

/** A resource record of the internet class. */
export interface ResourceRecord {
  readonly name: string;
  readonly type: string;
  /** In seconds. */
  readonly ttl: number;
  /** Whether it replaces all other records of its name and type (RFC 6762 §10.2). */
  readonly flush: boolean;
  /** In the form that `dns-packet` uses for the type. */
  readonly data: unknown;
}

/** A question of the internet class. */
export interface Question {
  readonly name: string;
  readonly type: string;
  /** Whether the host asks for a unicast answer (RFC 6762 §5.4). */
  readonly unicast: boolean;
}

/** A message. */
export interface MdnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  /** Whether more known answers follow in another packet (RFC 6762 §7.2). */
  readonly isTruncated: boolean;
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
}

const AUTHORITATIVE = 1 << 10;
const TRUNCATED = 1 << 9;
/** The classes IN and ANY with the unicast-response bit. The library has no names for them. */
const UNICAST_IN = `UNKNOWN_${0x8001}`;
const UNICAST_ANY = `UNKNOWN_${0x80ff}`;

/**
 * Reads a message.
 *
 * @returns undefined if the bytes are not a message, or are larger than any useful message.
 */
export function decodeMessage(bytes: Uint8Array): MdnsMessage | undefined {
  if (bytes.length < 12 || bytes.length > MAX_MDNS_MESSAGE_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let records = 0;
  for (let offset = 4; offset < 12; offset += 2) records += view.getUint16(offset);
  // Opcode and response code must be zero (RFC 6762 §18.3, §18.11).
  if (records > MAX_MDNS_RECORDS || (view.getUint16(2) & 0x780f) !== 0) return undefined;
  try {
    // The library keeps views into the bytes, and the receive buffer is reused.
    const message = dnsPacket.decode(Buffer.from(bytes));
    return {
      id: message.id,
      isResponse: message.type === "response",
      isTruncated: (message.flags & TRUNCATED) !== 0,
      questions: message.questions.flatMap(({ name, type, class: klass }) => {
        const unicast = klass === UNICAST_IN || klass === UNICAST_ANY;
        return unicast || klass === "IN" || klass === "ANY" ? [{ name, type, unicast }] : [];
      }),
      answers: internetRecords(message.answers),
      authorities: internetRecords(message.authorities),
      additionals: internetRecords(message.additionals),
    };
  } catch {
    return undefined;
  }
}

function internetRecords(records: readonly dnsPacket.Answer[]): ResourceRecord[] {
  return records.filter((record) => record.class === "IN").map(
    ({ name, type, ttl = 0, flush = false, data }) => ({ name, type, ttl, flush, data }),
  );
}

/** Encodes a message. Parts that are left out are empty, and the id is 0 if there is none. */
export function encodeMessage(message: Partial<MdnsMessage>): Uint8Array {
  const { id = 0, isResponse = false, questions = [] } = message;
  return dnsPacket.encode({
    type: isResponse ? "response" : "query",
    id,
    flags: isResponse ? AUTHORITATIVE : message.isTruncated ? TRUNCATED : 0,
    questions: questions.map(({ name, type, unicast }) => ({
      name,
      type,
      class: unicast ? UNICAST_IN : "IN",
    })),
    answers: message.answers ?? [],
    authorities: message.authorities ?? [],
    additionals: message.additionals ?? [],
  });
}
