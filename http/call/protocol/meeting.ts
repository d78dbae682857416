/**
 * The whole call as one state machine, without its media. It combines the channel to the hub, the
 * roster, the connections and the announcements, and decides in which order things happen. Events
 * and `now` go in; actions and the next deadline come out. It knows neither WebRTC nor devices nor
 * the page.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Description, MeetingAction } from "./actions.ts";
import { Announcements } from "./announcements.ts";
import { Arrivals } from "./arrivals.ts";
import { Announcer, type Self } from "./announcer.ts";
import { type Attendee, attendeesOf } from "./attendees.ts";
import { Connections } from "./connections.ts";
import { HubChannel } from "./hub_channel.ts";
import type { HubLink } from "./hub_link.ts";
import { SLEEP_GAP_MS } from "./limits.ts";
import { Messages } from "./messages.ts";
import { decodePayload, type Payload } from "./presence.ts";
import { type Member, Roster } from "./roster.ts";

/** Options of a {@link Meeting}. */
export interface MeetingOptions {
  /** A random text that identifies this open page. */
  readonly tab: string;
  /** Whether media goes through the hub's media relay, so that it ends when the hub does. */
  readonly relayed: boolean;
  /** The key of the room to begin with. */
  readonly room: string;
}

/** The call as a state machine. */
export class Meeting {
  readonly #hub: HubChannel;
  readonly #roster = new Roster();
  readonly #connections: Connections;
  readonly #actions: MeetingAction[] = [];
  readonly #announcer: Announcer;
  readonly #announcements: Announcements;
  readonly #arrivals: Arrivals;
  readonly #messages: Messages;
  #room: string;
  #isIn = false;
  #enteredAt = 0;
  /**
   * Since when this device can hear the others. Silence before does not mean that somebody has
   * left.
   */
  #heardSince = 0;
  #settledAt = 0;
  /** Whether `room-full` has been reported. */
  #isFullTold = false;

  constructor(options: MeetingOptions) {
    this.#room = options.room;
    const perform = (action: MeetingAction) => this.#do(action);
    const hub = this.#hub = new HubChannel({
      perform,
      joined: (formerId, now) => this.#joined(formerId, now),
      lost: () => {
        this.#announcer.pause();
        this.#do({ do: "tell", event: { what: "hub-lost" } });
      },
    });
    this.#announcer = new Announcer(options.tab);
    this.#announcements = new Announcements(this.#announcer, this.#roster, hub);
    this.#connections = new Connections(this.#roster, options.relayed, {
      get id() {
        return hub.id;
      },
      canDial: () => this.#isIn && hub.isJoined,
      perform,
      send: (id, payload) => hub.send(id, payload),
      announceTo: (member) => this.#announcements.announceTo(member),
    });
    this.#arrivals = new Arrivals(this.#roster, {
      perform,
      askForList: () => hub.askForList(),
      announceSoon: (now) => this.#announceSoon(now),
      isBack: (member, isRenumbered, now) => this.#connections.found(member, isRenumbered, now),
    });
    this.#messages = new Messages(this.#roster, perform);
  }

  /** The state of the connection with the hub. */
  get hub(): HubLink {
    return this.#hub.link;
  }
  /** This guest's id; 0 before the hub has given one. */
  get id(): number {
    return this.#hub.id;
  }
  /** Whether this guest is in the call. If not, it only listens in the room. */
  get isIn(): boolean {
    return this.#isIn;
  }

  /** The others, in the order in which they came. */
  attendees(now: number): Attendee[] {
    return attendeesOf(this.#roster, this.#isIn, now);
  }

  /** Takes the actions that have accumulated since the last call. */
  take(): MeetingAction[] {
    return this.#actions.splice(0);
  }

  /** When {@link tick} has something to do, or the result of {@link attendees} changes. */
  nextDeadline(now: number): number {
    let next = Math.min(this.hub.nextDeadline, this.#announcer.nextDeadline);
    if (this.#hub.isJoined) next = Math.min(next, this.#roster.nextGone(this.#heardSince));
    return Math.min(next, this.#connections.nextDeadline(now));
  }

  // ── This guest ────────────────────────────────────────────────────────────────────────────────

  /** Dials the hub, and listens in the room without being seen. */
  start(now: number): void {
    this.hub.start(now);
    this.#settle(now);
  }

  /** Enters the call: this guest announces itself, and connects with the others. */
  enter(now: number): void {
    if (this.#isIn) return;
    this.#isIn = true;
    this.#enteredAt = now;
    this.#announcer.greet(true);
    for (const { link } of this.#roster.members) link.renew(now);
    if (this.#hub.isJoined) this.#announcements.beacon(now);
    this.#settle(now);
  }

  /** Leaves the call, and goes on listening in the room. */
  leave(now: number): void {
    if (!this.#isIn) return;
    this.#announcements.sayBye();
    this.#isIn = false;
    this.#announcer.hush();
    this.#connections.closeAll();
    for (const { link } of this.#roster.members) link.rest(now);
    this.#settle(now);
  }

  /** Says goodbye, and closes all connections. */
  close(): void {
    if (this.#isIn) this.#announcements.sayBye();
    this.#connections.closeAll();
    this.#hub.hangUp();
  }

  /** Sets what is announced about this guest. */
  setSelf(self: Self, now: number): void {
    if (this.#announcer.setSelf(self)) this.#announceSoon(now);
    this.#settle(now);
  }

  /**
   * Sets the size at which this guest shows a person.
   *
   * @param height in pixels; 0 if the person is not shown.
   */
  setWanted(key: string, height: number, now: number): void {
    // The view may still report a person who has just left.
    const isHere = this.#roster.byKey(key) !== undefined;
    if (isHere && this.#announcer.setWanted(key, height)) this.#announceSoon(now);
    this.#settle(now);
  }

  /** Moves to another room, by its key. If this guest is in the call, it leaves the call first. */
  setRoom(room: string, now: number): void {
    if (room === this.#room) return;
    this.leave(now);
    this.#room = room;
    for (const member of [...this.#roster.members]) {
      this.#roster.remove(member);
      this.#announcer.forget(member.key);
    }
    this.#roster.list([]);
    if (this.#hub.isJoined) {
      this.#hub.moveTo(room);
      this.#announcements.beacon(now);
    }
    this.#settle(now);
  }

  /**
   * Sends a chat message to all, or to the person with the key `to`.
   *
   * @returns on how many connections it is sent.
   */
  say(text: string, to: string | undefined): number {
    return this.#messages.say(text, to);
  }

  // ── Time ──────────────────────────────────────────────────────────────────────────────────────

  /** Does what has become due. To be called at {@link nextDeadline}. */
  tick(now: number): void {
    this.hub.tick(now);
    if (this.#announcer.isBeaconDue(now)) this.#announcements.beacon(now);
    this.#announcements.sendDue(now);
    this.#settle(now);
  }

  /** The device has woken, the page is on screen again, or the network is back. */
  wake(now: number): void {
    // The others may have announced themselves while this device could not hear them.
    this.#heardSince = now;
    this.hub.wake(now);
    this.#settle(now);
  }

  // ── The hub ───────────────────────────────────────────────────────────────────────────────────

  /** Takes a message from the hub. */
  hubMessage(dial: number, data: unknown, now: number): void {
    const frame = this.#hub.receive(dial, data, now);
    if (frame?.t === "peers") {
      this.#roster.list(frame.ids);
      this.#arrivals.listed(now, this.#enteredBy(now));
      // Not at once: another guest can make this one ask for the list, but not announce itself too
      // often.
      this.#announceSoon(now);
      this.#announcements.sendDue(now);
    } else if (frame?.t === "from" && frame.id !== this.id) {
      this.#roster.seen(frame.id);
      const payload = decodePayload(frame.payload);
      if (payload !== undefined) this.#receive(frame.id, payload, now);
    }
    this.#settle(now);
  }

  /** A connection with the hub has failed or was closed. */
  hubDown(dial: number, now: number): void {
    this.hub.down(dial, now);
    this.#settle(now);
  }

  // ── Connections with others ───────────────────────────────────────────────────────────────────

  /** This side's description for a connection is ready. */
  described(connection: number, description: Description): void {
    this.#connections.signal(connection, { description });
  }

  /** This side has found a candidate for a connection. To be called after {@link described}. */
  found(connection: number, candidate: RTCIceCandidateInit): void {
    this.#connections.signal(connection, { candidate });
  }

  /**
   * The state of a connection has changed. It is `failed` also if the browser could not make it.
   */
  connectionState(
    connection: number,
    state: "connected" | "disconnected" | "failed",
    now: number,
  ): void {
    if (this.#connections.changed(connection, state, now)) this.#settle(now);
  }

  /** Takes a message from the `content` channel of a connection. */
  content(connection: number, data: unknown, now: number): void {
    this.#messages.receive(connection, data, now);
  }

  // ── Inside ────────────────────────────────────────────────────────────────────────────────────

  /** Does everything that has become due. */
  #settle(now: number): void {
    // While the hub is joined, beacons are due more often than this, so the device has slept.
    if (now - this.#settledAt > SLEEP_GAP_MS) this.#heardSince = now;
    this.#settledAt = now;
    this.#hub.settle(now);
    if (this.#hub.isJoined) {
      for (const member of this.#roster.gone(now, this.#heardSince)) this.#remove(member, now);
    }
    this.#connections.settle(now);
    if (this.#roster.turnedAway > 0 && !this.#isFullTold) {
      this.#isFullTold = true;
      this.#do({ do: "tell", event: { what: "room-full" } });
    }
  }

  #joined(formerId: number, now: number): void {
    const isBack = formerId !== 0;
    // Ids are never reused while the hub runs, so a smaller id means that the hub was restarted.
    const isRestarted = this.id <= formerId;
    this.#heardSince = now;
    this.#roster.doubtIds();
    this.#arrivals.clear();
    if (isBack && isRestarted) this.#connections.hubRestarted(now);
    if (this.#room !== "") this.#hub.moveTo(this.#room);
    this.#announcer.greet(this.#isIn);
    this.#announcements.beacon(now);
    if (isBack) this.#do({ do: "tell", event: { what: "hub-back" } });
  }

  #announceSoon(now: number): void {
    if (this.#isIn && this.#hub.isJoined) this.#announcer.soon(now);
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

  /**
   * When this guest entered the call; `now` while it only listens, so that nobody counts as new.
   */
  #enteredBy(now: number): number {
    return this.#isIn ? this.#enteredAt : now;
  }

  #remove(member: Member, now: number): void {
    this.#connections.close(member);
    this.#roster.remove(member);
    this.#announcer.forget(member.key);
    this.#arrivals.gone(member, now);
  }

  #do(action: MeetingAction): void {
    this.#actions.push(action);
  }
}
