/**
 * The TURN server (RFC 8656). It takes one datagram and returns at most one: a packet that is
 * passed on, or an answer. It has no socket, no clock and no timer; the engines have them
 * (`engine.ts`).
 *
 * It is a closed media relay: a peer can only be another allocation of this server. Data that a
 * client sends can therefore only reach another client.
 *
 * @module
 */

import { Counters } from "../counters.ts";
import { MAX_STUN_BYTES, TURN_FAILURE_RATE, TURN_REQUEST_RATE } from "../limits.ts";
import { RateLimiter } from "../fairness/rate_limiter.ts";
import { formatIpv4, type TransportAddress } from "../net/transport_address.ts";
import { encodeErrorCode, encodeXorAddress } from "../stun/attributes.ts";
import { hasNoWrongFingerprint } from "../stun/integrity.ts";
import { decodeStun, encodeStun, findAttribute, type StunMessage } from "../stun/message.ts";
import { Attribute, HEADER_LENGTH, MessageClass, Method } from "../stun/registry.ts";
import { type Allocation, type Destination, destinationOf } from "./allocation.ts";
import { AllocationTable } from "./allocation_table.ts";
import type { HubAddresses } from "./hub_addresses.ts";
import { LongTermCredentials } from "./long_term_credentials.ts";
import { Nonces } from "./nonce.ts";
import { RelayPath } from "./relay_path.ts";
import {
  allocate,
  channelBind,
  createPermission,
  refresh,
  type RequestError,
  type RequestResult,
} from "./requests.ts";

/** The configuration of a TURN server. */
export interface TurnServerConfig {
  /** The realm. It should be short, because answers to strangers contain it. */
  readonly realm: string;
  /** Passwords by username, ASCII. */
  readonly users: ReadonlyMap<string, string>;
  readonly hubAddresses: HubAddresses;
  /** 32 random bytes, new for every run. */
  readonly secret: Uint8Array;
  /** Returns a number from 0 up to 1, 1 excluded. It is used to draw relayed ports. */
  readonly random: () => number;
}

/** A datagram that is to be sent. It is part of a buffer, which may be the receive buffer. */
export interface Outgoing {
  bytes: Uint8Array;
  start: number;
  end: number;
  to: Destination;
}

const NOBODY = destinationOf({ address: "0.0.0.0", port: 0 });

type Attributes = readonly (readonly [type: number, value: Uint8Array])[];

/** All codes that a response's ERROR-CODE can contain. */
type ErrorCode = RequestError | 401 | 420 | 438;

/** Reason phrases. They are short, because they are sent to strangers. */
const REASONS: Readonly<Record<ErrorCode, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  420: "Unknown Attribute",
  437: "Allocation Mismatch",
  438: "Stale Nonce",
  440: "Address Family not Supported",
  441: "Wrong Credentials",
  442: "Unsupported Transport Protocol",
  443: "Peer Address Family Mismatch",
  486: "Allocation Quota Reached",
  508: "Insufficient Capacity",
};

/** The comprehension-required attributes (type below 0x8000) that a request may contain. */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  Attribute.username,
  Attribute.messageIntegrity,
  Attribute.realm,
  Attribute.nonce,
  Attribute.channelNumber,
  Attribute.lifetime,
  Attribute.xorPeerAddress,
  Attribute.requestedAddressFamily,
  Attribute.evenPort,
  Attribute.requestedTransport,
  Attribute.reservationToken,
]);

const HANDLERS = new Map(
  [
    [Method.allocate, allocate],
    [Method.refresh, refresh],
    [Method.createPermission, createPermission],
    [Method.channelBind, channelBind],
  ] as const,
);

const encoder = new TextEncoder();

/** One TURN server. */
export class TurnServer {
  /**
   * The hub's current addresses. Replace them when they change; existing allocations keep their
   * address.
   */
  hubAddresses: HubAddresses;
  /** The datagram to send if {@link receive} returned true. The next call overwrites it. */
  readonly out: Outgoing = { bytes: new Uint8Array(), start: 0, end: 0, to: NOBODY };

  readonly #table: AllocationTable;
  readonly #credentials: LongTermCredentials;
  readonly #nonces: Nonces;
  readonly #requests: RateLimiter;
  readonly #failures: RateLimiter;
  readonly #path: RelayPath;
  readonly #realm: Uint8Array;
  readonly #drops = new Counters();
  readonly #errors = new Counters();
  readonly #count = (name: string) => this.#drops.count(name);

  constructor(config: TurnServerConfig) {
    const { secret } = config;
    this.hubAddresses = config.hubAddresses;
    this.#realm = encoder.encode(config.realm);
    this.#table = new AllocationTable(config.random);
    this.#nonces = new Nonces(secret.subarray(0, 16));
    this.#credentials = new LongTermCredentials(config.realm, config.users, this.#nonces);
    const salt = new DataView(secret.buffer, secret.byteOffset).getInt32(16);
    this.#requests = new RateLimiter(TURN_REQUEST_RATE, salt);
    this.#failures = new RateLimiter(TURN_FAILURE_RATE, ~salt);
    this.#path = new RelayPath(this.#table, this.#drops, secret.slice(24, 32));
  }

  /** The number of allocations. */
  get allocations(): number {
    return this.#table.size;
  }

  /** Packets passed on since the start. */
  get relayedPackets(): number {
    return this.#path.relayedPackets;
  }

  /** Bytes of payload in these packets. */
  get relayedBytes(): number {
    return this.#path.relayedBytes;
  }

  /**
   * Counts since the start: datagrams that were neither passed on nor answered, by cause, and error
   * responses, by code. Also counts allocations that were ended to make room.
   */
  counters(): Record<string, number> {
    return { ...this.#drops.snapshot(), ...this.#errors.snapshot() };
  }

  /**
   * Takes one datagram.
   *
   * @param buffer holds the datagram from `start` to `end`, with `HEADROOM` bytes before it and
   *   `TAILROOM` after it (`relay_path.ts`). It belongs to the server until {@link out} has been
   *   sent, and is overwritten.
   * @param ip the client's IPv4 address as a signed 32-bit number.
   * @param port the client's port.
   * @param now the time in whole milliseconds, from any starting point. It must never go back.
   * @returns whether {@link out} is to be sent.
   */
  receive(
    buffer: Uint8Array,
    start: number,
    end: number,
    ip: number,
    port: number,
    now: number,
  ): boolean {
    const host = this.#table.host(ip);
    host?.heard(now);
    const found = host?.allocations.get(port);
    const allocation = found !== undefined && found.expiresAt > now ? found : undefined;
    if (allocation !== undefined) allocation.usedAt = now;

    const isChannelData = end > start && (buffer[start] & 0xc0) === 0x40;
    if (isChannelData || isSendIndication(buffer, start, end)) {
      if (host === undefined || allocation === undefined) return this.#drop("turn-no-allocation");
      if (!host.takePacket(now)) return this.#drop("turn-too-many-packets");
      const path = this.#path;
      const passed = isChannelData
        ? path.channelData(buffer, start, end, allocation, now)
        : path.sendIndication(buffer, start, end, allocation, now);
      if (!passed) return false;
      this.out.bytes = buffer;
      this.out.start = path.start;
      this.out.end = path.end;
      this.out.to = path.receiver!.destination;
      return true;
    }

    // A 5-tuple is free as soon as its allocation has expired, even before the next sweep.
    if (found !== undefined && allocation === undefined) this.#table.remove(found);
    const client = { address: formatIpv4(ip >>> 0), port };
    const response = this.#request(buffer.subarray(start, end), client, allocation, now);
    if (response === undefined) return false;
    this.out.bytes = response;
    this.out.start = 0;
    this.out.end = response.length;
    this.out.to = destinationOf(client);
    return true;
  }

  /**
   * Ends expired allocations, to free their memory. Call it about every second; an expired
   * allocation is already void before the call.
   */
  sweep(now: number): void {
    this.#table.sweep(now);
  }

  #request(
    datagram: Uint8Array,
    client: TransportAddress,
    allocation: Allocation | undefined,
    now: number,
  ): Uint8Array | undefined {
    if (datagram.length > MAX_STUN_BYTES) return this.#lose("turn-malformed");
    const message = decodeStun(datagram);
    if (message?.messageClass !== MessageClass.request) return this.#lose("turn-malformed");
    if (!this.#requests.take(client.address, now)) return this.#lose("turn-too-many-requests");
    if (!hasNoWrongFingerprint(message)) return this.#lose("turn-malformed");

    if (message.method === Method.binding) return this.#binding(message, client, now);
    const handler = HANDLERS.get(message.method as Parameters<typeof HANDLERS.get>[0]);
    if (handler === undefined) return this.#refuse(message, client, 400, now);

    const verdict = this.#credentials.check(message, client, now);
    if (verdict.kind === "refused") return this.#refuse(message, client, verdict.code, now);
    const { username, key } = verdict;
    const unknown = notUnderstood(message);
    if (unknown.length > 0) return this.#refuse(message, client, 420, now, key, unknown);

    const { hubAddresses } = this;
    const result: RequestResult = handler(
      { message, client, username, allocation },
      { table: this.#table, hubAddresses, now, count: this.#count },
    );
    if (typeof result === "number") return this.#refuse(message, client, result, now, key);
    return respond(message, MessageClass.success, result, key);
  }

  /**
   * Answers a Binding request with the client's address as the server sees it (RFC 8489 §3). The
   * client needs no credentials.
   */
  #binding(message: StunMessage, client: TransportAddress, now: number): Uint8Array | undefined {
    if (!this.#failures.take(client.address, now)) return this.#lose("turn-too-many-failures");
    const unknown = notUnderstood(message);
    if (unknown.length > 0) return this.#refuse(message, client, 420, now, undefined, unknown);
    const mapped = [[Attribute.xorMappedAddress, encodeXorAddress(client)]] as const;
    return respond(message, MessageClass.success, mapped);
  }

  #refuse(
    message: StunMessage,
    client: TransportAddress,
    code: ErrorCode,
    now: number,
    key?: Uint8Array,
    unknown: readonly number[] = [],
  ): Uint8Array | undefined {
    if (!this.#failures.take(client.address, now)) return this.#lose("turn-too-many-failures");
    this.#errors.count(`turn-error-${code}`);
    const attributes: [number, Uint8Array][] = [
      [Attribute.errorCode, encodeErrorCode(code, REASONS[code])],
    ];
    if (code === 401 || code === 438) {
      attributes.push([Attribute.realm, this.#realm]);
      attributes.push([Attribute.nonce, this.#nonces.issue(client, now)]);
    }
    if (unknown.length > 0) {
      attributes.push([Attribute.unknownAttributes, encodeTypes(unknown)]);
    }
    return respond(message, MessageClass.error, attributes, key);
  }

  #drop(cause: string): false {
    this.#drops.count(cause);
    return false;
  }

  #lose(cause: string): undefined {
    this.#drops.count(cause);
  }
}

/**
 * Whether a datagram is a Send indication (type 0x0016), the only STUN message on the data path.
 */
function isSendIndication(buffer: Uint8Array, start: number, end: number): boolean {
  return end - start >= HEADER_LENGTH && buffer[start] === 0x00 && buffer[start + 1] === 0x16 &&
    buffer[start + 4] === 0x21 && buffer[start + 5] === 0x12 &&
    buffer[start + 6] === 0xa4 && buffer[start + 7] === 0x42;
}

/**
 * The comprehension-required types in a request that this server does not understand (RFC 8489
 * §6.3.1).
 */
function notUnderstood(message: StunMessage): number[] {
  return message.attributes.map(({ type }) => type)
    .filter((type) => type < 0x8000 && !UNDERSTOOD.has(type));
}

function encodeTypes(types: readonly number[]): Uint8Array {
  const value = new Uint8Array(2 * types.length);
  const view = new DataView(value.buffer);
  types.forEach((type, index) => view.setUint16(2 * index, type));
  return value;
}

/**
 * Makes a response. It has a MESSAGE-INTEGRITY if there is a key, and a FINGERPRINT if the request
 * had one.
 */
function respond(
  request: StunMessage,
  messageClass: number,
  attributes: Attributes,
  integrityKey?: Uint8Array,
): Uint8Array {
  return encodeStun({
    method: request.method,
    messageClass,
    transactionId: request.transactionId,
    attributes,
    integrityKey,
    fingerprint: findAttribute(request, Attribute.fingerprint) !== undefined,
  });
}
