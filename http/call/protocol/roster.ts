/**
 * Who is in the room: people by the hub's ids, kept together across new ids. Presence and `now` in.
 * It knows no links and sends nothing.
 *
 * The hub gives a guest a new id whenever its connection is new, and begins again at 1 when it is
 * restarted. A guest that uses this page names its open page in its presence (`tab`), by which it is
 * known again. Another guest could copy that name, so it counts only when the old id is out of use.
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

/** A connection with somebody, from its opening to its end. */
export interface OpenConnection {
  readonly number: number;
  /** One's own id when it was opened. */
  readonly openedAs: number;
  /** This side made the offer. */
  readonly offers: boolean;
  /** The number that the dialler gave it; undefined if that is not known. */
  readonly dial: number | undefined;
  isAnswered: boolean;
  /** Candidates taken from the other side. */
  candidates: number;
}

/** Somebody in the room. */
export interface Member {
  /** For the view; never used again. */
  readonly key: string;
  /** The hub's id; undefined while it is out of use. */
  id: number | undefined;
  /** The id is from an earlier connection with the hub: it may be somebody else's by now. */
  isStale: boolean;
  presence: Presence;
  /** It has announced itself; until then only its signalling was heard. */
  isAnnounced: boolean;
  /** It came and went too often lately, so its presence counts only from then on. */
  readonly hiddenUntil: number;
  heardAt: number;
  link: PeerLink;
  /** The connection that is open. */
  connection: OpenConnection | undefined;
  readonly quota: Quota;
}

/** What an id may do, however often it leaves and comes. */
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

/** What an announcement did to the roster. */
export interface Announcement {
  readonly member: Member;
  /** Somebody new, or somebody of whom only signalling was heard. */
  readonly isNew: boolean;
  /** Somebody known whose id was in doubt. */
  readonly isBack: boolean;
  /** Somebody known, under another id than before. */
  readonly isRenumbered: boolean;
  readonly before: Presence;
  /** A connection that another one has taken the place of, to be closed. */
  readonly replaced: OpenConnection | undefined;
}

/** The people of the room. */
export class Roster {
  readonly #members = new Map<string, Member>();
  readonly #quotas = new Map<number, Quota>();
  #count = 0;
  #listed = new Set<number>();
  /** People who were turned away since the room was full. */
  turnedAway = 0;

  /** In the order in which they came. */
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
  byKey(key: string): Member | undefined {
    return this.#members.get(key);
  }
  /** The person who has this id on the present connection with the hub. */
  byId(id: number): Member | undefined {
    for (const member of this.members) if (member.id === id && !member.isStale) return member;
  }
  byConnection(connection: number): Member | undefined {
    for (const member of this.members) if (member.connection?.number === connection) return member;
  }

  /** The hub has said who is in the room. */
  list(ids: readonly number[]): void {
    this.#listed = new Set(ids.slice(0, MAX_LISTED));
    for (const id of this.#quotas.keys()) if (!this.#listed.has(id)) this.#quotas.delete(id);
  }

  /** Something came from an id, so it is in the room. */
  seen(id: number): void {
    if (this.#listed.size < MAX_LISTED) this.#listed.add(id);
  }

  /** The connection with the hub is a new one: ids of before prove nothing any more. */
  doubtIds(): void {
    this.#listed = new Set();
    this.#quotas.clear();
    for (const member of this.members) member.isStale = true;
  }

  /** Something other than presence came from an id. @returns undefined if the room is full. */
  hear(id: number, now: number): Member | undefined {
    const member = this.byId(id) ?? this.#add(id, now);
    if (member !== undefined) member.heardAt = now;
    return member;
  }

  /** Whether presence of this id is to be read: nobody changes so often for long. */
  mayAnnounce(id: number, now: number): boolean {
    return this.#quotaOf(id).presences.take(now);
  }

  /**
   * Presence came from an id.
   *
   * @param isLate asked again after `contested`, with the hub's list renewed.
   * @returns undefined if it does not count, because the room is full or because the guest comes and
   *   goes all the time; `contested` if the open page is known under another id
   *   that seems in use, so that only a new list can say whether it came back or is being imitated.
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
        // Signalling of the new id may have come before its presence.
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

  remove(member: Member): void {
    this.#members.delete(member.key);
  }

  /**
   * Those who have been silent for too long.
   *
   * @param since when the hub began to carry: silence before it does not count.
   */
  gone(now: number, since: number): Member[] {
    return [...this.members].filter((member) => now >= this.#goneAt(member, since));
  }

  /** When {@link gone} may name somebody. */
  nextGone(since: number): number {
    let next = Infinity;
    for (const member of this.members) next = Math.min(next, this.#goneAt(member, since));
    return next;
  }

  #goneAt(member: Member, since: number): number {
    // A person who is seen and heard is present, even if the hub's list says otherwise.
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

  /** Somebody known to whom this presence under a new id can belong. */
  #findBack(id: number, presence: Presence): Member | undefined {
    for (const member of this.members) {
      if (!member.isAnnounced || (member.id === id && !member.isStale)) continue;
      // A guest of the deployed kind says nothing by which it could be told from another one of the
      // same name, so only the same id makes it the same.
      if (isSame(member, presence) && (presence.ours || member.id === id)) return member;
    }
  }

  #isOutOfUse({ id, isStale, heardAt }: Member, newId: number, now: number): boolean {
    if (id === undefined || isStale || now - heardAt >= HEARD_RECENTLY_MS) return true;
    return !this.#listed.has(id) && this.#listed.has(newId);
  }

  /** Two members are one person: the older one's place, the newer one's link. */
  #unite(older: Member, newer: Member): OpenConnection | undefined {
    const replaced = older.connection;
    older.link = newer.link;
    older.connection = newer.connection;
    this.remove(newer);
    return replaced;
  }
}

/** Somebody who comes just after this guest was there before. */
export function wasThereBefore(now: number, enteredAt: number): boolean {
  return now - enteredAt < ARRIVAL_MS;
}

/** Presence in which a screen does not begin and end to be shared all the time. */
function calmed(member: Member, presence: Presence, now: number): Presence {
  const { ours } = member.presence;
  const sharing = ours?.sharing ?? false;
  if (sharing === (presence.ours?.sharing ?? false) || member.quota.shares.take(now)) {
    return presence;
  }
  const latest = presence.ours ?? ours;
  return { ...presence, ours: latest && { ...latest, sharing } };
}

function isSame(member: Member, presence: Presence): boolean {
  const tab = member.presence.ours?.tab;
  if (tab !== presence.ours?.tab) return false;
  return tab !== undefined || member.presence.name === presence.name;
}
