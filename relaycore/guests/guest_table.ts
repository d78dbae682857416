/**
 * Whose datagram it is: takes what the demultiplexer sorts, finds the guest that it belongs to, and
 * turns ICE agents that pass their checks into guests of the hub, within the limits. It knows no
 * sockets and no clock: `now` is milliseconds on any clock that never runs backwards.
 *
 * What is believed, and why:
 * - A check and a source address are claims. Anybody on the network can forge both. They decide whom
 *   a record is tried with, and never anything that a record, a cookie or a probe has proved.
 * - A cookie in a ClientHello proves that the client receives at the address that the cookie was sent
 *   to (RFC 6347 §4.2.1). The handshake is sent there, wherever the ClientHello comes from: ICE may
 *   change the pair in between.
 * - A verified Finished proves that the other end has read the hub's flight, so that it lives at that
 *   address now. Whoever lived there before stays until then (RFC 6347 §4.2.8).
 * - A record that opens is the guest's own. Coming from another address, it makes the hub ask there,
 *   and an answer to that question moves the guest (RFC 8445 §9, RFC 9260 §5.4).
 *
 * So an address where nobody has shown to receive is sent no more than came from it, and one probe.
 *
 * @module
 */

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
import type { SignatureRequest } from "../dtls/signer.ts";
import { RateLimiter } from "../fairness/rate_limiter.ts";
import { TimeBudget } from "../fairness/time_budget.ts";
import type { IceResponder } from "../ice/responder.ts";
import {
  CHECK_RATE,
  CONSENT_TIMEOUT_MS,
  GUEST_SHARE,
  GUESTS_PER_FLUSH,
  MAX_GUESTS_TRIED,
  NEWCOMER_CHECK_RATE,
  PATH_PROBE_INTERVAL_MS,
  SHARE_BURST_MS,
} from "../limits.ts";
import { type TransportAddress, transportAddressKey } from "../net/transport_address.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { Admission } from "./admission.ts";
import { CheckedAddresses } from "./checked_addresses.ts";
import type { Guest, Session } from "./guest.ts";
import { GuestIndex } from "./guest_index.ts";
import type { GuestEvents } from "./guest_session.ts";
import { PATH_PROBE_DATAGRAM_BYTES, PATH_PROBE_NONCE_BYTES } from "./path_probe.ts";
import { TimeShares } from "./time_shares.ts";

export type { Session } from "./guest.ts";

/** What the table works with. */
export interface GuestTableParts {
  readonly ice: IceResponder;
  readonly verifier: HelloVerifier;
  readonly rooms: Rooms;
  readonly counters: Counters;
  /** Begins the session of a guest whose ClientHello, with this message_seq, is verified. */
  createSession(firstMessageSeq: number, now: number, events: GuestEvents): Session;
  /** Sends a datagram. The array is the receiver's to keep. Must not throw. */
  send(datagram: Uint8Array, to: TransportAddress): void;
  /** Asks for a call of {@link GuestTable.flush}, at the end of this turn of the event loop or soon. */
  flushLater(): void;
  /** Has something signed for a handshake, at its own time. */
  sign(request: SignatureRequest): void;
  /** Told of an error of the hub's own. Must not throw. */
  fault(error: unknown): void;
  /** Told of comings and goings, for the log. */
  debug(sentence: string): void;
  /** Milliseconds, for what a datagram has cost; the clock of `now` unless given. */
  stopwatch?(): number;
}

/** A ClientHello, as far as it is read here. */
interface Hello {
  readonly start: ClientHelloStart;
  readonly messageSeq: number;
}

/** All guests and those on their way to become one. */
export class GuestTable {
  readonly #parts: GuestTableParts;
  readonly #guests = new GuestIndex();
  readonly #checked = new CheckedAddresses((agent) => this.#guests.ofAgent(agent).length > 0);
  readonly #admission = new Admission();
  readonly #time = new TimeShares();
  readonly #newcomerRate = new RateLimiter(NEWCOMER_CHECK_RATE, 0);
  readonly #checkRate = new RateLimiter(CHECK_RATE, crypto.getRandomValues(new Int32Array(1))[0]);
  readonly #stopwatch: () => number;
  #now = 0;
  /** No session has an earlier deadline. */
  #earliest = Infinity;
  /** Whose record is being worked off. */
  #spender: Guest | undefined;
  /** Guests with something to be sent to them, and whose record is the cause. */
  #touched = new Map<Guest, Guest | undefined>();
  /** Those whose turn it is. */
  #flushing = new Map<Guest, Guest | undefined>();
  /** Where the datagram comes from that is being worked off. */
  #sourceKey = "";

  constructor(parts: GuestTableParts) {
    this.#parts = parts;
    this.#stopwatch = parts.stopwatch ?? (() => performance.now());
  }

  /** Answers a connectivity check, and remembers who checked from where. */
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
      if (outcome.isNominated && here === undefined) this.#probe(guest, from, now);
    }
  }

  /**
   * How a DTLS datagram from this address is to be treated: `data` belongs to an open channel and
   * costs little, `handshake` may cost key agreement, `unchecked` is to be dropped.
   */
  standingOf(
    datagram: Uint8Array,
    from: TransportAddress,
    now: number,
  ): "data" | "handshake" | "unchecked" {
    const key = transportAddressKey(from);
    const guest = this.#expectedFrom(key, now);
    if (guest?.session.isOpen && isProtected(datagram)) return "data";
    return guest !== undefined || this.#checked.has(key, now) ? "handshake" : "unchecked";
  }

  /** Takes a DTLS datagram. It is dropped if nobody has checked from its address. */
  receiveDtls(datagram: Uint8Array, from: TransportAddress, now: number): void {
    const key = transportAddressKey(from);
    this.#now = now;
    this.#sourceKey = key;
    const guest = this.#expectedFrom(key, now);
    if (guest === undefined || !guest.session.isOpen) {
      this.#receive(datagram, from, key, now);
      return;
    }
    if (this.#time.isSpent(guest, now)) return this.#parts.counters.count("guest-too-busy");
    const began = this.#stopwatch();
    const owner = this.#receive(datagram, from, key, now);
    this.#time.spend(this.#stopwatch() - began, owner);
  }

  /** Ends guests that are silent or overdue and forgets old addresses. To be called every second. */
  sweep(now: number): void {
    this.#now = now;
    this.#checked.sweep(now);
    for (const guest of this.#guests.all()) {
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
    this.#now = now;
    this.#earliest = Infinity;
    for (const guest of this.#guests.all()) {
      if (guest.session.nextDeadline <= now) this.#poll(guest, now);
      else this.#touch(guest);
    }
  }

  #poll(guest: Guest, now: number): void {
    try {
      guest.session.poll(now);
      this.#touch(guest);
    } catch (error) {
      this.#parts.fault(error);
      this.#drop(guest, "an internal error");
    }
  }

  /**
   * Sends what there is for guests, each guest's share in as few datagrams as it fits into. What that
   * takes is booked on whoever was the cause.
   *
   * @returns for how many guests, which are no more than {@link GUESTS_PER_FLUSH}, and whether that
   *   is all that was asked for before the first of these calls; if not, it is to be called again soon.
   */
  flush(now: number): { served: number; isDone: boolean } {
    this.#now = now;
    if (this.#flushing.size === 0) {
      [this.#flushing, this.#touched] = [this.#touched, this.#flushing];
    }
    let served = 0;
    let began = this.#stopwatch();
    for (const [guest, spender] of this.#flushing) {
      if (served === GUESTS_PER_FLUSH) break;
      served++;
      this.#flushing.delete(guest);
      this.#poll(guest, now);
      const ended = this.#stopwatch();
      this.#time.spend(ended - began, spender);
      began = ended;
    }
    const isDone = this.#flushing.size === 0;
    if (isDone && this.#touched.size > 0) this.#parts.flushLater();
    return { served, isDone };
  }

  /** Has a session polled soon. */
  #flushLater(guest: Guest): void {
    if (this.#touched.size === 0) this.#parts.flushLater();
    if (!this.#touched.has(guest)) this.#touched.set(guest, this.#spender);
  }

  /** Notes the deadline of a session that something may have given one. */
  #touch({ session }: Guest): void {
    const { nextDeadline } = session;
    if (nextDeadline < this.#earliest) this.#earliest = nextDeadline;
  }

  /** Says goodbye to everybody. */
  close(): void {
    for (const guest of this.#guests.all()) this.#drop(guest, "the hub stops");
  }

  /**
   * Works off the records of a datagram.
   *
   * @returns the guest who has proved to have sent it.
   */
  #receive(
    datagram: Uint8Array,
    from: TransportAddress,
    key: string,
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
      // In plaintext, nothing follows what was protected; and whoever has a channel pays for it.
      if (isProtected(datagram)) break;
      const hello = clientHelloOf(record);
      if (hello === undefined) this.#plaintext(record, key, now);
      else this.#clientHello(hello, record, from, now);
    }
    return sender;
  }

  #clientHello(hello: Hello, record: DtlsRecord, from: TransportAddress, now: number): void {
    const { verifier, counters, send } = this.#parts;
    const key = transportAddressKey(from);
    this.#checked.begins(key);
    const begun = this.#handshakesFrom(key, now).find((guest) => isRepeated(hello, guest));
    if (begun !== undefined) {
      this.#hand(record, begun);
      return;
    }
    const living = this.#guests.livingAt(key);
    if (living !== undefined && isRepeated(hello, living)) return;
    const agents = this.#checked.agentsAt(key, now);
    if (living !== undefined) agents.push(living.agent);
    if (agents.length === 0) return counters.count("dtls-unchecked");

    const address = verifier.cookieWentTo(hello.start, now);
    const agent = address && this.#agentAtBoth(agents, key, transportAddressKey(address), now);
    if (address === undefined || agent === undefined) {
      return send(verifier.request(hello.start, from, now), from);
    }
    this.#begin(hello, agent, address, now, record);
  }

  /** The agent that has checked from where a ClientHello comes from and where its cookie went. */
  #agentAtBoth(
    agents: readonly string[],
    key: string,
    cookieKey: string,
    now: number,
  ): string | undefined {
    if (key === cookieKey) return agents[0];
    const others = this.#checked.agentsAt(cookieKey, now);
    return agents.find((agent) => others.includes(agent));
  }

  /** A client receives at this address: its handshake begins, beside the guest that lives there. */
  #begin(
    { start, messageSeq }: Hello,
    agent: string,
    address: TransportAddress,
    now: number,
    record: DtlsRecord,
  ): void {
    const { counters } = this.#parts;
    const key = transportAddressKey(address);
    if (
      this.#admission.isFull && this.#guests.livingAt(key) === undefined &&
      this.#admission.guestToYield(address.address, now) === undefined
    ) {
      return counters.count("hub-full");
    }
    const earlier = this.#guests.handshakeAt(key);
    if (earlier !== undefined) this.#drop(earlier, "begun anew");
    const yielding = this.#admission.handshakeToYield();
    if (yielding !== undefined) {
      counters.count("handshake-evicted");
      this.#drop(yielding, "too many unfinished handshakes");
    }
    this.#hand(record, this.#createGuest(agent, start.random.slice(), messageSeq, address, now));
  }

  #createGuest(
    agent: string,
    clientRandom: Uint8Array,
    firstMessageSeq: number,
    address: TransportAddress,
    now: number,
  ): Guest {
    const { createSession, send, sign, fault } = this.#parts;
    const session = createSession(firstMessageSeq, now, {
      send: (datagram) => send(datagram, guest.probing?.address ?? guest.address),
      sign: (bytes) =>
        sign({
          bytes,
          isWanted: () => this.#guests.has(guest),
          done: (signature, now) => {
            this.#now = now;
            session.signed(signature, now);
            this.#touch(guest);
          },
        }),
      fault,
      touched: () => this.#flushLater(guest),
      secured: () => this.#complete(guest),
      opened: () => this.#enter(guest),
      text: (message) => this.#text(guest, message),
      reachable: (nonce) => this.#reached(guest, nonce),
      ended: (reason) => this.#forget(guest, reason),
    });
    const guest: Guest = {
      agent,
      session,
      clientRandom,
      address,
      addressKey: transportAddressKey(address),
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

  /** A record in plaintext belongs to a handshake that is under way with its sender. */
  #plaintext(record: DtlsRecord, key: string, now: number): void {
    const taken = this.#handshakesFrom(key, now).some((guest) => this.#hand(record, guest));
    if (!taken) this.#parts.counters.count("dtls-unexpected");
  }

  /**
   * A protected record belongs to the guest that lives where it comes from, or to the handshake that
   * is under way there. Only if there is neither, it may be of a guest that lives elsewhere and has
   * checked from here.
   *
   * @returns the guest that it has opened for.
   */
  #protected(
    record: DtlsRecord,
    from: TransportAddress,
    now: number,
  ): Guest | undefined {
    const key = this.#sourceKey;
    const living = this.#guests.livingAt(key);
    if (living !== undefined && this.#hand(record, living)) return living;
    const beside = this.#guests.handshakeAt(key);
    if (beside !== undefined && this.#hand(record, beside)) {
      return beside.session.isSecured ? beside : undefined;
    }
    if (living !== undefined || beside !== undefined) return this.#notOpened();
    const candidates = this.#guestsFrom(key, now);
    for (const guest of candidates) {
      if (!this.#hand(record, guest)) continue;
      if (!guest.session.isSecured) return undefined;
      this.#checked.received(key, record.bytes.length);
      this.#probe(guest, from, now);
      return guest;
    }
    if (candidates.length > 0) return this.#notOpened();
    this.#checked.orphaned(key, now);
    this.#parts.counters.count("dtls-orphan");
  }

  #notOpened(): undefined {
    this.#parts.counters.count("dtls-not-opened");
  }

  /** Gives a guest a record. An exception costs this guest its place, and nobody else. */
  #hand(record: DtlsRecord, guest: Guest): boolean {
    try {
      this.#spender = guest;
      return guest.session.receive(record, this.#now);
    } catch (error) {
      this.#parts.fault(error);
      this.#drop(guest, "an internal error");
      return false;
    } finally {
      this.#spender = undefined;
      this.#touch(guest);
    }
  }

  /** A handshake is complete: its guest lives at its address, in the place of whoever did before. */
  #complete(guest: Guest): void {
    const before = this.#guests.livingAt(guest.addressKey);
    if (before !== undefined) this.#drop(before, "replaced by a new connection");
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
        return this.#drop(guest, "the hub is full");
      }
      counters.count("guest-evicted");
      this.#drop(yielding, "the hub is full, and it has been silent or its address has the most");
    }
    this.#admission.enter(guest);
    this.#time.enter(owner, this.#now);
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

  /**
   * Asks a guest whether it receives at another address than before. Until its channel is open it
   * is reached where its cookie went, and not asked.
   */
  #probe(guest: Guest, address: TransportAddress, now: number): void {
    if (!guest.session.isOpen || !this.#guests.has(guest)) return;
    const key = transportAddressKey(address);
    if (guest.probe?.key === key && now - guest.probe.at < PATH_PROBE_INTERVAL_MS) return;
    if (!this.#checked.spend(key, PATH_PROBE_DATAGRAM_BYTES)) return;
    const nonce = crypto.getRandomValues(new Uint8Array(PATH_PROBE_NONCE_BYTES));
    guest.probe = guest.probing = { address, key, nonce, at: now };
    guest.session.probe(nonce);
    guest.probing = undefined;
  }

  /** A guest has returned eight bytes. If they are the right ones, it moves to where it was asked. */
  #reached(guest: Guest, nonce: Uint8Array): void {
    const { probe } = guest;
    if (probe === undefined || probe.key !== this.#sourceKey) return;
    if (!nonce.every((byte, i) => byte === probe.nonce[i])) return;
    guest.probe = undefined;
    this.#guests.move(guest, probe.address);
  }

  /** Whether one more check is verified. A guest that is in is not shut out by what others send. */
  #mayCheck(agent: string, address: string, now: number): boolean {
    for (const guest of this.#guests.ofAgent(agent)) {
      if (guest.session.isOpen) return this.#checkRate.take(agent, now);
    }
    return this.#checkRate.take(address, now) && this.#newcomerRate.take("", now);
  }

  /** The guest that lives at an address, else one that has checked from there. */
  #expectedFrom(key: string, now: number): Guest | undefined {
    return this.#guests.livingAt(key) ?? this.#guestsFrom(key, now)[0] ??
      this.#guests.handshakeAt(key);
  }

  /** Guests, and handshakes, of the agents that have checked from an address; guests first. */
  #guestsFrom(key: string, now: number): Guest[] {
    const guests = this.#checked.agentsAt(key, now)
      .flatMap((agent) => this.#guests.ofAgent(agent));
    const rank = ({ session }: Guest) => Number(session.isSecured) + Number(session.isOpen);
    return guests.sort((a, b) => rank(b) - rank(a)).slice(0, MAX_GUESTS_TRIED);
  }

  /** Handshakes that a plaintext record from an address may belong to. */
  #handshakesFrom(key: string, now: number): Guest[] {
    const here = this.#guests.handshakeAt(key);
    const others = this.#guestsFrom(key, now)
      .filter((guest) => guest !== here && !guest.session.isSecured);
    return here === undefined ? others : [here, ...others];
  }

  #drop(guest: Guest, reason: string): void {
    guest.session.close();
    this.#forget(guest, reason);
  }

  #forget(guest: Guest, reason: string): void {
    const { rooms, counters, debug } = this.#parts;
    this.#guests.delete(guest);
    this.#admission.leave(guest);
    if (this.#admission.countOf(guest.owner) === 0) this.#time.leave(guest.owner);
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

/** Whether the first record of a datagram is protected: its epoch is not 0. */
function isProtected(datagram: Uint8Array): boolean {
  return datagram[3] !== 0 || datagram[4] !== 0;
}

/** The ClientHello that a plaintext record begins, if it begins one. */
function clientHelloOf(record: DtlsRecord): Hello | undefined {
  if (record.contentType !== ContentType.handshake) return undefined;
  if (record.fragment[0] !== HandshakeType.clientHello) return undefined;
  const first = decodeHandshakeFragments(record.fragment)?.[0];
  if (first === undefined || first.fragmentOffset !== 0) return undefined;
  const start = decodeClientHelloStart(first.body);
  return start && { start, messageSeq: first.messageSeq };
}

/** Whether the ClientHello is one that this guest's session has had already. */
function isRepeated({ start }: Hello, guest: Guest): boolean {
  return start.random.every((byte, i) => byte === guest.clientRandom[i]);
}
