/**
 * The connections with the others: when one is opened, described and closed, by what each person's
 * {@link PeerLink} says, and what others signal. It knows no WebRTC and no hub.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Description, MeetingAction } from "./actions.ts";
import { LINK_FAILURES_TOLD, MAX_CANDIDATES } from "./limits.ts";
import type { LinkConditions } from "./peer_link.ts";
import { encodeSignal, type Signal } from "./presence.ts";
import type { Member, Roster } from "./roster.ts";

/** What connections need of the meeting that they belong to. */
export interface ConnectionsOwner {
  /** This guest's id. */
  readonly id: number;
  perform(action: MeetingAction): void;
  /** Sends a payload to another guest, through the hub. */
  send(id: number, payload: unknown): void;
  /** Announces this guest to one other. */
  announceTo(member: Member): void;
}

/** The connections with the others. */
export class Connections {
  readonly #roster: Roster;
  readonly #owner: ConnectionsOwner;
  #count = 0;

  constructor(roster: Roster, owner: ConnectionsOwner) {
    this.#roster = roster;
    this.#owner = owner;
  }

  /** Does what a link says is due. */
  settle(member: Member, now: number, conditions: LinkConditions): void {
    for (;;) {
      const step = member.link.step(now, conditions);
      if (step === undefined) return;
      if (step === "dial") this.#open(member);
      else if (step === "close") this.#failed(member);
      else this.#askForDial(member);
    }
  }

  /** Signalling came from an id. */
  receive(id: number, signal: Signal, dial: number | undefined, now: number): void {
    const member = this.#roster.hear(id, now);
    if (member === undefined) return;
    if ("description" in signal && signal.description.type === "offer") {
      return this.#answer(member, signal.description, dial, now);
    }
    const { connection } = member;
    // A signal for an earlier connection comes late. A guest of the deployed kind does not number.
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
    // The smaller id dials. An offer that crosses this side's own is not answered.
    if (dials && member.link.isDialling) return;
    if (!member.quota.offers.take(now)) return;
    this.close(member);
    member.link.answering(now);
    const connection = this.#open(member, { dial });
    this.#owner.perform({ do: "describe", connection, description: offer });
  }

  /** @param offered the dialler's number, if it is the other side that dials. */
  #open(member: Member, offered?: { readonly dial: number | undefined }): number {
    const number = ++this.#count;
    const offers = offered === undefined;
    const dial = offers ? number : offered.dial;
    const openedAs = this.#owner.id;
    member.connection = { number, openedAs, offers, dial, isAnswered: false, candidates: 0 };
    this.#owner.perform({ do: "open", connection: number, offers });
    return number;
  }

  /** Sends the other side of a connection a signal of this side. */
  signal(number: number, signal: Signal): void {
    const member = this.#roster.byConnection(number);
    if (member?.id === undefined || member.isStale) return;
    const { offers, dial } = member.connection!;
    // A dialler's number goes to guests that understand it, and back to the guest that gave one.
    const isNumbered = !offers || member.presence.ours !== undefined;
    this.#owner.send(member.id, encodeSignal(signal, isNumbered ? dial : undefined));
  }

  #askForDial(member: Member): void {
    if (member.presence.ours !== undefined) return this.#owner.send(member.id!, { k: "redial" });
    // A guest of the deployed kind dials at a change of its roster, and forgets a link that failed:
    // leaving and coming is such a change.
    this.#owner.send(member.id!, { k: "bye" });
    this.#owner.announceTo(member);
  }

  /** The connection with a person cannot be used any more. */
  fail(member: Member, now: number): void {
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

  /** Closes the connection with a person, if there is one. */
  close(member: Member): void {
    if (member.connection === undefined) return;
    this.#owner.perform({ do: "close", connection: member.connection.number });
    member.connection = undefined;
  }
}
