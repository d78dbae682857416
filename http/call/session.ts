/**
 * The call of this page: ties the wire (`protocol/`) to the browser (`browser/`) and makes of both the
 * state that a view draws. It decides nothing that the wire's state machines could decide.
 *
 * @module
 */

/// <reference lib="dom" />

import { type HubBlob, parseBlob } from "../../relaycore/join_link/blob.ts";
import { Awake } from "./browser/awake.ts";
import { HubConnection } from "./browser/hub_connection.ts";
import { fetchBlob } from "./browser/hub_info.ts";
import { MicLevel } from "./browser/mic_level.ts";
import { Outputs, setCallAudio } from "./browser/outputs.ts";
import { OwnMedia } from "./browser/own_media.ts";
import { PeopleMedia } from "./browser/people_media.ts";
import { recall, remember } from "./browser/store.ts";
import { ChatLog, NoticeList } from "./protocol/chat_log.ts";
import { deviceList } from "./protocol/devices.ts";
import { iceServersOf } from "./protocol/hub_answer.ts";
import {
  LEVELS_EVERY_MS,
  MAX_PICTURES,
  MAX_SENT_TEXT,
  REACTION_MS,
  SLEEP_GAP_MS,
  STATS_EVERY_MS,
} from "./protocol/limits.ts";
import {
  type Attendee,
  Meeting,
  type MeetingAction,
  type MeetingEvent,
} from "./protocol/meeting.ts";
import { wantedHeight } from "./protocol/budget.ts";
import { drawPeople, unchanged } from "./protocol/snapshot.ts";
import { SpeakingGauge } from "./protocol/speaking.ts";
import { cleanAvatar, cleanName, cleanText, roomKey } from "./protocol/text.ts";
import {
  type Call,
  type CallOptions,
  type CallState,
  type NoticeCode,
  type Person,
  type Phase,
  type Reaction,
  REACTIONS,
  type ShownSize,
} from "./state.ts";

/** Opens the call: looks for the hub at once, and listens in the room without being seen. */
export function createCall(options: CallOptions): Call {
  return new Session(options);
}

class Session implements Call {
  state: CallState;
  #blob: HubBlob | undefined;
  readonly #isSupported = typeof globalThis.RTCPeerConnection === "function";
  readonly #meeting: Meeting;
  readonly #hubs = new Map<number, HubConnection>();
  readonly #people: PeopleMedia;
  readonly #own: OwnMedia;
  readonly #outputs: Outputs;
  readonly #awake: Awake;
  readonly #chat = new ChatLog();
  readonly #notices = new NoticeList();
  readonly #micLevel = new MicLevel();
  readonly #gauge = new SpeakingGauge();
  readonly #listeners = new Set<(state: CallState) => void>();
  readonly #levelListeners = new Set<(levels: ReadonlyMap<string, number>) => void>();
  /** One certificate for the whole page, so that the safety symbols outlive a redial. */
  #certificate: RTCCertificate | undefined;
  #name: string;
  #avatar: string;
  #roomName: string;
  #phase: Phase = "mirror";
  #hand = false;
  #reaction: Reaction | undefined;
  #reactions = 0;
  #speaking = false;
  #micBeforeTalk: boolean | undefined;
  #soundOnly = false;
  #said = 0;
  #isRunning = false;
  #isFlushing = false;
  #isClosed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #levelTimer: ReturnType<typeof setInterval>;
  #levelsReadAt = Date.now();
  #lossReadAt = 0;

  constructor(options: CallOptions) {
    this.#blob = parseBlob(options.blob);
    this.#roomName = cleanName(options.room);
    const remembered = recall();
    this.#name = remembered.name;
    this.#avatar = remembered.avatar;
    this.#meeting = new Meeting({
      tab: randomName(),
      relayed: this.#blob?.turn !== undefined,
      room: roomKey(this.#roomName),
    });
    this.#people = new PeopleMedia(
      (connection) => this.#keyOf(connection),
      (key) => this.#notice("safety-changed", key),
      () => this.#changed(),
    );
    this.#own = new OwnMedia(remembered, {
      changed: () => this.#ownChanged(),
      notice: (code, detail) => this.#notice(code, undefined, undefined, detail),
    });
    this.#outputs = new Outputs(() => this.#notice("speaker-failed"));
    if (remembered.speakerId !== "") this.#outputs.choose(remembered.speakerId);
    this.#awake = new Awake(() => this.#wake());
    this.state = this.#draw();
    this.#levelTimer = setInterval(() => this.#beat(), LEVELS_EVERY_MS);
    globalThis.addEventListener("pagehide", this.#pageHidden);
    if (!this.#isSupported) return;
    RTCPeerConnection.generateCertificate?.(
      { name: "ECDSA", namedCurve: "P-256" } as EcKeyGenParams,
    )
      .then((certificate) => this.#certificate = certificate, () => {});
    this.#run((now) => this.#meeting.start(now));
    this.#askIfAllowed();
  }

  subscribe(listener: (state: CallState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  subscribeLevels(listener: (levels: ReadonlyMap<string, number>) => void): () => void {
    this.#levelListeners.add(listener);
    return () => this.#levelListeners.delete(listener);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#meeting.close();
    this.#perform();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#levelTimer);
    globalThis.removeEventListener("pagehide", this.#pageHidden);
    this.#own.close();
    this.#awake.close();
    for (const hub of this.#hubs.values()) hub.close();
    this.#listeners.clear();
    this.#levelListeners.clear();
  }

  // ── Commands ──────────────────────────────────────────────────────────────────────────────────

  askDevices(): void {
    this.#own.ask();
  }

  restartDevices(): void {
    this.#own.ask();
  }

  join(): void {
    if (this.#meeting.isIn) return;
    setCallAudio(true);
    if (this.#phase === "left") this.#own.ask();
    this.#phase = "joining";
    this.#awake.keep(true);
    this.#run((now) => {
      this.#meeting.enter(now);
      this.#meeting.wake(now);
    });
  }

  leave(): void {
    if (!this.#meeting.isIn) return;
    this.#hand = false;
    this.#phase = "left";
    this.#run((now) => this.#meeting.leave(now));
    this.#own.release();
    this.#awake.keep(false);
    setCallAudio(false);
  }

  setName(name: string): void {
    this.#name = cleanName(name);
    this.#selfChanged();
  }

  setAvatar(emoji: string): void {
    this.#avatar = cleanAvatar(emoji);
    this.#selfChanged();
  }

  setRoom(name: string): void {
    if (this.#meeting.isIn) return;
    this.#roomName = cleanName(name);
    this.#run((now) => this.#meeting.setRoom(roomKey(this.#roomName), now));
  }

  setMic(on: boolean): void {
    this.#micBeforeTalk = undefined;
    this.#own.setMic(on);
    this.#remember();
  }

  setCamera(on: boolean): void {
    this.#own.setCamera(on);
    this.#remember();
  }

  pushToTalk(down: boolean): void {
    if (down && this.#micBeforeTalk === undefined) {
      this.#micBeforeTalk = this.#own.mic.on;
      this.#own.setMic(true);
    } else if (!down && this.#micBeforeTalk !== undefined) {
      this.#own.setMic(this.#micBeforeTalk);
      this.#micBeforeTalk = undefined;
    }
  }

  turnCamera(): void {
    this.#own.turnCamera();
  }

  chooseMicrophone(id: string): void {
    this.#own.chooseMicrophone(id);
    this.#remember();
  }

  chooseCamera(id: string): void {
    this.#own.chooseCamera(id);
    this.#remember();
  }

  chooseSpeaker(id: string): void {
    this.#outputs.choose(id);
    this.#remember();
    this.#changed();
  }

  startShare(): void {
    this.#own.startShare();
  }

  stopShare(): void {
    this.#own.stopShare();
  }

  raiseHand(up: boolean): void {
    this.#hand = up;
    this.#selfChanged();
  }

  react(emoji: string): void {
    if (!REACTIONS.includes(emoji)) return;
    const reaction = this.#reaction = { emoji, n: ++this.#reactions };
    this.#selfChanged();
    setTimeout(() => {
      if (this.#reaction !== reaction) return;
      this.#reaction = undefined;
      this.#selfChanged();
    }, REACTION_MS);
  }

  say(text: string, to?: string): void {
    const cleaned = cleanText(text);
    if (cleaned === "") return;
    if (cleaned.length > MAX_SENT_TEXT) return this.#notice("message-too-long");
    this.#said = 0;
    this.#run(() => this.#meeting.say(cleaned, to));
    this.#chat.add({
      from: "me",
      name: this.#name,
      avatar: this.#avatar,
      text: cleaned,
      direct: to !== undefined,
      to: to === undefined ? undefined : this.#person(to)?.name,
      at: Date.now(),
      reached: this.#said,
    });
    if (this.#said === 0) this.#notice("message-reached-nobody");
    this.#changed();
  }

  chatSeen(): void {
    this.#chat.seen();
    this.#changed();
  }

  setShown(sizes: readonly ShownSize[]): void {
    this.#run((now) => {
      for (const { key, width, height } of sizes) {
        this.#meeting.setWanted(key, wantedHeight(width, height), now);
      }
    });
  }

  dismiss(n: number): void {
    this.#notices.dismiss(n);
    this.#changed();
  }

  retryHub(): void {
    this.#wake();
  }

  attachOutput(element: HTMLMediaElement): void {
    this.#outputs.attach(element);
  }

  // ── The wire ──────────────────────────────────────────────────────────────────────────────────

  /** Tells the meeting something and does what it wants done; then sets the alarm clock. */
  #run(tell: (now: number) => void): void {
    if (this.#isClosed) return;
    tell(Date.now());
    // What is done may report at once; that is done by the run that is under way.
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      this.#perform();
    } finally {
      this.#isRunning = false;
    }
    if (this.#phase === "joining" && this.#meeting.hub.state === "joined") this.#phase = "call";
    const now = Date.now();
    clearTimeout(this.#timer);
    const due = this.#meeting.nextDeadline(now);
    if (due < Infinity) {
      this.#timer = setTimeout(
        () => this.#run((time) => this.#meeting.tick(time)),
        Math.max(10, due - now),
      );
    }
    this.#changed();
  }

  #perform(): void {
    for (;;) {
      const actions = this.#meeting.take();
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
        return this.#people.line(action.connection)?.describe(action.description);
      case "candidate":
        return this.#people.line(action.connection)?.addCandidate(action.candidate);
      case "close":
        return this.#people.close(action.connection);
      case "say":
        if (this.#people.line(action.connection)?.say(action.text)) this.#said++;
        return;
      case "tell":
        return this.#tell(action.event);
    }
  }

  #dialHub(dial: number): void {
    const down = () => this.#run((now) => this.#meeting.hubDown(dial, now));
    // The hub may have moved since the page was loaded.
    if (dial > 1) fetchBlob().then((blob) => this.#blob = blob ?? this.#blob);
    try {
      if (this.#blob === undefined) return queueMicrotask(down);
      const hub = new HubConnection(this.#blob, location.hostname, {
        message: (data) => this.#run((now) => this.#meeting.hubMessage(dial, data, now)),
        down,
      });
      this.#hubs.set(dial, hub);
    } catch {
      queueMicrotask(down);
    }
  }

  #open(connection: number, offers: boolean): void {
    const report = (state: "connected" | "disconnected" | "failed") =>
      this.#run((now) => this.#meeting.connectionState(connection, state, now));
    const settings = {
      iceServers: this.#blob === undefined ? [] : iceServersOf(this.#blob, location.hostname),
      certificate: this.#certificate,
    };
    try {
      this.#people.open(connection, settings, offers, this.#own.outgoing, {
        described: (description) =>
          this.#run(() => this.#meeting.described(connection, description)),
        found: (candidate) => this.#run(() => this.#meeting.found(connection, candidate)),
        state: report,
        content: (data) => this.#run((now) => this.#meeting.content(connection, data, now)),
      }, Date.now());
    } catch {
      queueMicrotask(() => report("failed"));
    }
  }

  #tell(event: MeetingEvent): void {
    const isIn = this.#phase === "call";
    switch (event.what) {
      case "hub-lost":
      case "hub-back":
      case "room-full":
        return this.#notice(event.what);
      case "came":
        if (isIn) this.#notice("joined", event.key);
        return;
      case "went":
        this.#people.forget(event.key);
        if (isIn) this.#notice("left", event.key, event.name);
        return;
      case "hand-raised":
        return this.#notice("hand-raised", event.key);
      case "unreachable":
        return this.#notice("person-unreachable", event.key);
      case "reaction": {
        const { key, emoji } = event;
        const reaction = { emoji, n: ++this.#reactions };
        this.#people.setReaction(key, reaction);
        setTimeout(() => {
          if (this.#people.of(key)?.reaction === reaction) {
            this.#people.setReaction(key, undefined);
          }
        }, REACTION_MS);
        return;
      }
      case "chat": {
        const { key, text, direct } = event;
        const { name = "", avatar = "" } = this.#attendee(key)?.presence ?? {};
        this.#chat.add({ from: key, name, avatar, text, direct, at: Date.now() });
        return this.#notice("message", key);
      }
    }
  }

  // ── This device ───────────────────────────────────────────────────────────────────────────────

  #ownChanged(): void {
    if (this.#isClosed || this.#own === undefined) return;
    this.#micLevel.follow(this.#own.micTrack, this.#own.audioContext);
    this.#people.setTracks(this.#own.outgoing);
    this.#selfChanged();
  }

  #selfChanged(): void {
    const { mic, cam, isSharing } = this.#own;
    this.#remember();
    this.#run((now) =>
      this.#meeting.setSelf({
        name: this.#name,
        avatar: this.#avatar,
        cam: cam.live,
        muted: !mic.live,
        sharing: isSharing,
        hand: this.#hand,
        reaction: this.#reaction,
      }, now)
    );
  }

  #remember(): void {
    const { choices } = this.#own;
    const mic = this.#micBeforeTalk ?? choices.mic;
    const speakerId = this.#outputs?.chosen ?? "";
    remember({ ...choices, mic, name: this.#name, avatar: this.#avatar, speakerId });
  }

  /** Shows the own picture at once where the browser will not ask. */
  async #askIfAllowed(): Promise<void> {
    try {
      const names = ["camera", "microphone"] as unknown as PermissionName[];
      const states = await Promise.all(names.map((name) => navigator.permissions.query({ name })));
      if (states.every(({ state }) => state === "granted") && this.#phase === "mirror") {
        this.#own.ask();
      }
    } catch {
      // The browser does not tell; then a tap asks.
    }
  }

  #wake(): void {
    this.#own?.check();
    this.#run((now) => this.#meeting.wake(now));
  }

  readonly #pageHidden = (event: PageTransitionEvent) => {
    // A page that is kept may come back. Otherwise the others learn it now instead of in 8 s.
    if (!event.persisted) this.close();
  };

  /** Several times a second: levels, and now and then loss. */
  #beat(): void {
    const now = Date.now();
    // Timers do not run while the device sleeps.
    if (now - this.#levelsReadAt > SLEEP_GAP_MS) this.#wake();
    this.#levelsReadAt = now;
    const levels = new Map<string, number>();
    const own = this.#micLevel.read();
    let isChanged = this.#people.readLevels(levels, now);
    const speaking = this.#gauge.level(own, now);
    isChanged ||= speaking !== this.#speaking;
    this.#speaking = speaking;
    levels.set("me", own);
    for (const listener of this.#levelListeners) listener(levels);
    if (isChanged) this.#changed();
    if (now - this.#lossReadAt >= STATS_EVERY_MS && this.#meeting.isIn) {
      this.#lossReadAt = now;
      this.#people.readLoss(Date.now).then(() => this.#shareAir());
    }
  }

  /** Gives every link its part of what the air can carry. */
  #shareAir(): void {
    if (this.#isClosed) return;
    const attendees = this.#attendees();
    const sharing = this.#own.isSharing;
    const anyoneShares = sharing || attendees.some(({ presence }) => presence.ours?.sharing);
    const { height, fps } = this.#people.share((number) => ({
      people: attendees.length + 1,
      sharing,
      anyoneShares,
      wanted: attendees.find(({ connection }) => connection === number)?.presence.ours?.wants,
    }));
    if (height > 0 && !sharing) this.#own.setCaptureSize(height, fps);
  }

  // ── The state ─────────────────────────────────────────────────────────────────────────────────

  #attendees(): Attendee[] {
    return this.#meeting.attendees(Date.now());
  }

  #attendee(key: string): Attendee | undefined {
    return this.#attendees().find((attendee) => attendee.key === key);
  }

  #keyOf(connection: number): string | undefined {
    return this.#meeting.keyOf(connection);
  }

  #person(key: string): Person | undefined {
    return this.state.people.find((person) => person.key === key);
  }

  #notice(code: NoticeCode, key?: string, name?: string, detail?: string): void {
    const about = key === undefined ? undefined : this.#attendee(key)?.presence.name;
    this.#notices.add({ code, key, name: name ?? about, detail, at: Date.now() });
    this.#changed();
  }

  /** Draws the state anew, once for everything that happens in this task. */
  #changed(): void {
    if (this.#isFlushing || this.#isClosed) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      if (this.#isClosed) return;
      const before = this.state;
      const drawn = unchanged(before, this.#draw());
      if (drawn === before) return;
      this.state = drawn;
      this.#shareAir();
      for (const listener of this.#listeners) listener(drawn);
    });
  }

  #draw(): CallState {
    const before: CallState | undefined = this.state;
    const { hub } = this.#meeting;
    const own = this.#own;
    const attendees = this.#attendees();
    this.#setSoundOnly(attendees.length + 1 > MAX_PICTURES);
    const mediaOf = (key: string) => this.#people.of(key);
    const speakers = Outputs.canChoose
      ? deviceList(own.listed, "audiooutput", this.#outputs.chosen)
      : { choices: [], chosen: "" };
    const { microphones, cameras, ...abilities } = own.devices;
    return {
      phase: this.#phase,
      hub: unchanged(before?.hub, {
        link: hub.state,
        failures: hub.failures,
        retryAt: hub.retryAt,
        unsupported: !this.#isSupported,
      }),
      room: unchanged(before?.room, { key: roomKey(this.#roomName), name: this.#roomName }),
      me: unchanged(before?.me, {
        name: this.#name,
        avatar: this.#avatar,
        mic: unchanged(before?.me.mic, own.mic),
        cam: unchanged(before?.me.cam, own.cam),
        preview: own.preview,
        mirrored: own.isMirrored,
        sharing: own.isSharing,
        handRaised: this.#hand,
        reaction: this.#reaction,
        speaking: this.#speaking,
      }),
      people: drawPeople(attendees, mediaOf, this.#name, this.#soundOnly, before?.people ?? []),
      soundOnly: this.#soundOnly,
      chat: this.#chat.chat,
      devices: unchanged(before?.devices, {
        microphones: sameList(before?.devices.microphones, microphones),
        cameras: sameList(before?.devices.cameras, cameras),
        speakers: sameList(before?.devices.speakers, speakers),
        ...abilities,
      }),
      notices: this.#notices.notices,
    };
  }

  #setSoundOnly(soundOnly: boolean): void {
    if (soundOnly === this.#soundOnly) return;
    this.#soundOnly = soundOnly;
    if (this.#meeting.isIn) this.#notice(soundOnly ? "sound-only" : "sound-only-over");
  }
}

/** Lists are made anew each time; the same content is the same list. */
function sameList<T>(before: T | undefined, after: T): T {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

/** Sixteen random letters and digits. */
function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
