/**
 * Runs the {@link Meeting} in the browser: performs its actions, reports their results to it, and
 * wakes it when its deadlines are due.
 *
 * @module
 */

/// <reference lib="dom" />

import { type HubBlob, parseBlob } from "../../../relaycore/join_link/blob.ts";
import { parseIpv4 } from "../../../relaycore/net/transport_address.ts";
import type { MeetingAction, MeetingEvent } from "../protocol/actions.ts";
import type { Attendee } from "../protocol/attendees.ts";
import { iceServersOf } from "../protocol/hub_answer.ts";
import { LEAST_WAIT_MS } from "../protocol/limits.ts";
import { Meeting } from "../protocol/meeting.ts";
import { Peak } from "../protocol/peak.ts";
import { HubConnection } from "./hub_connection.ts";
import { fetchBlob } from "./hub_info.ts";
import type { OutgoingTracks } from "./media_connection.ts";
import { PeopleMedia } from "./people_media.ts";

/** The parts of the page that the wire uses. */
export interface WireOwner {
  /** The media that this device sends to others. */
  outgoing(): OutgoingTracks;
  tell(event: MeetingEvent): void;
  /** A person's safety symbols have changed. */
  safetyChanged(key: string): void;
  /** Something that can be read of the meeting or of its people has changed. */
  changed(): void;
}

/** The meeting, its connections and its clock. */
export class Wire {
  readonly meeting: Meeting;
  readonly people: PeopleMedia;
  readonly #owner: WireOwner;
  readonly #hubs = new Map<number, HubConnection>();
  #blob: HubBlob | undefined;
  /** One certificate for the whole page, so that a redial does not change the safety symbols. */
  #certificate: RTCCertificate | undefined;
  /** Whether the connection with the hub uses its `.local` name instead of an address. */
  #isReachedByName = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The time of the next try, on the meeting's clock and as `Date.now()`. */
  #retry: { readonly at: number; readonly wall: number } | undefined;
  #isRunning = false;
  #isClosed = false;
  /** How many people the current message was sent to. */
  #said = 0;
  readonly #headcount = new Peak();
  readonly #screens = new Peak();

  /**
   * @param blob the hub's blob, as text (docs/PROTOCOL.md §1).
   * @param room the key of the room to begin with.
   */
  constructor(blob: string, room: string, owner: WireOwner) {
    this.#owner = owner;
    this.#blob = parseBlob(blob);
    const relayed = this.#blob?.turn !== undefined;
    this.meeting = new Meeting({ tab: randomName(), relayed, room });
    this.people = new PeopleMedia(
      (key) => owner.safetyChanged(key),
      () => owner.changed(),
    );
  }

  /** Dials the hub, and listens in the room. */
  start(): void {
    const kind = { name: "ECDSA", namedCurve: "P-256" } as EcKeyGenParams;
    RTCPeerConnection.generateCertificate?.(kind)
      .then((certificate) => this.#certificate = certificate, () => {});
    this.run((now) => this.meeting.start(now));
  }

  /**
   * When the hub is dialled again, as `Date.now()`; undefined unless the hub is lost. It is
   * converted once for each try, because the meeting's clock (`performance.now()`) is another one.
   */
  get retryAt(): number | undefined {
    const { retryAt } = this.meeting.hub;
    if (retryAt !== this.#retry?.at) {
      const wall = (at: number) => Math.round(Date.now() + at - performance.now());
      this.#retry = retryAt === undefined ? undefined : { at: retryAt, wall: wall(retryAt) };
    }
    return this.#retry?.wall;
  }

  /** The others in the room, in the order in which they came. */
  attendees(): Attendee[] {
    return this.meeting.attendees(performance.now());
  }

  /**
   * Calls `tell`, which reports something to the meeting. Then performs its actions and sets the
   * timer.
   */
  run(tell: (now: number) => void): void {
    if (this.#isClosed) return;
    tell(performance.now());
    // An action may report something at once. The outer call performs what follows from it.
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      this.#perform();
    } finally {
      this.#isRunning = false;
    }
    this.#setAlarm();
    this.#owner.changed();
  }

  /** Sends a chat message to all, or to the person with the key `to`. @returns how many got it. */
  say(text: string, to: string | undefined): number {
    this.#said = 0;
    this.run(() => this.meeting.say(text, to));
    return this.#said;
  }

  /**
   * Gives every link its share of the Wi-Fi's capacity.
   *
   * @param sharing whether this device shares its screen.
   * @param screens how many other guests share theirs.
   * @returns the largest picture that is sent to somebody; height 0 if none is sent.
   */
  shareAir(sharing: boolean, screens: number): { height: number; fps: number } {
    const attendees = this.attendees();
    const now = performance.now();
    const anyoneShares = this.#screens.take(screens, now) > 0 || sharing;
    const people = this.#headcount.take(attendees.length + 1, now);
    return this.people.share(now, (number) => ({
      people,
      sharing,
      anyoneShares,
      wanted: attendees.find(({ connection }) => connection === number)?.presence.ours?.wants,
    }));
  }

  /** Says goodbye and ends everything. */
  close(): void {
    if (this.#isClosed) return;
    this.meeting.close();
    this.#perform();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const hub of this.#hubs.values()) hub.close();
  }

  #setAlarm(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    const due = this.meeting.nextDeadline(now);
    if (due === Infinity) return;
    const tick = () => this.run((time) => this.meeting.tick(time));
    this.#timer = setTimeout(tick, Math.max(LEAST_WAIT_MS, due - now));
  }

  #perform(): void {
    for (;;) {
      const actions = this.meeting.take();
      if (actions.length === 0) return;
      for (const action of actions) this.#do(action);
    }
  }

  #do(action: MeetingAction): void {
    switch (action.do) {
      case "hub-dial":
        return this.#dialHub(action.dial);
      case "hub-hang-up":
        this.#hubs.get(action.dial)?.close();
        this.#hubs.delete(action.dial);
        return;
      case "hub-send":
        return this.#hubs.get(action.dial)?.send(action.text);
      case "open":
        return this.#open(action.connection, action.offers);
      case "describe":
        return this.people.line(action.connection)?.describe(action.description);
      case "candidate":
        return this.people.line(action.connection)?.addCandidate(action.candidate);
      case "close":
        return this.people.close(action.connection);
      case "say":
        if (this.people.line(action.connection)?.say(action.text)) this.#said++;
        return;
      case "hub-joined":
        return this.#joined(action.dial);
      case "tell":
        return this.#owner.tell(action.event);
    }
  }

  #dialHub(dial: number): void {
    const { meeting } = this;
    const down = () => this.run((now) => meeting.hubDown(dial, now));
    // The hub may have another address than when the page was loaded. The next try will know it.
    if (dial > 1) fetchBlob().then((blob) => this.#blob = blob ?? this.#blob);
    try {
      if (this.#blob === undefined) return queueMicrotask(down);
      const hub = new HubConnection(this.#blob, location.hostname, {
        message: (data) => this.run((now) => meeting.hubMessage(dial, data, now)),
        down,
      });
      this.#hubs.set(dial, hub);
    } catch {
      queueMicrotask(down);
    }
  }

  /** Finds out by which of its addresses the hub was reached. */
  #joined(dial: number): void {
    this.#hubs.get(dial)?.remoteAddress().then((address) => {
      this.#isReachedByName = address === undefined || parseIpv4(address) === undefined;
    }, () => {});
  }

  #open(connection: number, offers: boolean): void {
    const { meeting } = this;
    const report = (state: "connected" | "disconnected" | "failed") =>
      this.run((now) => meeting.connectionState(connection, state, now));
    const iceServers = this.#blob === undefined
      ? []
      : iceServersOf(this.#blob, location.hostname, this.#isReachedByName);
    const settings = { iceServers, certificate: this.#certificate };
    try {
      this.people.open(connection, settings, offers, this.#owner.outgoing(), {
        described: (description) => this.run(() => meeting.described(connection, description)),
        found: (candidate) => this.run(() => meeting.found(connection, candidate)),
        state: report,
        content: (data) => this.run((now) => meeting.content(connection, data, now)),
      }, performance.now());
    } catch {
      // The browser allows no more connections.
      queueMicrotask(() => report("failed"));
    }
  }
}

/** A random text of sixteen hexadecimal digits. */
function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
