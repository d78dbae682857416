/**
 * The life of guests: it begins with a handshake, and ends with a goodbye or a timeout. This file
 * creates guests' sessions, passes records to them, and keeps their deadlines. It does not find the
 * guest that a datagram belongs to: the caller has done that.
 *
 * @module
 */

import type { Counters } from "../counters.ts";
import type { DtlsRecord } from "../dtls/record.ts";
import type { SignatureRequest } from "../dtls/signer.ts";
import { TimeBudget } from "../fairness/time_budget.ts";
import { GUEST_SHARE, GUESTS_PER_FLUSH, SHARE_BURST_MS } from "../limits.ts";
import { type TransportAddress, transportAddressKey } from "../net/transport_address.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { Admission } from "./admission.ts";
import type { Guest, Session } from "./guest.ts";
import type { GuestIndex } from "./guest_index.ts";
import type { GuestEvents } from "./guest_session.ts";
import { TimeShares } from "./time_shares.ts";

/** What {@link GuestLives} depends on. */
export interface GuestLivesParts {
  readonly rooms: Rooms;
  readonly counters: Counters;
  /** Creates the session of a guest whose ClientHello, with this message_seq, is verified. */
  createSession(firstMessageSeq: number, now: number, events: GuestEvents): Session;
  /** Sends a datagram. The function may keep the array, and must not throw. */
  send(datagram: Uint8Array, to: TransportAddress): void;
  /** Asks for a call of {@link GuestLives.flush} once the socket's waiting datagrams are read. */
  flushLater(): void;
  /** Asks for a signature for a handshake. The signature may come at any later time. */
  sign(request: SignatureRequest): void;
  /** Reports an error inside the hub. Must not throw. */
  fault(error: unknown): void;
  /** Logs that a guest has come or gone. */
  debug(sentence: string): void;
}

/** The data with which a handshake begins. */
export interface Beginning {
  /** The ICE agent that the checks name. It is only a claim. */
  readonly agent: string;
  /** The address that the cookie was sent to. */
  readonly address: TransportAddress;
  /** The random of the ClientHello. It is copied. */
  readonly clientRandom: Uint8Array;
  readonly firstMessageSeq: number;
}

/** Begins and ends guests. */
export class GuestLives {
  readonly #parts: GuestLivesParts;
  readonly #guests: GuestIndex;
  /** Called with the number that a guest returns after a probe (see `path_probe.ts`). */
  readonly #answered: (guest: Guest, nonce: Uint8Array, now: number) => void;
  readonly #admission = new Admission();
  /** The time that open guests have cost. */
  readonly time = new TimeShares();
  #now = 0;
  /** No session has an earlier deadline. */
  #earliest = Infinity;
  /** The guest whose record is being handled. */
  #spender: Guest | undefined;
  /** Guests that the hub has something to send to, each with the guest whose record caused it. */
  readonly #touched = new Map<Guest, Guest | undefined>();
  #isFlushPlanned = false;

  constructor(
    parts: GuestLivesParts,
    guests: GuestIndex,
    answered: (guest: Guest, nonce: Uint8Array, now: number) => void,
  ) {
    this.#parts = parts;
    this.#guests = guests;
    this.#answered = answered;
  }

  /**
   * Begins a handshake. A guest that lives at the same address stays until the handshake completes.
   *
   * @returns undefined if the hub is full and no guest would have to leave.
   */
  begin({ agent, address, clientRandom, firstMessageSeq }: Beginning, now: number):
    | Guest
    | undefined {
    const { counters, createSession } = this.#parts;
    const addressKey = transportAddressKey(address);
    if (
      this.#admission.isFull && this.#guests.livingAt(addressKey) === undefined &&
      this.#admission.guestToYield(address.address, now) === undefined
    ) {
      counters.count("hub-full");
      return undefined;
    }
    const earlier = this.#guests.handshakeAt(addressKey);
    if (earlier !== undefined) this.end(earlier, "begun anew");
    const yielding = this.#admission.handshakeToYield();
    if (yielding !== undefined) {
      counters.count("handshake-evicted");
      this.end(yielding, "too many unfinished handshakes");
    }
    const guest: Guest = {
      agent,
      session: createSession(firstMessageSeq, now, this.#eventsOf(() => guest)),
      clientRandom: clientRandom.slice(),
      address,
      addressKey,
      probing: undefined,
      probe: undefined,
      lastCheck: now,
      owner: address.address,
      budget: new TimeBudget(GUEST_SHARE, SHARE_BURST_MS, now),
      lastMessage: now,
      id: undefined,
    };
    this.#guests.add(guest);
    this.#admission.begin(guest);
    return guest;
  }

  /** Passes a record to a guest's session. @returns whether the record was the guest's own. */
  hand(record: DtlsRecord, guest: Guest, now: number): boolean {
    this.#now = now;
    this.#spender = guest;
    try {
      return guest.session.receive(record, now);
    } catch (error) {
      this.#fault(guest, error);
      return false;
    } finally {
      this.#spender = undefined;
      this.#touch(guest);
    }
  }

  /** Ends a guest, with a goodbye. */
  end(guest: Guest, reason: string): void {
    guest.session.close();
    this.#forget(guest, reason);
  }

  /** The time when {@link poll} has something to do, or an earlier one; Infinity for never. */
  get nextDeadline(): number {
    return this.#earliest;
  }

  /** Lets each session do what is due. */
  poll(now: number): void {
    this.#now = now;
    this.#earliest = Infinity;
    for (const guest of this.#guests.all()) {
      if (guest.session.nextDeadline <= now) this.#poll(guest, now);
      else this.#touch(guest);
    }
  }

  /**
   * Sends what is waiting, for a limited number of guests, in as few datagrams as possible. If there
   * are more guests, it asks to be called again. The time is charged to the guests that caused it.
   *
   * @param stopwatch the time in milliseconds.
   */
  flush(now: number, stopwatch: () => number): void {
    this.#now = now;
    let left = GUESTS_PER_FLUSH;
    let began = stopwatch();
    for (const [guest, spender] of this.#touched) {
      if (left-- === 0) return this.#parts.flushLater();
      this.#touched.delete(guest);
      this.#poll(guest, now);
      const ended = stopwatch();
      this.time.spend(ended - began, spender);
      began = ended;
    }
    this.#isFlushPlanned = false;
  }

  #poll(guest: Guest, now: number): void {
    try {
      guest.session.poll(now);
    } catch (error) {
      this.#fault(guest, error);
    }
    this.#touch(guest);
  }

  /** Makes sure that a guest's session is polled soon. */
  #flushLater(guest: Guest): void {
    if (!this.#touched.has(guest)) this.#touched.set(guest, this.#spender);
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    this.#parts.flushLater();
  }

  #eventsOf(guest: () => Guest): GuestEvents {
    const { send, sign, fault } = this.#parts;
    return {
      send: (datagram) => {
        const { probing, address } = guest();
        send(datagram, probing?.address ?? address);
      },
      sign: (bytes) =>
        sign({
          bytes,
          isWanted: () => this.#guests.has(guest()),
          done: (signature, now) => this.#signed(guest(), signature, now),
        }),
      touched: () => this.#flushLater(guest()),
      secured: () => this.#complete(guest()),
      opened: () => this.#enter(guest()),
      text: (message) => this.#text(guest(), message),
      reachable: (nonce) => this.#answered(guest(), nonce, this.#now),
      ended: (reason) => this.#forget(guest(), reason),
      fault,
    };
  }

  #signed(guest: Guest, signature: Uint8Array, now: number): void {
    this.#now = now;
    try {
      guest.session.signed(signature, now);
    } catch (error) {
      this.#fault(guest, error);
    }
    this.#touch(guest);
  }

  /** An exception in one guest's session ends this guest, and affects no other. */
  #fault(guest: Guest, error: unknown): void {
    this.#parts.fault(error);
    this.end(guest, "an internal error");
  }

  /** Notes a session's deadline, which may have changed. */
  #touch({ session }: Guest): void {
    const { nextDeadline } = session;
    if (nextDeadline < this.#earliest) this.#earliest = nextDeadline;
  }

  /**
   * A handshake is complete: its guest lives at its address, and replaces the guest that lived
   * there before.
   */
  #complete(guest: Guest): void {
    const before = this.#guests.livingAt(guest.addressKey);
    if (before !== undefined) this.end(before, "replaced by a new connection");
    this.#guests.complete(guest);
  }

  /** A guest's channel is open: it is admitted. If the hub is full, another guest has to leave. */
  #enter(guest: Guest): void {
    const { rooms, counters, debug } = this.#parts;
    const { owner, session } = guest;
    if (this.#admission.isFull) {
      const yielding = this.#admission.guestToYield(owner, this.#now);
      if (yielding === undefined) {
        counters.count("hub-full");
        return this.end(guest, "the hub is full");
      }
      counters.count("guest-evicted");
      this.end(yielding, "the hub is full, and it has been silent or its address has the most");
    }
    this.#admission.enter(guest);
    this.time.enter(owner, this.#now);
    guest.id = rooms.enter((frame) => session.send(frame));
    debug(`guest ${guest.id} came`);
  }

  #text(guest: Guest, message: Uint8Array): void {
    guest.lastMessage = this.#now;
    if (guest.id === undefined) return;
    try {
      this.#parts.rooms.receive(guest.id, message);
    } catch (error) {
      this.#parts.fault(error);
    }
  }

  #forget(guest: Guest, reason: string): void {
    const { rooms, counters, debug } = this.#parts;
    this.#guests.delete(guest);
    this.#admission.leave(guest);
    if (this.#admission.countOf(guest.owner) === 0) this.time.leave(guest.owner);
    if (guest.id === undefined) {
      counters.count("handshake-failed");
      debug(`a handshake ended: ${reason}`);
    } else {
      rooms.leave(guest.id);
      debug(`guest ${guest.id} went: ${reason}`);
      guest.id = undefined;
    }
  }
}
