/**
 * Who is behind which address: takes datagrams from the demultiplexer, and turns ICE agents that
 * pass their checks into guests of the hub, within the limits. It knows no sockets and no clock:
 * `now` is milliseconds on any clock that never runs backwards.
 *
 * A guest is an ICE agent, not an address: a phone with two interfaces checks from both, and may
 * switch between them in the middle of its handshake.
 *
 * @module
 */

import type { Counters } from "../counters.ts";
import { FairShare } from "../fairness/fair_share.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { IceResponder } from "../ice/responder.ts";
import {
  BUSY_SHARE,
  CHECK_RATE,
  CONSENT_TIMEOUT_MS,
  GUEST_ADDRESS_SHARE,
  GUEST_SHARE,
  MAX_CHECKED_ADDRESSES,
  MAX_GUESTS,
  MAX_UNFINISHED_HANDSHAKES,
  NEWCOMER_CHECK_RATE,
  SHARE_BURST_MS,
} from "../limits.ts";
import { type TransportAddress, transportAddressKey } from "../net/transport_address.ts";
import { RateLimiter } from "../fairness/rate_limiter.ts";
import { type ClientHelloStart, decodeClientHelloStart } from "../dtls/client_hello.ts";
import {
  ContentType,
  decodeHandshakeFragments,
  decodeRecords,
  type DtlsRecord,
  HandshakeType,
} from "../dtls/record.ts";
import type { GuestEvents } from "./guest_session.ts";
import type { HelloVerifier } from "../dtls/hello_verifier.ts";
import type { SignatureRequest } from "../dtls/signer.ts";
import { TimeBudget } from "../fairness/time_budget.ts";

/** The part of a session that the table uses. */
export interface Session {
  readonly isOpen: boolean;
  isOverdue(now: number): boolean;
  receive(record: DtlsRecord, now: number): boolean;
  signed(signature: Uint8Array, now: number): void;
  /** Infinity for never. */
  readonly nextDeadline: number;
  poll(now: number): void;
  send(text: string): void;
  close(): void;
}

/** What the table works with. */
export interface GuestTableParts {
  readonly ice: Pick<IceResponder, "check">;
  readonly verifier: HelloVerifier;
  readonly rooms: Rooms;
  readonly counters: Counters;
  /** Begins the session of a guest whose ClientHello, with this message_seq, is verified. */
  createSession(firstMessageSeq: number, now: number, events: GuestEvents): Session;
  /** Sends a datagram. The array is the receiver's to keep. Must not throw. */
  send(datagram: Uint8Array, to: TransportAddress): void;
  /** Has something signed for a handshake, at its own time. */
  sign(request: SignatureRequest): void;
  /** Told of an error of the hub's own. Must not throw. */
  fault(error: unknown): void;
  /** Told of comings and goings, for the log. */
  debug(sentence: string): void;
  /** Milliseconds, for what a datagram has cost; the clock of `now` unless given. */
  stopwatch?(): number;
}

interface CheckedAddress {
  readonly agent: string;
  readonly at: number;
  readonly address: string;
}

interface Guest {
  readonly agent: string;
  readonly session: Session;
  /** The random of its ClientHello: tells a repeated one from a new one. */
  readonly clientRandom: Uint8Array;
  /** Where its last authentic datagram came from: where datagrams for it go. */
  address: TransportAddress;
  addressKey: string;
  lastCheck: number;
  /** The client address that it counts for: where it began. */
  readonly owner: string;
  /** What it may cost a busy hub. */
  readonly budget: TimeBudget;
  /** When it last sent a message, or began. */
  lastMessage: number;
  /** Its id in the hub, once the channel is open. */
  id: number | undefined;
}

/** All guests and those on their way to become one. */
export class GuestTable {
  readonly #parts: GuestTableParts;
  /** Addresses that passed a check, least recently checked first. */
  readonly #checked = new Map<string, CheckedAddress>();
  readonly #checkedShare = new FairShare<string>();
  readonly #newcomerRate = new RateLimiter(NEWCOMER_CHECK_RATE, 0);
  readonly #checkRate = new RateLimiter(CHECK_RATE, crypto.getRandomValues(new Int32Array(1))[0]);
  readonly #byAgent = new Map<string, Guest>();
  readonly #byAddress = new Map<string, Guest>();
  /** Guests whose channel is not open yet. */
  readonly #unfinished = new FairShare<Guest>();
  /** Guests whose channel is open. */
  readonly #open = new FairShare<Guest>();
  readonly #budget = new TimeBudget(BUSY_SHARE, SHARE_BURST_MS, 0);
  /** By client address, of those that have an open guest. */
  readonly #addressBudgets = new Map<string, TimeBudget>();
  readonly #stopwatch: () => number;
  #now = 0;
  /** No session has an earlier deadline. */
  #earliest = Infinity;

  constructor(parts: GuestTableParts) {
    this.#parts = parts;
    this.#stopwatch = parts.stopwatch ?? (() => performance.now());
  }

  /** Answers a connectivity check, and remembers where it came from. */
  receiveStun(datagram: Uint8Array, from: TransportAddress, now: number): void {
    const key = transportAddressKey(from);
    const outcome = this.#parts.ice.check(
      datagram,
      from,
      () => this.#mayCheck(key, from.address, now),
    );
    if (outcome.kind === "dropped") return this.#parts.counters.count(outcome.cause);
    this.#parts.send(outcome.response, from);
    if (outcome.kind === "refused") return this.#parts.counters.count("stun-refused");

    const { agent } = outcome;
    this.#uncheck(key, from.address);
    this.#checked.set(key, { agent, at: now, address: from.address });
    this.#checkedShare.add(from.address, key);
    if (this.#checked.size > MAX_CHECKED_ADDRESSES) {
      this.#uncheck(this.#checkedShare.first!, this.#checkedShare.heaviest!);
    }
    const guest = this.#byAgent.get(agent);
    if (guest !== undefined) guest.lastCheck = now;
  }

  /**
   * How a DTLS datagram from this address is to be treated: `data` belongs to an open channel and
   * costs little, `handshake` may cost key agreement, `unchecked` is to be dropped.
   */
  standingOf(from: TransportAddress, now: number): "data" | "handshake" | "unchecked" {
    const key = transportAddressKey(from);
    const guest = this.#guestAt(key, now);
    if (guest !== undefined) return guest.session.isOpen ? "data" : "handshake";
    return this.#agentAt(key, now) === undefined ? "unchecked" : "handshake";
  }

  /** Takes a DTLS datagram; drops it unless its address passed a check within the consent time. */
  receiveDtls(datagram: Uint8Array, from: TransportAddress, now: number): void {
    this.#now = now;
    const key = transportAddressKey(from);
    const guest = this.#guestAt(key, now);
    if (guest === undefined || !guest.session.isOpen) return this.#receiveDtls(datagram, from, now);
    const addressBudget = this.#addressBudgets.get(guest.owner);
    // Asked of all three, whatever the first says: asking is what refills them.
    const tired = guest.budget.isSpent(now);
    const addressTired = addressBudget?.isSpent(now) && this.#open.addresses > 1;
    if (this.#budget.isSpent(now) && (tired || addressTired)) {
      return this.#parts.counters.count("guest-too-busy");
    }
    const began = this.#stopwatch();
    this.#receiveDtls(datagram, from, now);
    const spent = this.#stopwatch() - began;
    for (const budget of [guest.budget, addressBudget, this.#budget]) budget?.spend(spent);
  }

  #receiveDtls(datagram: Uint8Array, from: TransportAddress, now: number): void {
    const key = transportAddressKey(from);
    const records = decodeRecords(datagram);
    if (records.length === 0) return this.#parts.counters.count("dtls-malformed");
    for (const record of records) {
      const hello = clientHelloOf(record);
      // Looked up anew for every record: one that ends the guest must be the last it gets.
      const guest = this.#guestAt(key, now);
      if (hello !== undefined && !isRepeated(hello.start, guest)) {
        this.#clientHello(hello, record, from, now);
      } else if (guest === undefined) {
        this.#parts.counters.count("dtls-unchecked");
      } else {
        if (guest.session.receive(record, now)) this.#moveTo(guest, from, key);
        this.#touch(guest);
      }
    }
  }

  /** Ends guests that are silent or overdue and forgets old addresses. To be called every second. */
  sweep(now: number): void {
    for (const [key, { at, address }] of this.#checked) {
      if (now - at < CONSENT_TIMEOUT_MS) break;
      this.#uncheck(key, address);
    }
    for (const guest of this.#byAgent.values()) {
      if (now - guest.lastCheck >= CONSENT_TIMEOUT_MS) this.#drop(guest, "silent for 30 s");
      else if (guest.session.isOverdue(now)) this.#drop(guest, "handshake not finished in time");
    }
  }

  /** When {@link poll} has something to do, or earlier; Infinity for never. */
  get nextDeadline(): number {
    return this.#earliest;
  }

  /** Lets every session do what is due. */
  poll(now: number): void {
    this.#earliest = Infinity;
    for (const guest of this.#byAgent.values()) {
      if (guest.session.nextDeadline <= now) guest.session.poll(now);
      this.#touch(guest);
    }
  }

  /** Notes the deadline of a session that something may have given one. */
  #touch({ session }: Guest): void {
    const { nextDeadline } = session;
    if (nextDeadline < this.#earliest) this.#earliest = nextDeadline;
  }

  /** Says goodbye to everybody. */
  close(): void {
    for (const guest of this.#byAgent.values()) this.#drop(guest, "the hub stops");
  }

  #clientHello(
    { start, messageSeq }: { start: ClientHelloStart; messageSeq: number },
    record: DtlsRecord,
    from: TransportAddress,
    now: number,
  ): void {
    const { verifier, counters } = this.#parts;
    const key = transportAddressKey(from);
    const agent = this.#agentAt(key, now);
    if (agent === undefined) return counters.count("dtls-unchecked");
    if (!verifier.isVerified(start, agent)) {
      return this.#parts.send(verifier.request(start, agent), from);
    }
    if (
      this.#parts.rooms.guestCount >= MAX_GUESTS && this.#guestToYield(from.address) === undefined
    ) {
      return counters.count("hub-full");
    }
    if (this.#unfinished.size >= MAX_UNFINISHED_HANDSHAKES) {
      this.#drop(this.#unfinished.first!, "too many unfinished handshakes");
      counters.count("handshake-evicted");
    }
    for (const old of [this.#byAgent.get(agent), this.#byAddress.get(key)]) {
      if (old !== undefined) this.#drop(old, "replaced by a new connection");
    }
    const guest = this.#createGuest(agent, start.random.slice(), messageSeq, from, now);
    guest.session.receive(record, now);
    this.#touch(guest);
  }

  #createGuest(
    agent: string,
    clientRandom: Uint8Array,
    firstMessageSeq: number,
    address: TransportAddress,
    now: number,
  ): Guest {
    const { rooms, createSession, send, sign, fault } = this.#parts;
    const owner = address.address;
    const session = createSession(firstMessageSeq, now, {
      send: (datagram) => send(datagram, guest.address),
      sign: (bytes) =>
        sign({
          bytes,
          isWanted: () => this.#byAgent.get(agent) === guest,
          done: (signature, now) => {
            session.signed(signature, now);
            this.#touch(guest);
          },
        }),
      fault,
      opened: () => this.#enter(guest),
      text: (message) => {
        guest.lastMessage = this.#now;
        if (guest.id !== undefined) rooms.receive(guest.id, message);
      },
      ended: (reason) => this.#forget(guest, reason),
    });
    const addressKey = transportAddressKey(address);
    const guest: Guest = {
      agent,
      session,
      clientRandom,
      address,
      addressKey,
      lastCheck: now,
      owner,
      budget: new TimeBudget(GUEST_SHARE, SHARE_BURST_MS, now),
      lastMessage: now,
      id: undefined,
    };
    this.#byAgent.set(agent, guest);
    this.#byAddress.set(addressKey, guest);
    this.#unfinished.add(owner, guest);
    return guest;
  }

  /** A guest's channel is open: it is let in, in another's place if the hub is full. */
  #enter(guest: Guest): void {
    const { rooms, counters, debug } = this.#parts;
    const { owner, session } = guest;
    if (rooms.guestCount >= MAX_GUESTS) {
      const yielding = this.#guestToYield(owner);
      if (yielding === undefined) {
        counters.count("hub-full");
        return this.#drop(guest, "the hub is full");
      }
      counters.count("guest-evicted");
      this.#drop(yielding, "the hub is full, and its address has the most guests");
    }
    this.#unfinished.delete(owner, guest);
    this.#open.add(owner, guest);
    if (!this.#addressBudgets.has(owner)) {
      this.#addressBudgets.set(
        owner,
        new TimeBudget(GUEST_ADDRESS_SHARE, SHARE_BURST_MS, this.#now),
      );
    }
    guest.id = rooms.enter((frame) => session.send(frame));
    debug(`guest ${guest.id} came`);
  }

  /**
   * Who has to go from a full hub for a guest of this address: the one that has been silent longest,
   * of the address with the most guests, if that has more than this one will have.
   */
  #guestToYield(address: string): Guest | undefined {
    const heaviest = this.#open.heaviest;
    if (heaviest === undefined) return undefined;
    if (this.#open.countOf(heaviest) <= this.#open.countOf(address) + 1) return undefined;
    let quietest: Guest | undefined;
    for (const guest of this.#open.heldBy(heaviest)) {
      if (quietest === undefined || guest.lastMessage < quietest.lastMessage) quietest = guest;
    }
    return quietest;
  }

  /** Whether one more check is verified. A guest that is in is not shut out by what others send. */
  #mayCheck(key: string, address: string, now: number): boolean {
    if (this.#byAddress.has(key)) return this.#checkRate.take(key, now);
    return this.#checkRate.take(address, now) && this.#newcomerRate.take("", now);
  }

  #uncheck(key: string, address: string): void {
    this.#checked.delete(key);
    this.#checkedShare.delete(address, key);
  }

  #moveTo(guest: Guest, address: TransportAddress, key: string): void {
    if (guest.addressKey === key || this.#byAgent.get(guest.agent) !== guest) return;
    if (this.#byAddress.get(guest.addressKey) === guest) this.#byAddress.delete(guest.addressKey);
    guest.address = address;
    guest.addressKey = key;
    this.#byAddress.set(key, guest);
  }

  /** The guest at an address, or the one whose ICE agent has passed a check from there. */
  #guestAt(key: string, now: number): Guest | undefined {
    const agent = this.#agentAt(key, now);
    return (agent === undefined ? undefined : this.#byAgent.get(agent)) ?? this.#byAddress.get(key);
  }

  #agentAt(key: string, now: number): string | undefined {
    const checked = this.#checked.get(key);
    return checked !== undefined && now - checked.at < CONSENT_TIMEOUT_MS
      ? checked.agent
      : this.#byAddress.get(key)?.agent;
  }

  #drop(guest: Guest, reason: string): void {
    guest.session.close();
    this.#forget(guest, reason);
  }

  #forget(guest: Guest, reason: string): void {
    this.#unfinished.delete(guest.owner, guest);
    this.#open.delete(guest.owner, guest);
    if (this.#open.countOf(guest.owner) === 0) this.#addressBudgets.delete(guest.owner);
    if (this.#byAgent.get(guest.agent) === guest) this.#byAgent.delete(guest.agent);
    if (this.#byAddress.get(guest.addressKey) === guest) this.#byAddress.delete(guest.addressKey);
    if (guest.id === undefined) {
      this.#parts.counters.count("handshake-failed");
      this.#parts.debug(`a handshake ended: ${reason}`);
    } else {
      this.#parts.rooms.leave(guest.id);
      this.#parts.debug(`guest ${guest.id} went: ${reason}`);
      guest.id = undefined;
    }
  }
}

/** The ClientHello that a plaintext record begins, if it begins one. */
function clientHelloOf(
  record: DtlsRecord,
): { start: ClientHelloStart; messageSeq: number } | undefined {
  if (record.contentType !== ContentType.handshake || record.epoch !== 0) return undefined;
  if (record.fragment[0] !== HandshakeType.clientHello) return undefined;
  const first = decodeHandshakeFragments(record.fragment)?.[0];
  if (first === undefined || first.fragmentOffset !== 0) return undefined;
  const start = decodeClientHelloStart(first.body);
  return start && { start, messageSeq: first.messageSeq };
}

/** Whether the ClientHello is one that this guest's session has had already. */
function isRepeated(hello: ClientHelloStart, guest: Guest | undefined): boolean {
  return guest !== undefined && hello.random.every((byte, i) => byte === guest.clientRandom[i]);
}
