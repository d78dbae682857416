/**
 * The call of this page: ties the wire (`protocol/`) to the browser (`browser/`) and makes from
 * both the state that a view draws. It leaves every decision to the wire's state machines if they
 * can make it.
 *
 * @module
 */

/// <reference lib="dom" />

import { Awake } from "./browser/awake.ts";
import { drawState } from "./browser/draw_state.ts";
import { Outputs, setCallAudio } from "./browser/outputs.ts";
import { OwnMedia } from "./browser/own_media.ts";
import { type Levels, Pulse } from "./browser/pulse.ts";
import { recall, remember } from "./browser/store.ts";
import { Wire } from "./browser/wire.ts";
import type { MeetingEvent } from "./protocol/actions.ts";
import { wantedHeight } from "./protocol/budget.ts";
import { ChatLog, NoticeList } from "./protocol/chat_log.ts";
import { MAX_PICTURES, MAX_SENT_TEXT, REACTION_MS } from "./protocol/limits.ts";
import type { Attendee } from "./protocol/meeting.ts";
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
  readonly #isSupported = typeof globalThis.RTCPeerConnection === "function";
  readonly #wire: Wire;
  readonly #own: OwnMedia;
  readonly #outputs: Outputs;
  readonly #awake: Awake;
  readonly #chat = new ChatLog();
  readonly #notices = new NoticeList();
  readonly #pulse: Pulse;
  readonly #listeners = new Set<(state: CallState) => void>();
  #name: string;
  #avatar: string;
  #roomName: string;
  #phase: Phase = "mirror";
  #hand = false;
  #reaction: Reaction | undefined;
  #reactions = 0;
  #micBeforeTalk: boolean | undefined;
  #soundOnly = false;
  #isFlushing = false;
  #isClosed = false;

  constructor(options: CallOptions) {
    this.#roomName = cleanName(options.room);
    const remembered = recall();
    this.#name = remembered.name;
    this.#avatar = remembered.avatar;
    this.#wire = new Wire(options.blob, roomKey(this.#roomName), {
      outgoing: () => this.#own.outgoing,
      tell: (event) => this.#tell(event),
      safetyChanged: (key) => this.#safetyChanged(key),
      changed: () => this.#wireChanged(),
    });
    this.#own = new OwnMedia(remembered, {
      changed: () => this.#ownChanged(),
      notice: (code, detail) => this.#notice(code, undefined, undefined, detail),
    });
    this.#outputs = new Outputs(() => this.#notice("speaker-failed"));
    if (remembered.speakerId !== "") this.#outputs.choose(remembered.speakerId);
    this.#awake = new Awake(() => this.#wake());
    this.#pulse = new Pulse({
      people: this.#wire.people,
      attendees: () => this.#attendees(),
      isIn: () => this.#wire.meeting.isIn,
      spoke: () => this.#changed(),
      slept: () => this.#wake(),
      measured: () => this.#shareAir(),
    });
    this.state = this.#draw();
    globalThis.addEventListener("pagehide", this.#pageHidden);
    if (!this.#isSupported) return;
    this.#wire.start();
    this.#askIfAllowed();
  }

  subscribe(listener: (state: CallState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  subscribeLevels(listener: (levels: Levels) => void): () => void {
    return this.#pulse.subscribe(listener);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#wire.close();
    this.#pulse.close();
    globalThis.removeEventListener("pagehide", this.#pageHidden);
    this.#own.close();
    this.#awake.close();
    this.#listeners.clear();
  }

  // ── Commands ──────────────────────────────────────────────────────────────────────────────────

  askDevices(): void {
    this.#own.ask();
  }

  restartDevices(): void {
    this.#own.restart();
  }

  join(): void {
    if (this.#wire.meeting.isIn) return;
    setCallAudio(true);
    if (this.#phase === "left") this.#own.ask();
    this.#phase = "joining";
    this.#awake.keep(true);
    this.#wire.run((now) => {
      this.#wire.meeting.enter(now);
      this.#wire.meeting.wake(now);
    });
  }

  leave(): void {
    if (!this.#wire.meeting.isIn) return;
    this.#hand = false;
    this.#phase = "left";
    this.#wire.run((now) => this.#wire.meeting.leave(now));
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
    if (this.#wire.meeting.isIn) return;
    this.#roomName = cleanName(name);
    this.#wire.run((now) => this.#wire.meeting.setRoom(roomKey(this.#roomName), now));
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
    const reached = this.#wire.say(cleaned, to);
    this.#chat.add({
      from: "me",
      name: this.#name,
      avatar: this.#avatar,
      text: cleaned,
      direct: to !== undefined,
      to: to === undefined ? undefined : this.#person(to)?.name,
      at: Date.now(),
      reached,
    });
    if (reached === 0) this.#notice("message-reached-nobody");
    this.#changed();
  }

  chatSeen(): void {
    this.#chat.seen();
    this.#changed();
  }

  setShown(sizes: readonly ShownSize[]): void {
    this.#wire.run((now) => {
      for (const { key, width, height } of sizes) {
        this.#wire.meeting.setWanted(key, wantedHeight(width, height), now);
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

  #wireChanged(): void {
    const { hub } = this.#wire.meeting;
    if (this.#phase === "joining" && hub.state === "joined") this.#phase = "call";
    this.#changed();
  }

  /** A guest of the deployed kind has new symbols with every redial; who is here shows them. */
  #safetyChanged(key: string): void {
    if (this.#attendee(key)?.presence.ours !== undefined) this.#notice("safety-changed", key);
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
        if (isIn) this.#notice("left", event.key, event.name);
        return;
      case "hand-raised":
        return this.#notice("hand-raised", event.key);
      case "unreachable":
        return this.#notice("person-unreachable", event.key);
      case "reaction": {
        const { key, emoji } = event;
        const reaction = { emoji, n: ++this.#reactions };
        this.#wire.people.setReaction(key, reaction);
        setTimeout(() => {
          if (this.#wire.people.of(key)?.reaction === reaction) {
            this.#wire.people.setReaction(key, undefined);
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
    this.#pulse.follow(this.#own.micTrack, this.#own.audioContext);
    this.#wire.people.setTracks(this.#own.outgoing);
    this.#selfChanged();
  }

  #selfChanged(): void {
    const { mic, cam, isSharing } = this.#own;
    this.#remember();
    this.#wire.run((now) =>
      this.#wire.meeting.setSelf({
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
      // The browser does not report it; a tap then asks.
    }
  }

  #wake(): void {
    this.#own?.check();
    this.#wire.run((now) => this.#wire.meeting.wake(now));
  }

  readonly #pageHidden = (event: PageTransitionEvent) => {
    // A page that is kept may come back. Otherwise the others learn it now instead of in 8 s.
    if (!event.persisted) this.close();
  };

  /** Divides what the Wi-Fi can carry, and captures no more than is sent. */
  #shareAir(): void {
    if (this.#isClosed) return;
    const { isSharing } = this.#own;
    const { height, fps } = this.#wire.shareAir(isSharing);
    if (height > 0 && !isSharing) this.#own.setCaptureSize(height, fps);
  }

  // ── The state ─────────────────────────────────────────────────────────────────────────────────

  #attendees(): Attendee[] {
    return this.#wire.attendees();
  }

  #attendee(key: string): Attendee | undefined {
    return this.#attendees().find((attendee) => attendee.key === key);
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
      const drawn = this.#draw();
      if (drawn === before) return;
      this.state = drawn;
      this.#shareAir();
      for (const listener of this.#listeners) listener(drawn);
    });
  }

  #draw(): CallState {
    const attendees = this.#attendees();
    this.#wire.people.assign(attendees);
    this.#setSoundOnly(attendees.length + 1 > MAX_PICTURES);
    return drawState({
      phase: this.#phase,
      isSupported: this.#isSupported,
      wire: this.#wire,
      attendees,
      soundOnly: this.#soundOnly,
      own: this.#own,
      outputs: this.#outputs,
      name: this.#name,
      avatar: this.#avatar,
      roomName: this.#roomName,
      handRaised: this.#hand,
      reaction: this.#reaction,
      speaking: this.#pulse.speaking,
      chat: this.#chat.chat,
      notices: this.#notices.notices,
    }, this.state);
  }

  #setSoundOnly(soundOnly: boolean): void {
    if (soundOnly === this.#soundOnly) return;
    this.#soundOnly = soundOnly;
    if (this.#wire.meeting.isIn) this.#notice(soundOnly ? "sound-only" : "sound-only-over");
  }
}
