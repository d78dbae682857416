/**
 * A hub, some guests and the air between them, in memory, with a clock that the test moves. The
 * guests are real {@link Meeting}s; their WebRTC is a fake that connects whoever exchanged
 * descriptions.
 *
 * @module
 */

/// <reference lib="dom" />

import type { MeetingAction, MeetingEvent } from "../../../http/call/protocol/actions.ts";
import type { Self } from "../../../http/call/protocol/announcer.ts";
import { Meeting } from "../../../http/call/protocol/meeting.ts";

const HUB_DELAY_MS = 3;
const DESCRIBE_MS = 10;
const CONNECT_MS = 40;
/** When a browser notices that nothing comes, and when it gives up. */
const NOTICE_MS = 5000;
const GIVE_UP_MS = 20_000;

export const SELF: Self = {
  name: "",
  avatar: "",
  cam: true,
  muted: false,
  sharing: false,
  hand: false,
};

/** Frames by room, as docs/PROTOCOL.md §2 says. */
class FakeHub {
  #lastId = 0;
  readonly guests = new Map<number, { room: string; send: (text: string) => void }>();

  enter(send: (text: string) => void): number {
    const id = ++this.#lastId;
    this.guests.set(id, { room: "", send });
    send(JSON.stringify({ t: "id", id }));
    return id;
  }

  receive(id: number, text: string): void {
    const guest = this.guests.get(id);
    if (guest === undefined) return;
    const frame = JSON.parse(text);
    if (frame.t === "join") guest.room = frame.room;
    else if (frame.t === "peers") {
      const ids = [...this.guests].filter(([, { room }]) => room === guest.room).map(([one]) =>
        one
      );
      guest.send(JSON.stringify({ t: "peers", ids }));
    } else if (frame.t === "to") {
      const to = this.guests.get(frame.id);
      if (to?.room !== guest.room) return;
      to.send(JSON.stringify({ t: "from", id, payload: frame.payload }));
    }
  }
}

/** A fake RTCPeerConnection. */
class Connection {
  peer: Connection | undefined;
  state = "new";
  candidates: string[] = [];
  descriptions: string[] = [];

  constructor(readonly guest: Guest, readonly number: number, readonly offers: boolean) {}
}

/** One guest with this page open. */
export class Guest {
  readonly meeting: Meeting;
  readonly connections = new Map<number, Connection>();
  readonly events: MeetingEvent[] = [];
  /** Frames sent to the hub. */
  readonly sent: Record<string, unknown>[] = [];
  opened = 0;
  hubDials = 0;
  /** Its interface is down: nothing goes out and nothing comes in. */
  isCut = false;
  #slept: (() => void)[] | undefined;
  readonly #hubIds = new Map<number, { hub: FakeHub; id: number }>();

  constructor(readonly world: World, readonly name: string, room: string, relayed: boolean) {
    this.meeting = new Meeting({ tab: `tab-${name}-${world.guests.length}`, relayed, room });
  }

  /** Names and links of those whom this guest sees. */
  get sees(): string {
    return this.meeting.attendees(this.world.now)
      .map(({ presence, link }) => `${presence.name} ${link}`).sort().join(", ");
  }
  keyOf(name: string): string {
    return this.meeting.attendees(this.world.now)
      .find(({ presence }) => presence.name === name)?.key ?? `no ${name}`;
  }
  get openConnections(): number {
    return [...this.connections.values()].filter(({ state }) => state !== "closed").length;
  }

  /** Does what the meeting wants done. */
  perform(): void {
    for (;;) {
      const actions = this.meeting.take();
      if (actions.length === 0) return;
      for (const action of actions) this.#do(action);
    }
  }

  #do(action: MeetingAction): void {
    const { world } = this;
    switch (action.do) {
      case "hub-dial": {
        const { dial } = action;
        this.hubDials++;
        world.after(DESCRIBE_MS, () => {
          const { hub } = world;
          if (hub === undefined || this.isCut) return;
          const id = hub.enter((text) => {
            world.after(HUB_DELAY_MS, () => {
              if (this.isCut || hub !== world.hub || !this.#hubIds.has(dial)) return;
              this.meeting.hubMessage(dial, text, world.now);
              this.perform();
            });
          });
          this.#hubIds.set(dial, { hub, id });
        });
        return;
      }
      case "hub-hang-up": {
        const at = this.#hubIds.get(action.dial);
        this.#hubIds.delete(action.dial);
        if (at !== undefined && !this.isCut) at.hub.guests.delete(at.id);
        return;
      }
      case "hub-send": {
        const at = this.#hubIds.get(action.dial);
        this.sent.push(JSON.parse(action.text));
        if (at === undefined || this.isCut) return;
        world.after(HUB_DELAY_MS, () => {
          if (at.hub === world.hub) at.hub.receive(at.id, action.text);
        });
        return;
      }
      case "open": {
        const connection = new Connection(this, action.connection, action.offers);
        this.connections.set(action.connection, connection);
        this.opened++;
        if (action.offers) world.after(DESCRIBE_MS, () => this.#describe(connection, "offer"));
        return;
      }
      case "describe": {
        const connection = this.connections.get(action.connection)!;
        connection.descriptions.push(action.description.type);
        const match = /^a=fake:(\d+)$/m.exec(action.description.sdp);
        const peer = match === null ? undefined : world.connections[Number(match[1])];
        if (peer === undefined || connection.state === "closed") {
          world.after(0, () => this.#report(connection, "failed"));
          return;
        }
        connection.peer = peer;
        if (!connection.offers) {
          world.after(DESCRIBE_MS, () => this.#describe(connection, "answer"));
        }
        if (peer.peer === connection) {
          world.after(CONNECT_MS, () => {
            for (const one of [connection, peer]) {
              if (one.state === "new" && !world.isApart(one, one.peer)) {
                one.state = "connected";
                one.guest.#report(one, "connected");
              }
            }
          });
        }
        return;
      }
      case "candidate":
        this.connections.get(action.connection)?.candidates.push(action.candidate.candidate ?? "");
        return;
      case "close": {
        const connection = this.connections.get(action.connection);
        if (connection === undefined) return;
        connection.state = "closed";
        if (connection.peer !== undefined) this.world.starve(connection.peer);
        return;
      }
      case "say": {
        const { peer } = this.connections.get(action.connection) ?? {};
        if (peer === undefined) return;
        world.after(HUB_DELAY_MS, () => {
          if (peer.state === "closed" || this.isCut || peer.guest.isCut) return;
          peer.guest.meeting.content(peer.number, action.text, world.now);
          peer.guest.perform();
        });
        return;
      }
      case "tell":
        this.events.push(action.event);
    }
  }

  #describe(connection: Connection, type: "offer" | "answer"): void {
    if (connection.state === "closed") return;
    const n = this.world.connections.push(connection) - 1;
    const sdp = `v=0\r\nm=audio 9 X 0\r\na=fake:${n}\r\n`.replaceAll("\r", "");
    this.meeting.described(connection.number, { type, sdp });
    this.meeting.found(connection.number, { candidate: `candidate:${n}`, sdpMid: "0" });
    this.perform();
  }

  /** The browser says that a connection changed. */
  #report(connection: Connection, state: "connected" | "disconnected" | "failed"): void {
    if (connection.state === "closed") return;
    if (this.#slept !== undefined) {
      this.#slept.push(() => this.#report(connection, state));
      return;
    }
    this.meeting.connectionState(connection.number, state, this.world.now);
    this.perform();
  }
  report(connection: Connection, state: "connected" | "disconnected" | "failed"): void {
    this.#report(connection, state);
  }

  /** The device sleeps: no timers, and nothing comes in. */
  sleep(): void {
    this.#slept = [];
    this.world.cut(this, true);
    this.world.guests.splice(this.world.guests.indexOf(this), 1);
  }
  /** The device is back; what the browser has to report comes before the page learns of it. */
  wake(): void {
    const slept = this.#slept ?? [];
    this.#slept = undefined;
    this.world.cut(this, false);
    this.world.guests.push(this);
    for (const report of slept) report();
    this.meeting.tick(this.world.now);
    this.meeting.wake(this.world.now);
    this.perform();
  }

  /** All connections with the hub are down, and the browser says so. */
  hubDown(): void {
    for (const [dial, { hub, id }] of [...this.#hubIds]) {
      this.#hubIds.delete(dial);
      hub.guests.delete(id);
      this.meeting.hubDown(dial, this.world.now);
    }
    this.perform();
  }
}

/** Everything. */
export class World {
  now = 1_000_000;
  hub: FakeHub | undefined = new FakeHub();
  readonly guests: Guest[] = [];
  readonly connections: Connection[] = [];
  #later: { at: number; what: () => void }[] = [];

  constructor(readonly relayed = true) {}

  after(ms: number, what: () => void): void {
    this.#later.push({ at: this.now + ms, what });
  }

  /** Opens the page, and enters the call. */
  guest(
    name: string,
    { room = "", enters = true }: { room?: string; enters?: boolean } = {},
  ): Guest {
    const guest = new Guest(this, name, room, this.relayed);
    this.guests.push(guest);
    guest.meeting.setSelf({ ...SELF, name }, this.now);
    guest.meeting.start(this.now);
    if (enters) guest.meeting.enter(this.now);
    guest.perform();
    return guest;
  }

  /** A guest of any other kind at the hub: what it gets, and what it sends. */
  stranger(room = ""): { id: number; got: Record<string, unknown>[]; send(frame: unknown): void } {
    const hub = this.hub!;
    const got: Record<string, unknown>[] = [];
    const id = hub.enter((text) => got.push(JSON.parse(text)));
    const send = (frame: unknown) => hub.receive(id, JSON.stringify(frame));
    send({ t: "join", room });
    return { id, got, send };
  }

  /** The page of a guest is gone without a word. */
  kill(guest: Guest): void {
    guest.isCut = true;
    this.guests.splice(this.guests.indexOf(guest), 1);
    for (const { peer } of guest.connections.values()) if (peer !== undefined) this.starve(peer);
  }

  /** An interface goes down; or up again, when what was connected heals. */
  cut(guest: Guest, isCut: boolean): void {
    guest.isCut = isCut;
    for (const connection of guest.connections.values()) {
      for (const one of [connection, connection.peer]) {
        if (one?.state === "connected" && isCut) this.starve(one);
        else if (one?.state === "disconnected" && !isCut) this.after(100, () => this.#heal(one));
      }
    }
  }

  /** The hub stops, and the allocations of its relay with it. */
  killHub(): void {
    this.hub = undefined;
    if (this.relayed) { for (const one of this.connections) this.starve(one); }
    for (const guest of this.guests) guest.hubDown();
  }

  startHub(): void {
    this.hub = new FakeHub();
  }

  isApart(one: Connection, other: Connection | undefined): boolean {
    return one.guest.isCut || other === undefined || other.guest.isCut || other.state === "closed";
  }

  /** Nothing comes any more on a connection. */
  starve(connection: Connection): void {
    if (connection.state !== "connected") return;
    connection.state = "starved";
    this.after(NOTICE_MS, () => {
      if (connection.state !== "starved") return;
      connection.state = "disconnected";
      connection.guest.report(connection, "disconnected");
    });
    this.after(GIVE_UP_MS, () => {
      if (connection.state !== "disconnected") return;
      connection.state = "failed";
      connection.guest.report(connection, "failed");
    });
  }

  #heal(connection: Connection): void {
    if (connection.state !== "disconnected" && connection.state !== "starved") return;
    if (this.isApart(connection, connection.peer)) return;
    connection.state = "connected";
    connection.guest.report(connection, "connected");
  }

  /** Lets time pass. */
  run(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      let next = end;
      for (const { at } of this.#later) next = Math.min(next, at);
      for (const { meeting } of this.guests) {
        next = Math.min(next, Math.max(meeting.nextDeadline(this.now), this.now + 1));
      }
      const due = this.#later.filter(({ at }) => at <= next);
      this.now = Math.max(this.now, next);
      this.#later = this.#later.filter((entry) => !due.includes(entry));
      for (const { what } of due.sort((a, b) => a.at - b.at)) what();
      for (const guest of [...this.guests]) {
        if (guest.meeting.nextDeadline(this.now) <= this.now) {
          guest.meeting.tick(this.now);
          guest.perform();
        }
      }
      if (next >= end && due.length === 0) return;
    }
  }
}
