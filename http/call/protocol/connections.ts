/**
 * Opens, signals and closes the connections with the others, as each person's {@link PeerLink} and
 * the signalling of the others require. It knows neither WebRTC nor the hub, and does not decide
 * who is in the room.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Description, MeetingAction } from "./actions.ts";
import { HEARD_RECENTLY_MS, LINK_FAILURES_TOLD, MAX_CANDIDATES } from "./limits.ts";
import type { LinkConditions } from "./peer_link.ts";
import { encodeSignal, type Signal } from "./presence.ts";
import type { Member, Roster } from "./roster.ts";

/** What {@link Connections} needs of the meeting that it belongs to. */
export interface ConnectionsOwner {
  /** This guest's id. */
  readonly id: number;
  /**
   * Whether this guest is in the call and the hub is joined. Only then it dials and can be dialled.
   */
  canDial(): boolean;
  perform(action: MeetingAction): void;
  /** Sends a payload to another guest, through the hub. */
  send(id: number, payload: unknown): void;
  /** Announces this guest to one person. */
  announceTo(member: Member): void;
}

/** The connections with the others. */
export class Connections {
  readonly #roster: Roster;
  readonly #owner: ConnectionsOwner;
  readonly #relayed: boolean;
  #count = 0;

  /**
   * @param relayed whether media goes through the hub's media relay, so that it ends with the hub.
   */
  constructor(roster: Roster, relayed: boolean, owner: ConnectionsOwner) {
    this.#roster = roster;
    this.#relayed = relayed;
    this.#owner = owner;
  }

  /** When {@link settle} has something to do, or the shown state of a link changes. */
  nextDeadline(now: number): number {
    let next = Infinity;
    for (const member of this.#roster.members) {
      next = Math.min(next, member.link.nextDeadline(now, this.#conditions(member, now)));
    }
    return next;
  }

  /** Does what is due on all links. */
  settle(now: number): void {
    for (const member of this.#roster.members) this.#settle(member, now);
  }

  #settle(member: Member, now: number): void {
    const conditions = this.#conditions(member, now);
    for (;;) {
      const step = member.link.step(now, conditions);
      if (step === undefined) return;
      if (step === "dial") this.#open(member);
      else if (step === "close") this.#failed(member);
      else this.#askForDial(member);
    }
  }

  #conditions({ id, isStale, isAnnounced, heardAt }: Member, now: number): LinkConditions {
    return {
      dials: String(this.#owner.id) < String(id),
      reachable: this.#owner.canDial() && !isStale && isAnnounced &&
        now - heardAt < HEARD_RECENTLY_MS,
    };
  }

  /**
   * Takes signalling from an id.
   *
   * @param dial the dialler's number of the connection, if it was sent.
   */
  receive(id: number, signal: Signal, dial: number | undefined, now: number): void {
    const member = this.#roster.hear(id, now);
    if (member === undefined) return;
    if ("description" in signal && signal.description.type === "offer") {
      return this.#answer(member, signal.description, dial, now);
    }
    const { connection } = member;
    // A signal with another number is for an earlier connection. The deployed web app sends no
    // number.
    if (connection === undefined || (dial !== undefined && dial !== connection.dial)) return;
    const { number } = connection;
    if ("description" in signal) {
      if (!connection.offers || connection.isAnswered) return;
      connection.isAnswered = true;
      this.#owner.perform({ do: "describe", connection: number, description: signal.description });
    } else if (++connection.candidates <= MAX_CANDIDATES) {
      this.#owner.perform({ do: "candidate", connection: number, candidate: signal.candidate });
    }
  }

  #answer(member: Member, offer: Description, dial: number | undefined, now: number): void {
    const dials = String(this.#owner.id) < String(member.id);
    // The guest with the smaller id dials, so an offer that crosses this side's offer is ignored.
    if (dials && member.link.isDialling) return;
    if (!member.quota.offers.take(now)) return;
    this.close(member);
    member.link.answering(now);
    const connection = this.#open(member, { dial });
    this.#owner.perform({ do: "describe", connection, description: offer });
  }

  /** @param offered if the other side dials: its number for the connection. */
  #open(member: Member, offered?: { readonly dial: number | undefined }): number {
    const number = ++this.#count;
    const offers = offered === undefined;
    const dial = offers ? number : offered.dial;
    const openedAs = this.#owner.id;
    member.connection = { number, openedAs, offers, dial, isAnswered: false, candidates: 0 };
    this.#owner.perform({ do: "open", connection: number, offers });
    return number;
  }

  /** Sends a description or candidate of this side to the other side of a connection. */
  signal(number: number, signal: Signal): void {
    const member = this.#roster.byConnection(number);
    if (member === undefined || member.isStale) return;
    const { offers, dial } = member.connection!;
    // This side's number is sent only to guests that use this page. The other side's is sent back.
    const isNumbered = !offers || member.presence.ours !== undefined;
    this.#owner.send(member.id, encodeSignal(signal, isNumbered ? dial : undefined));
  }

  #askForDial(member: Member): void {
    if (member.presence.ours !== undefined) return this.#owner.send(member.id, { k: "redial" });
    // The deployed web app knows no `redial`. It dials when somebody comes, so this guest leaves
    // and comes again.
    this.#owner.send(member.id, { k: "bye" });
    this.#owner.announceTo(member);
  }

  /**
   * The state of a connection has changed. It is `failed` also if the browser could not make it.
   *
   * @returns whether the connection is still open here.
   */
  changed(number: number, state: "connected" | "disconnected" | "failed", now: number): boolean {
    const member = this.#roster.byConnection(number);
    if (member === undefined) return false;
    if (state === "connected") member.link.connected(now);
    else if (state === "disconnected") member.link.disconnected(now);
    else this.#fail(member, now);
    return true;
  }

  /**
   * The hub was restarted, so the media relay's allocations are gone, and all relayed connections.
   */
  hubRestarted(now: number): void {
    if (!this.#relayed) return;
    for (const member of this.#roster.members) this.#fail(member, now);
  }

  /** A known person has been recognized again, perhaps under a new id. */
  found(member: Member, isRenumbered: boolean, now: number): void {
    const { connection } = member;
    const isOwnIdNew = connection !== undefined && connection.openedAs !== this.#owner.id;
    // If both have new ids, the hub was restarted, and the media relay's allocations are gone.
    if (isRenumbered && isOwnIdNew && this.#relayed) this.#fail(member, now);
    member.link.renew(now);
  }

  /** The connection with a person has failed. */
  #fail(member: Member, now: number): void {
    if (!member.link.isOpen) return;
    member.link.down(now);
    this.#failed(member);
  }

  #failed(member: Member): void {
    this.close(member);
    if (member.link.failures === LINK_FAILURES_TOLD) {
      this.#owner.perform({ do: "tell", event: { what: "unreachable", key: member.key } });
    }
  }

  /** The other side asks for a new connection. */
  redialAsked(member: Member, now: number): void {
    if (member.link.redialAsked(now)) this.#failed(member);
  }

  /** Closes all connections. */
  closeAll(): void {
    for (const member of this.#roster.members) this.close(member);
  }

  /** Closes the connection with a person, if there is one. */
  close(member: Member): void {
    if (member.connection === undefined) return;
    this.#owner.perform({ do: "close", connection: member.connection.number });
    member.connection = undefined;
  }
}
