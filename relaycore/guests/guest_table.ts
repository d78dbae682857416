/**
 * Finds the guest that a datagram belongs to, and turns ICE agents that pass their checks into
 * guests. It knows no sockets and no clock: `now` is milliseconds on any clock that never runs
 * backwards.
 *
 * What the hub believes, and why:
 * - A check and a source address are claims. Any host on the network can forge both. They decide
 *   which guests a record is tried with, but never overrule what a record, a cookie or a probe has
 *   proved.
 * - A cookie in a ClientHello proves that the client receives at the address that the cookie was sent
 *   to (RFC 6347 §4.2.1). The handshake is sent to that address even if the ClientHello comes from
 *   another one, because ICE may change the pair in between.
 * - A verified Finished proves that the client has read the hub's flight. From then on the guest
 *   lives at that address, and replaces the guest that lived there before (RFC 6347 §4.2.8).
 * - A record that can be decrypted comes from the guest whose keys decrypt it. If it comes from a new
 *   address, the hub sends a probe there. The guest moves when it answers from that address (RFC 8445
 *   §9, RFC 9260 §5.4).
 *
 * Until a client has proved that it receives at an address, the hub sends no more bytes to that
 * address than came from it, plus one probe.
 *
 * @module
 */

import { isEqual } from "../bytes.ts";
import type { Counters } from "../counters.ts";
import { type ClientHelloStart, decodeClientHelloStart } from "../dtls/client_hello.ts";
import type { HelloVerifier } from "../dtls/hello_verifier.ts";
import {
  ContentType,
  decodeHandshakeFragments,
  decodeRecords,
  type DtlsRecord,
  HandshakeType,
} from "../dtls/record.ts";
import { RateLimiter } from "../fairness/rate_limiter.ts";
import type { IceResponder } from "../ice/responder.ts";
import { CHECK_RATE, CONSENT_TIMEOUT_MS, NEWCOMER_CHECK_RATE } from "../limits.ts";
import { type TransportAddress, transportAddressKey } from "../net/transport_address.ts";
import { CheckedAddresses } from "./checked_addresses.ts";
import type { Guest } from "./guest.ts";
import { guestsToYield } from "./held_bytes.ts";
import { GuestIndex } from "./guest_index.ts";
import { GuestLives, type GuestLivesParts } from "./guest_lives.ts";
import { Moves } from "./moves.ts";
import { PossibleSenders } from "./possible_senders.ts";

export type { Session } from "./guest.ts";

/** What {@link GuestTable} depends on. */
export interface GuestTableParts extends GuestLivesParts {
  readonly ice: Pick<IceResponder, "check">;
  readonly verifier: HelloVerifier;
  readonly counters: Counters;
  /** The time in milliseconds, to measure what a datagram costs. `performance.now` by default. */
  stopwatch?(): number;
}

/** The parts of a ClientHello that this file needs. */
interface Hello {
  readonly start: ClientHelloStart;
  readonly messageSeq: number;
}

/** All guests and handshakes. */
export class GuestTable {
  readonly #parts: GuestTableParts;
  readonly #guests = new GuestIndex();
  readonly #checked = new CheckedAddresses((agent) => this.#guests.ofAgent(agent).length > 0);
  readonly #senders = new PossibleSenders(this.#guests, this.#checked);
  readonly #moves = new Moves(this.#guests, this.#checked);
  readonly #lives: GuestLives;
  readonly #newcomerRate = new RateLimiter(NEWCOMER_CHECK_RATE, 0);
  readonly #checkRate = new RateLimiter(CHECK_RATE, crypto.getRandomValues(new Int32Array(1))[0]);
  readonly #stopwatch: () => number;
  /** The source address of the datagram that is being handled. */
  #sourceKey = "";

  constructor(parts: GuestTableParts) {
    this.#parts = parts;
    this.#lives = new GuestLives(
      parts,
      this.#guests,
      (guest, nonce, now) => this.#moves.answered(guest, nonce, this.#sourceKey, now),
    );
    this.#stopwatch = parts.stopwatch ?? (() => performance.now());
  }

  /** Answers a connectivity check, and remembers which agent checked from which address. */
  receiveStun(datagram: Uint8Array, from: TransportAddress, now: number): void {
    const { ice, send, counters } = this.#parts;
    const key = transportAddressKey(from);
    const outcome = ice.check(
      datagram,
      from,
      (agent) => this.#mayCheck(agent, from.address, now),
    );
    if (outcome.kind === "dropped") return counters.count(outcome.cause);
    if (outcome.kind === "refused") {
      send(outcome.response, from);
      return counters.count("stun-refused");
    }
    const { agent } = outcome;
    const guests = this.#guests.ofAgent(agent);
    const isOrphan = guests.length === 0 && this.#checked.isOrphan(key, agent, now);
    const credit = datagram.length - outcome.response.length;
    this.#checked.add(key, from.address, agent, credit, now);
    if (isOrphan) return counters.count("stun-orphan");
    send(outcome.response, from);

    const here = this.#guests.livingAt(key);
    if (here !== undefined && (here.agent === agent || guests.length === 0)) {
      here.lastCheck = now;
      return;
    }
    for (const guest of guests) {
      guest.lastCheck = now;
      if (outcome.isNominated && here === undefined) this.#moves.ask(guest, from, now);
    }
  }

  /**
   * What kind of DTLS datagram this is. `data` belongs to an open channel and costs little. `begun`
   * may continue a handshake, and `handshake` may start one. Both may cost a key agreement.
   * `unchecked` must be dropped.
   */
  standingOf(
    datagram: Uint8Array,
    from: TransportAddress,
    now: number,
  ): "data" | "begun" | "handshake" | "unchecked" {
    const key = transportAddressKey(from);
    const guest = this.#senders.expectedFrom(key, now);
    if (guest?.session.isOpen && isProtected(datagram)) return "data";
    if (guest !== undefined && !guest.session.isOpen) return "begun";
    return guest !== undefined || this.#checked.has(key, now) ? "handshake" : "unchecked";
  }

  /** Handles a DTLS datagram. It is dropped if no check came from its address. */
  receiveDtls(datagram: Uint8Array, from: TransportAddress, now: number): void {
    const key = transportAddressKey(from);
    this.#sourceKey = key;
    const guest = this.#senders.expectedFrom(key, now);
    if (guest === undefined || !guest.session.isOpen) {
      this.#receive(datagram, from, now);
      return;
    }
    if (this.#lives.time.isSpent(guest, now)) return this.#parts.counters.count("guest-too-busy");
    const began = this.#stopwatch();
    const owner = this.#receive(datagram, from, now);
    this.#lives.time.spend(this.#stopwatch() - began, owner);
  }

  /**
   * Ends guests that are silent or overdue, and those that hold the most if all together hold too
   * much. Forgets old addresses. The caller calls this every second.
   */
  sweep(now: number): void {
    this.#checked.sweep(now);
    for (const guest of this.#guests.all()) {
      if (now - guest.lastCheck >= CONSENT_TIMEOUT_MS) this.#lives.end(guest, "silent for 30 s");
      else if (guest.session.isOverdue(now)) {
        this.#lives.end(guest, "handshake not finished in time");
      }
    }
    for (const guest of guestsToYield(this.#guests.all())) {
      this.#parts.counters.count("guest-holds-most");
      this.#lives.end(guest, "too much waits for the guests, and most of it for this one");
    }
  }

  /** Whether there is no guest and no handshake. */
  get isEmpty(): boolean {
    return this.#guests.isEmpty;
  }

  /** The time when {@link poll} has something to do, or an earlier one; Infinity for never. */
  get nextDeadline(): number {
    return this.#lives.nextDeadline;
  }

  /** Lets each session do what is due. */
  poll(now: number): void {
    this.#lives.poll(now);
  }

  /**
   * Sends what is waiting, for a limited number of guests, in as few datagrams as possible. If there
   * are more guests, it asks to be called again. The time is charged to the guests that caused it.
   */
  flush(now: number): void {
    this.#lives.flush(now, this.#stopwatch);
  }

  /** Says goodbye to all guests. */
  close(): void {
    for (const guest of this.#guests.all()) this.#lives.end(guest, "the hub stops");
  }

  /**
   * Handles the records of a datagram.
   *
   * @returns the guest that is proved to have sent it.
   */
  #receive(
    datagram: Uint8Array,
    from: TransportAddress,
    now: number,
  ): Guest | undefined {
    const records = decodeRecords(datagram);
    if (records.length === 0) this.#parts.counters.count("dtls-malformed");
    let sender: Guest | undefined;
    for (const record of records) {
      if (record.epoch > 0) {
        sender = this.#protected(record, from, now) ?? sender;
        continue;
      }
      // No client sends plaintext after a protected record. A datagram that begins with a
      // protected record has bypassed the handshake queue, and must not cause handshake work.
      if (isProtected(datagram)) break;
      const hello = clientHelloOf(record);
      if (hello === undefined) this.#plaintext(record, now);
      else this.#clientHello(hello, record, from, now);
    }
    return sender;
  }

  #clientHello(hello: Hello, record: DtlsRecord, from: TransportAddress, now: number): void {
    const { verifier, counters, send } = this.#parts;
    const key = this.#sourceKey;
    this.#checked.begins(key);
    const begun = this.#senders.handshakesFrom(key, now).find((guest) => isRepeated(hello, guest));
    if (begun !== undefined) {
      this.#lives.hand(record, begun, now);
      return;
    }
    const living = this.#guests.livingAt(key);
    if (living !== undefined && isRepeated(hello, living)) return;
    if (living === undefined && !this.#checked.has(key, now)) {
      return counters.count("dtls-unchecked");
    }

    const { start, messageSeq } = hello;
    const address = verifier.cookieWentTo(start, now);
    const agent = address && this.#senders.agentAtBoth(key, transportAddressKey(address), now);
    if (address === undefined || agent === undefined) {
      return send(verifier.request(start, from, now), from);
    }
    const guest = this.#lives.begin(
      { agent, address, clientRandom: start.random, firstMessageSeq: messageSeq },
      now,
    );
    if (guest !== undefined) this.#lives.hand(record, guest, now);
  }

  /** Handles a plaintext record. It belongs to a handshake that is in progress with its sender. */
  #plaintext(record: DtlsRecord, now: number): void {
    const taken = this.#senders.handshakesFrom(this.#sourceKey, now).some((guest) =>
      this.#lives.hand(record, guest, now)
    );
    if (!taken) this.#parts.counters.count("dtls-unexpected");
  }

  /**
   * Handles a protected record. It belongs to the guest that lives at its source address, or to the
   * handshake that is in progress there. If there is neither, it may come from a guest that lives
   * elsewhere and has sent checks from this address.
   *
   * @returns the guest whose keys decrypt the record.
   */
  #protected(
    record: DtlsRecord,
    from: TransportAddress,
    now: number,
  ): Guest | undefined {
    const key = this.#sourceKey;
    const living = this.#guests.livingAt(key);
    if (living !== undefined && this.#lives.hand(record, living, now)) return living;
    const beside = this.#guests.handshakeAt(key);
    if (beside !== undefined && this.#lives.hand(record, beside, now)) {
      return beside.session.isSecured ? beside : undefined;
    }
    if (living !== undefined || beside !== undefined) return this.#notOpened();
    const candidates = this.#senders.guestsFrom(key, now);
    for (const guest of candidates) {
      if (!this.#lives.hand(record, guest, now)) continue;
      if (!guest.session.isSecured) return undefined;
      this.#checked.received(key, record.bytes.length);
      this.#moves.ask(guest, from, now);
      return guest;
    }
    if (candidates.length > 0) return this.#notOpened();
    this.#checked.orphaned(key, now);
    this.#parts.counters.count("dtls-orphan");
  }

  #notOpened(): undefined {
    this.#parts.counters.count("dtls-not-opened");
  }

  /**
   * Whether the hub verifies one more check. Other clients' checks cannot use up the allowance of a
   * connected guest.
   */
  #mayCheck(agent: string, address: string, now: number): boolean {
    for (const guest of this.#guests.ofAgent(agent)) {
      if (guest.session.isOpen) return this.#checkRate.take(agent, now);
    }
    return this.#checkRate.take(address, now) && this.#newcomerRate.take("", now);
  }
}

/** Whether the first record of a datagram is protected: its epoch is not 0. */
function isProtected(datagram: Uint8Array): boolean {
  return datagram[3] !== 0 || datagram[4] !== 0;
}

/** The ClientHello that begins in a plaintext record, if one does. */
function clientHelloOf(record: DtlsRecord): Hello | undefined {
  if (record.contentType !== ContentType.handshake) return undefined;
  if (record.fragment[0] !== HandshakeType.clientHello) return undefined;
  const first = decodeHandshakeFragments(record.fragment)?.[0];
  if (first === undefined || first.fragmentOffset !== 0) return undefined;
  const start = decodeClientHelloStart(first.body);
  return start && { start, messageSeq: first.messageSeq };
}

/** Whether this guest's session has received the ClientHello before. */
function isRepeated({ start }: Hello, guest: Guest): boolean {
  return isEqual(start.random, guest.clientRandom);
}
