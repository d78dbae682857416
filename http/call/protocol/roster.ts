/**
 * Who is in the room: the people by the hub's ids, recognized again when they have a new id.
 * Presence and `now` go in. It opens no connections and sends nothing.
 *
 * The hub gives a guest a new id for each connection, and begins at 1 again after a restart. A
 * guest that uses this page sends a random text (`tab`) in its presence, by which it is recognized.
 * Another guest could copy that text, so it counts only if the old id is no longer in use.
 *
 * @module
 */

import {
  ARRIVAL_MS,
  CHAT_BURST,
  CHAT_EVERY_MS,
  COMING_BURST,
  COMING_HOLD_MS,
  CONTENT_BURST,
  CONTENT_EVERY_MS,
  GONE_AFTER_MS,
  GONE_WHILE_SHAKY_MS,
  HEARD_RECENTLY_MS,
  MAX_LISTED,
  MAX_PEOPLE,
  NOTICE_BURST,
  NOTICE_EVERY_MS,
  OFFER_BURST,
  OFFER_EVERY_MS,
  PRESENCE_BURST,
  PRESENCE_EVERY_MS,
  SHARE_BURST,
  SHARE_EVERY_MS,
} from "./limits.ts";
import { Bucket } from "./bucket.ts";
import { PeerLink } from "./peer_link.ts";
import type { Presence } from "./presence.ts";

/** A connection with a person, from its opening to its end. */
export interface OpenConnection {
  /** This side's number of the connection. */
  readonly number: number;
  /** This guest's id when the connection was opened. */
  readonly openedAs: number;
  /** Whether this side makes the offer. */
  readonly offers: boolean;
  /** The dialler's number of the connection; undefined if the dialler has sent none. */
  readonly dial: number | undefined;
  /** Whether this side's offer was answered. */
  isAnswered: boolean;
  /** How many candidates the other side has sent. */
  candidates: number;
}

/** A person in the room. */
export interface Member {
  /** Identifies the person for the view. It is never reused. */
  readonly key: string;
  /** The id that the hub has given. */
  id: number;
  /** The id is from an earlier connection with the hub, and may belong to somebody else now. */
  isStale: boolean;
  /** What the person has last announced. */
  presence: Presence;
  /** Whether the person has announced itself. If not, only its signalling was received. */
  isAnnounced: boolean;
  /** Until this time the person's presence is ignored, because it came and went too often. */
  readonly hiddenUntil: number;
  /** When something of the person was last received. */
  heardAt: number;
  link: PeerLink;
  /** The open connection, if there is one. */
  connection: OpenConnection | undefined;
  readonly quota: Quota;
}

/** How often an id may do something. It is kept while the id is in the hub's list of the room. */
interface Quota {
  readonly offers: Bucket;
  readonly contents: Bucket;
  readonly chats: Bucket;
  readonly comings: Bucket;
  readonly presences: Bucket;
  readonly shares: Bucket;
  readonly notices: Bucket;
}

const NOBODY: Presence = { name: "", cam: false, avatar: "" };

/** How an announcement has changed the roster. */
export interface Announcement {
  readonly member: Member;
  /** The person is new, or only its signalling had been received. */
  readonly isNew: boolean;
  /** A known person was recognized whose id had been stale, or has changed. */
  readonly isBack: boolean;
  /** The known person has another id than before. */
  readonly isRenumbered: boolean;
  /** The presence before this one. */
  readonly before: Presence;
  /** A connection that was replaced by another one, and has to be closed. */
  readonly replaced: OpenConnection | undefined;
}

/** The people of the room. */
export class Roster {
  readonly #members = new Map<string, Member>();
  readonly #quotas = new Map<number, Quota>();
  #count = 0;
  #listed = new Set<number>();
  /** How many times somebody was turned away because the room was full. */
  turnedAway = 0;

  /** The people, in the order in which they came. */
  get members(): IterableIterator<Member> {
    return this.#members.values();
  }
  get size(): number {
    return this.#members.size;
  }
  /** The ids in the room, from the hub's latest list. */
  get listed(): ReadonlySet<number> {
    return this.#listed;
  }
  /** The person with this key. */
  byKey(key: string): Member | undefined {
    return this.#members.get(key);
  }
  /** The person that has this id on the current connection with the hub. */
  byId(id: number): Member | undefined {
    for (const member of this.members) if (member.id === id && !member.isStale) return member;
  }
  /** The person at the other end of a connection, by the connection's number. */
  byConnection(connection: number): Member | undefined {
    for (const member of this.members) if (member.connection?.number === connection) return member;
  }

  /** Takes the hub's list of the ids in the room. */
  list(ids: readonly number[]): void {
    this.#listed = new Set(ids.slice(0, MAX_LISTED));
    for (const id of this.#quotas.keys()) if (!this.#listed.has(id)) this.#quotas.delete(id);
  }

  /** Adds an id to the list, because something was received from it. */
  seen(id: number): void {
    if (this.#listed.size < MAX_LISTED) this.#listed.add(id);
  }

  /** The connection with the hub is a new one, so all ids that are known are stale. */
  doubtIds(): void {
    this.#listed = new Set();
    this.#quotas.clear();
    for (const member of this.members) member.isStale = true;
  }

  /**
   * Something other than presence was received from an id.
   *
   * @returns the person, who may be new; undefined if the room is full.
   */
  hear(id: number, now: number): Member | undefined {
    const member = this.byId(id) ?? this.#add(id, now);
    if (member !== undefined) member.heardAt = now;
    return member;
  }

  /** Whether presence of this id is read now, or ignored because it comes too often. */
  mayAnnounce(id: number, now: number): boolean {
    return this.#quotaOf(id).presences.take(now);
  }

  /**
   * Takes presence from an id.
   *
   * @param isLate whether this is the second try after `contested`, with a new list of the hub.
   * @returns undefined if the presence is ignored, because the room is full or because the guest
   *   comes and goes too often; `contested` if another id that seems to be in use has sent the same
   *   `tab`. Then only a new list shows whether the guest has come back or is imitated.
   */
  announce(
    id: number,
    presence: Presence,
    now: number,
    isLate = false,
  ): Announcement | "contested" | undefined {
    let member = this.byId(id);
    let isBack = false;
    let isRenumbered = false;
    let replaced: OpenConnection | undefined;
    if (member === undefined || !member.isAnnounced) {
      const known = this.#findBack(id, presence);
      const isFree = known !== undefined && this.#isOutOfUse(known, id, now);
      if (known !== undefined && !isFree && !isLate) return "contested";
      if (known !== undefined && isFree) {
        // Signalling of the new id may have arrived before its presence.
        if (member !== undefined) replaced = this.#unite(known, member);
        member = known;
        isRenumbered = member.id !== id;
        isBack = isRenumbered || member.isStale;
        member.id = id;
        member.isStale = false;
      }
    }
    member ??= this.#add(id, now);
    if (member === undefined) return undefined;
    member.heardAt = now;
    if (now < member.hiddenUntil) return undefined;
    const { presence: before, isAnnounced } = member;
    member.presence = isAnnounced ? calmed(member, presence, now) : presence;
    member.isAnnounced = true;
    return { member, isNew: !isAnnounced, isBack, isRenumbered, before, replaced };
  }

  /** Removes a person who has left. */
  remove(member: Member): void {
    this.#members.delete(member.key);
  }

  /**
   * The people from whom nothing was heard for too long.
   *
   * @param since since when this device can hear the others. Silence before does not count.
   */
  gone(now: number, since: number): Member[] {
    return [...this.members].filter((member) => now >= this.#goneAt(member, since));
  }

  /** When {@link gone} may return somebody. */
  nextGone(since: number): number {
    let next = Infinity;
    for (const member of this.members) next = Math.min(next, this.#goneAt(member, since));
    return next;
  }

  #goneAt(member: Member, since: number): number {
    // A connected person is present, whatever arrives through the hub.
    if (member.link.isConnected) return Infinity;
    const patience = member.link.isInterrupted ? GONE_WHILE_SHAKY_MS : GONE_AFTER_MS;
    return Math.max(member.heardAt, since) + patience;
  }

  #add(id: number, now: number): Member | undefined {
    if (this.#members.size >= MAX_PEOPLE) {
      this.turnedAway++;
      return undefined;
    }
    const quota = this.#quotaOf(id);
    const hiddenUntil = quota.comings.take(now) ? -Infinity : now + COMING_HOLD_MS;
    const member: Member = {
      key: `p${++this.#count}`,
      id,
      isStale: false,
      presence: NOBODY,
      isAnnounced: false,
      hiddenUntil,
      heardAt: now,
      link: new PeerLink(now),
      connection: undefined,
      quota,
    };
    this.#members.set(member.key, member);
    return member;
  }

  #quotaOf(id: number): Quota {
    let quota = this.#quotas.get(id);
    if (quota === undefined) {
      quota = {
        offers: new Bucket(OFFER_BURST, OFFER_EVERY_MS),
        contents: new Bucket(CONTENT_BURST, CONTENT_EVERY_MS),
        chats: new Bucket(CHAT_BURST, CHAT_EVERY_MS),
        comings: new Bucket(COMING_BURST, COMING_HOLD_MS),
        presences: new Bucket(PRESENCE_BURST, PRESENCE_EVERY_MS),
        shares: new Bucket(SHARE_BURST, SHARE_EVERY_MS),
        notices: new Bucket(NOTICE_BURST, NOTICE_EVERY_MS),
      };
      this.#quotas.set(id, quota);
    }
    return quota;
  }

  /** The known person to whom this presence under a new id may belong. */
  #findBack(id: number, presence: Presence): Member | undefined {
    for (const member of this.members) {
      if (!member.isAnnounced || (member.id === id && !member.isStale)) continue;
      // The deployed web app sends no `tab`. Two of its guests may have the same name, so such a
      // guest is recognized only by name and id.
      if (isSame(member, presence) && (presence.ours || member.id === id)) return member;
    }
  }

  #isOutOfUse({ id, isStale, heardAt }: Member, newId: number, now: number): boolean {
    if (isStale || now - heardAt >= HEARD_RECENTLY_MS) return true;
    return !this.#listed.has(id) && this.#listed.has(newId);
  }

  /** Two members are the same person: keeps the older member with the link of the newer one. */
  #unite(older: Member, newer: Member): OpenConnection | undefined {
    const replaced = older.connection;
    older.link = newer.link;
    older.connection = newer.connection;
    this.remove(newer);
    return replaced;
  }
}

/** Whether a person who is first heard now was in the call before this guest entered it. */
export function wasThereBefore(now: number, enteredAt: number): boolean {
  return now - enteredAt < ARRIVAL_MS;
}

/** The presence with `sharing` unchanged, if the person begins and ends to share too often. */
function calmed(member: Member, presence: Presence, now: number): Presence {
  const { ours } = member.presence;
  const sharing = ours?.sharing ?? false;
  if (sharing === (presence.ours?.sharing ?? false) || member.quota.shares.take(now)) {
    return presence;
  }
  const latest = presence.ours ?? ours;
  return { ...presence, ours: latest && { ...latest, sharing } };
}

/**
 * Whether the presence has the same `tab` as the member, or, where both have none, the same name.
 */
function isSame(member: Member, presence: Presence): boolean {
  const tab = member.presence.ours?.tab;
  if (tab !== presence.ours?.tab) return false;
  return tab !== undefined || member.presence.name === presence.name;
}
