/**
 * The call on the wire, as one state machine: the hub channel, who is there, the links between guests
 * and what is said on them. Events and `now` in; actions and the next deadline out. It knows no
 * WebRTC, no devices and no page.
 *
 * @module
 */

/// <reference lib="dom" />

import type { PersonLink } from "../state.ts";
import type { Description, MeetingAction, MeetingEvent } from "./actions.ts";
import { Arrivals } from "./arrivals.ts";
import { Announcer, type Self } from "./announcer.ts";
import { Connections } from "./connections.ts";
import { decodeContent, encodeChat } from "./content.ts";
import { decodeHubFrame, encodeJoin, encodeTo, PEERS_FRAME } from "./hub_frames.ts";
import { HubLink } from "./hub_link.ts";
import { HEARD_RECENTLY_MS, SLEEP_GAP_MS } from "./limits.ts";
import type { LinkConditions } from "./peer_link.ts";
import { decodePayload, type Payload, type Presence } from "./presence.ts";
import { type Member, Roster } from "./roster.ts";

/** A person, as the wire tells it. */
export interface Attendee {
  readonly key: string;
  readonly presence: Presence;
  readonly link: PersonLink;
  readonly connection: number | undefined;
}

/** Options of a {@link Meeting}. */
export interface MeetingOptions {
  /** Names this open page; random. */
  readonly tab: string;
  /** Media goes through the hub's relay, so it dies with the hub. */
  readonly relayed: boolean;
  readonly room: string;
}

/** The call on the wire. */
export class Meeting {
  readonly #options: MeetingOptions;
  readonly #hub = new HubLink();
  readonly #roster = new Roster();
  readonly #connections: Connections;
  readonly #actions: MeetingAction[] = [];
  readonly #announcer: Announcer;
  readonly #arrivals: Arrivals;
  #room: string;
  #id = 0;
  #isIn = false;
  #enteredAt = 0;
  #heardSince = 0;
  #settledAt = 0;
  #isFullTold = false;

  constructor(options: MeetingOptions) {
    this.#options = options;
    this.#room = options.room;
    this.#announcer = new Announcer(options.tab);
    const id = () => this.#id;
    this.#connections = new Connections(this.#roster, {
      get id() {
        return id();
      },
      perform: (action) => this.#do(action),
      send: (id, payload) => this.#send(id, payload),
      announceTo: ({ id, key }) => this.#send(id!, this.#announcer.presenceFor(key)),
    });
    this.#arrivals = new Arrivals(this.#roster, {
      perform: (action) => this.#do(action),
      askForList: () => this.#sendHub(PEERS_FRAME),
      announceSoon: (now) => this.#announceSoon(now),
      isBack: (member, isRenumbered, now) => this.#isBack(member, isRenumbered, now),
    });
  }

  get hub(): HubLink {
    return this.#hub;
  }
  /** This guest's id; 0 before the first one. */
  get id(): number {
    return this.#id;
  }
  get isIn(): boolean {
    return this.#isIn;
  }

  /**
   * The others, in the order in which they came. People of whom only signalling is known are not
   * included.
   */
  attendees(now: number): Attendee[] {
    return [...this.#roster.members].filter(({ isAnnounced, link }) =>
      isAnnounced || link.isConnected
    ).map((member) => ({
      key: member.key,
      presence: member.presence,
      link: this.#isIn ? member.link.shown(now) : "none",
      connection: member.connection?.number,
    }));
  }

  /** Takes what is to be done since the last time. */
  take(): MeetingAction[] {
    return this.#actions.splice(0);
  }

  /** When {@link tick} has something to do, or {@link attendees} something else to say. */
  nextDeadline(now: number): number {
    let next = Math.min(this.#hub.nextDeadline, this.#announcer.nextDeadline);
    if (this.#isJoined) next = Math.min(next, this.#roster.nextGone(this.#heardSince));
    for (const member of this.#roster.members) {
      next = Math.min(next, member.link.nextDeadline(now, this.#conditions(member, now)));
    }
    return next;
  }

  // ── This guest ────────────────────────────────────────────────────────────────────────────────

  /** Looks for the hub and listens in the room, unseen. */
  start(now: number): void {
    this.#hub.start(now);
    this.#settle(now);
  }

  /** Enters the call. */
  enter(now: number): void {
    if (this.#isIn) return;
    this.#isIn = true;
    this.#enteredAt = now;
    this.#announcer.greet(true);
    for (const { link } of this.#roster.members) link.renew(now);
    if (this.#isJoined) this.#beacon(now);
    this.#settle(now);
  }

  /** Leaves the call and listens on. */
  leave(now: number): void {
    if (!this.#isIn) return;
    this.#sayBye();
    this.#isIn = false;
    this.#announcer.hush();
    for (const member of this.#roster.members) {
      this.#connections.close(member);
      member.link.rest(now);
    }
    this.#settle(now);
  }

  /** Ends everything. */
  close(): void {
    if (this.#isIn) this.#sayBye();
    for (const member of this.#roster.members) this.#connections.close(member);
    const dial = this.#hub.joinedDial;
    if (dial !== undefined) this.#do({ do: "hub-hang-up", dial });
  }

  setSelf(self: Self, now: number): void {
    if (this.#announcer.setSelf(self)) this.#announceSoon(now);
    this.#settle(now);
  }

  /** @param height pixels at which the person is shown; 0 for not at all. */
  setWanted(key: string, height: number, now: number): void {
    // A view may still report somebody who has just gone.
    const isHere = this.#roster.byKey(key) !== undefined;
    if (isHere && this.#announcer.setWanted(key, height)) this.#announceSoon(now);
    this.#settle(now);
  }

  /** Changes the room. In the call it is left for that. */
  setRoom(room: string, now: number): void {
    if (room === this.#room) return;
    this.leave(now);
    this.#room = room;
    for (const member of [...this.#roster.members]) {
      this.#roster.remove(member);
      this.#announcer.forget(member.key);
    }
    this.#roster.list([]);
    if (this.#isJoined) {
      this.#sendHub(encodeJoin(room));
      this.#beacon(now);
    }
    this.#settle(now);
  }

  /**
   * Says something to all or to one.
   *
   * @returns how many links it went out on.
   */
  say(text: string, to: string | undefined): number {
    const direct = to !== undefined;
    let reached = 0;
    for (const { key, link, connection } of this.#roster.members) {
      if ((direct && key !== to) || !link.isConnected || connection === undefined) continue;
      this.#do({ do: "say", connection: connection.number, text: encodeChat({ text, direct }) });
      reached++;
    }
    return reached;
  }

  // ── Time ──────────────────────────────────────────────────────────────────────────────────────

  tick(now: number): void {
    this.#hub.tick(now);
    if (this.#announcer.isBeaconDue(now)) this.#beacon(now);
    if (this.#announcer.isDue(now)) this.#announce(now);
    this.#settle(now);
  }

  /** The device woke, came on screen, or has a network again. */
  wake(now: number): void {
    // A person who seemed silent meanwhile may not have been heard.
    this.#heardSince = now;
    this.#hub.wake(now);
    this.#settle(now);
  }

  // ── The hub ───────────────────────────────────────────────────────────────────────────────────

  /** A message came from the hub. */
  hubMessage(dial: number, data: unknown, now: number): void {
    const frame = decodeHubFrame(data);
    this.#hub.heard(dial, now);
    if (frame?.t === "id") this.#hub.gotId(dial, frame.id, now);
    if (dial !== this.#hub.joinedDial) return this.#settle(now);
    if (frame?.t === "peers") {
      this.#roster.list(frame.ids);
      this.#arrivals.listed(now, this.#enteredBy(now));
      // Others can make this guest ask for the list, so even this does not announce more often.
      this.#announceSoon(now);
      if (this.#announcer.isDue(now)) this.#announce(now);
    } else if (frame?.t === "from" && frame.id !== this.#id) {
      this.#roster.seen(frame.id);
      const payload = decodePayload(frame.payload);
      if (payload !== undefined) this.#receive(frame.id, payload, now);
    }
    this.#settle(now);
  }

  /** A connection with the hub is down. */
  hubDown(dial: number, now: number): void {
    this.#hub.down(dial, now);
    this.#settle(now);
  }

  // ── Connections with others ───────────────────────────────────────────────────────────────────

  /** A connection's own description is ready. */
  described(connection: number, description: Description): void {
    this.#connections.signal(connection, { description });
  }

  /** A connection has found a candidate of its own; after its description. */
  found(connection: number, candidate: RTCIceCandidateInit): void {
    this.#connections.signal(connection, { candidate });
  }

  /** The browser reports that a connection changed; `failed` also when it could not be made. */
  connectionState(
    connection: number,
    state: "connected" | "disconnected" | "failed",
    now: number,
  ): void {
    const member = this.#roster.byConnection(connection);
    if (member === undefined) return;
    if (state === "connected") member.link.connected(now);
    else if (state === "disconnected") member.link.disconnected(now);
    else this.#connections.fail(member, now);
    this.#settle(now);
  }

  /** A message came on a `content` channel. */
  content(connection: number, data: unknown, now: number): void {
    const member = this.#roster.byConnection(connection);
    if (member === undefined || !member.quota.contents.take(now)) return;
    const chat = decodeContent(data);
    if (chat !== undefined && member.quota.chats.take(now)) {
      this.#tell({ what: "chat", key: member.key, ...chat });
    }
  }

  // ── Inside ────────────────────────────────────────────────────────────────────────────────────

  get #isJoined(): boolean {
    return this.#hub.joinedDial !== undefined;
  }

  /** Does everything that has become due. */
  #settle(now: number): void {
    // A beacon is due more often than this, so nothing was heard because the device slept.
    if (now - this.#settledAt > SLEEP_GAP_MS) this.#heardSince = now;
    this.#settledAt = now;
    for (const step of this.#hub.take()) {
      if (step.do === "dial") this.#do({ do: "hub-dial", dial: step.dial });
      else if (step.do === "hang-up") this.#do({ do: "hub-hang-up", dial: step.dial });
      else if (step.do === "probe") this.#sendHub(PEERS_FRAME);
      else if (step.do === "joined") {
        this.#do({ do: "hub-joined", dial: step.dial });
        this.#joined(step.id, now);
      } else {
        this.#announcer.pause();
        this.#tell({ what: "hub-lost" });
      }
    }
    if (this.#isJoined) {
      for (const member of this.#roster.gone(now, this.#heardSince)) this.#remove(member, now);
    }
    for (const member of this.#roster.members) {
      this.#connections.settle(member, now, this.#conditions(member, now));
    }
    if (this.#roster.turnedAway > 0 && !this.#isFullTold) {
      this.#isFullTold = true;
      this.#tell({ what: "room-full" });
    }
  }

  #conditions(member: Member, now: number): LinkConditions {
    const { id, isStale, isAnnounced, heardAt } = member;
    return {
      dials: id !== undefined && String(this.#id) < String(id),
      reachable: this.#isIn && this.#isJoined && id !== undefined && !isStale && isAnnounced &&
        now - heardAt < HEARD_RECENTLY_MS,
    };
  }

  #joined(id: number, now: number): void {
    const isBack = this.#id !== 0;
    // Ids are never reused while the hub runs, so a smaller id means that the hub was restarted.
    const isRestarted = id <= this.#id;
    this.#id = id;
    this.#heardSince = now;
    this.#roster.doubtIds();
    this.#arrivals.clear();
    if (isBack && isRestarted && this.#options.relayed) {
      for (const member of this.#roster.members) this.#connections.fail(member, now);
    }
    if (this.#room !== "") this.#sendHub(encodeJoin(this.#room));
    this.#announcer.greet(this.#isIn);
    this.#beacon(now);
    if (isBack) this.#tell({ what: "hub-back" });
  }

  #beacon(now: number): void {
    this.#announcer.beacon(now);
    this.#sendHub(PEERS_FRAME);
  }

  #announceSoon(now: number): void {
    if (this.#isIn && this.#isJoined) this.#announcer.soon(now);
  }

  #announce(now: number): void {
    const greets = this.#announcer.announce(now);
    for (const id of this.#others()) {
      if (greets) this.#send(id, { k: "hi" });
      this.#send(id, this.#announcer.presenceFor(this.#roster.byId(id)?.key));
    }
  }

  #others(): number[] {
    return [...this.#roster.listed].filter((id) => id !== this.#id);
  }

  #sayBye(): void {
    for (const id of this.#others()) this.#send(id, { k: "bye" });
  }

  #receive(id: number, payload: Payload, now: number): void {
    switch (payload.k) {
      case "hi":
        return this.#announceSoon(now);
      case "bye": {
        const member = this.#roster.byId(id);
        if (member !== undefined) this.#remove(member, now);
        return;
      }
      case "present":
        return this.#arrivals.receive(id, payload.presence, now, this.#enteredBy(now));
      case "redial": {
        const member = this.#roster.byId(id);
        if (member !== undefined && this.#isIn) this.#connections.redialAsked(member, now);
        return;
      }
      case "sig":
        if (this.#isIn) this.#connections.receive(id, payload.signal, payload.dial, now);
    }
  }

  /** When this guest entered the call. One that only listens sees nobody come. */
  #enteredBy(now: number): number {
    return this.#isIn ? this.#enteredAt : now;
  }

  /** Somebody known has been found again. */
  #isBack(member: Member, isRenumbered: boolean, now: number): void {
    const isOwnIdNew = member.connection !== undefined && member.connection.openedAs !== this.#id;
    // Two new ids at once mean that the hub was restarted, and the relay's allocations are gone.
    if (isRenumbered && isOwnIdNew && this.#options.relayed) this.#connections.fail(member, now);
    member.link.renew(now);
  }

  #remove(member: Member, now: number): void {
    this.#connections.close(member);
    this.#roster.remove(member);
    this.#announcer.forget(member.key);
    if (member.isAnnounced) {
      this.#arrivals.notify(
        member,
        { what: "went", key: member.key, name: member.presence.name },
        now,
      );
    }
  }

  #send(id: number, payload: unknown): void {
    this.#sendHub(encodeTo(id, payload));
  }

  #sendHub(text: string): void {
    const dial = this.#hub.joinedDial;
    if (dial !== undefined) this.#do({ do: "hub-send", dial, text });
  }

  #tell(event: MeetingEvent): void {
    this.#do({ do: "tell", event });
  }

  #do(action: MeetingAction): void {
    this.#actions.push(action);
  }
}
