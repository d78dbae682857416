/**
 * The life of guests: begun, secured, let in, ended. It creates their sessions, passes records to
 * them, and keeps their deadlines. The caller has already found the guest that a datagram belongs
 * to.
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

/** What guests' lives depend on. */
export interface GuestLivesParts {
  readonly rooms: Rooms;
  readonly counters: Counters;
  /** Begins the session of a guest whose ClientHello, with this message_seq, is verified. */
  createSession(firstMessageSeq: number, now: number, events: GuestEvents): Session;
  /** Sends a datagram. The array is the receiver's to keep. Must not throw. */
  send(datagram: Uint8Array, to: TransportAddress): void;
  /** Asks for a call of {@link GuestLives.flush} when the datagrams in the socket are taken. */
  flushLater(): void;
  /** Has something signed for a handshake, at its own time. */
  sign(request: SignatureRequest): void;
  /** Told of an error of the hub's own. Must not throw. */
  fault(error: unknown): void;
  /** Told of comings and goings, for the log. */
  debug(sentence: string): void;
}

/** What a handshake begins with. */
export interface Beginning {
  /** The ICE agent that it belongs to, as far as checks can say. */
  readonly agent: string;
  /** Where its cookie went. */
  readonly address: TransportAddress;
  /** The random of its ClientHello; copied. */
  readonly clientRandom: Uint8Array;
  readonly firstMessageSeq: number;
}

/** Begins and ends guests. */
export class GuestLives {
  readonly #parts: GuestLivesParts;
  readonly #guests: GuestIndex;
  /** Called with the number that a guest returns (see `path_probe.ts`). */
  readonly #answered: (guest: Guest, nonce: Uint8Array, now: number) => void;
  readonly #admission = new Admission();
  /** What open guests have cost. */
  readonly time = new TimeShares();
  #now = 0;
  /** No session has an earlier deadline. */
  #earliest = Infinity;
  /** Whose record is being worked off. */
  #spender: Guest | undefined;
  /** Guests with something to be sent to them, and whose record is the cause. */
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
   * Begins a handshake, beside the guest that lives at its address.
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

  /** Gives a guest a record. @returns whether it was the guest's own. */
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

  /** When {@link poll} has something to do, or earlier; Infinity for never. */
  get nextDeadline(): number {
    return this.#earliest;
  }

  /** Lets every session do what is due. */
  poll(now: number): void {
    this.#now = now;
    this.#earliest = Infinity;
    for (const guest of this.#guests.all()) {
      if (guest.session.nextDeadline <= now) this.#poll(guest, now);
      else this.#touch(guest);
    }
  }

  /**
   * Sends what there is for some guests, each guest's share in as few datagrams as it fits into,
   * and asks to be called again if there are more. The time is booked on the guests that caused it.
   *
   * @param stopwatch milliseconds.
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

  /** Has a session polled soon. */
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

  /** Notes the deadline of a session that something may have given one. */
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

  /** A guest's channel is open: it is let in, in another's place if the hub is full. */
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
