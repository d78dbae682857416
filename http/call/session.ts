/**
 * The call of this page: connects the meeting (`protocol/`) with the browser (`browser/`), carries
 * out the commands of a view, and makes the state that the view draws. Most decisions are made by
 * the state machines in `protocol/`. This file does not know how the state is drawn.
 *
 * @module
 */

/// <reference lib="dom" />

import { Activity } from "./browser/activity.ts";
import { Awake } from "./browser/awake.ts";
import { isCaptureAllowed } from "./browser/capture.ts";
import { drawState } from "./browser/draw_state.ts";
import { setCallAudio } from "./browser/outputs.ts";
import { OwnPerson } from "./browser/own_person.ts";
import { type Levels, Pulse } from "./browser/pulse.ts";
import { Wire } from "./browser/wire.ts";
import { wantedHeight } from "./protocol/budget.ts";
import { MAX_PICTURES, MAX_SENT_TEXT } from "./protocol/limits.ts";
import { cleanName, cleanText, roomKey } from "./protocol/text.ts";
import {
  type Call,
  type CallOptions,
  type CallState,
  type DeviceWish,
  type Phase,
  REACTIONS,
  type ShownSize,
} from "./state.ts";

/** Opens the call. It dials the hub at once, and listens in the room without being seen. */
export function createCall(options: CallOptions): Call {
  return new Session(options);
}

class Session implements Call {
  state: CallState;
  readonly #isSupported = typeof globalThis.RTCPeerConnection === "function";
  readonly #wire: Wire;
  readonly #me: OwnPerson;
  readonly #activity: Activity;
  readonly #awake: Awake;
  readonly #pulse: Pulse;
  readonly #listeners = new Set<(state: CallState) => void>();
  #roomName: string;
  #phase: Phase = "mirror";
  #soundOnly = false;
  #isFlushing = false;
  #isClosed = false;

  constructor(options: CallOptions) {
    this.#roomName = cleanName(options.room);
    this.#wire = new Wire(options.blob, roomKey(this.#roomName), {
      outgoing: () => this.#me.media.outgoing,
      tell: (event) => this.#activity.tell(event),
      safetyChanged: (key) => this.#activity.safetyChanged(key),
      changed: () => this.#wireChanged(),
    });
    this.#activity = new Activity({
      people: this.#wire.people,
      presenceOf: (key) =>
        this.#wire.attendees().find((attendee) => attendee.key === key)?.presence,
      isInCall: () => this.#phase === "call",
      changed: () => this.#changed(),
      reacted: () => this.#me.announce(),
    });
    this.#me = new OwnPerson({
      changed: () => this.#selfChanged(),
      tracksChanged: () => this.#tracksChanged(),
      speakerChanged: () => this.#changed(),
      notice: (code, detail) => this.#activity.notice(code, { detail }),
    });
    this.#awake = new Awake(() => this.#wake());
    this.#pulse = new Pulse({
      people: this.#wire.people,
      attendees: () => this.#wire.attendees(),
      isIn: () => this.#wire.meeting.isIn,
      spoke: () => this.#changed(),
      slept: () => this.#wake(),
      measured: () => this.#shareAir(),
    });
    this.state = this.#draw();
    globalThis.addEventListener("pagehide", this.#pageHidden);
    if (!this.#isSupported) return;
    this.#wire.start();
    // If the browser opens the devices without asking, this person sees the own picture at once.
    isCaptureAllowed().then((isAllowed) => {
      if (isAllowed && this.#phase === "mirror") this.#me.media.ask();
    });
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
    this.#me.close();
    this.#awake.close();
    this.#listeners.clear();
  }

  // ── Commands ──────────────────────────────────────────────────────────────────────────────────

  askDevices(wish?: DeviceWish): void {
    this.#me.media.ask(wish);
  }

  restartDevices(): void {
    this.#me.media.restart();
  }

  join(): void {
    if (this.#wire.meeting.isIn) return;
    setCallAudio(true);
    if (this.#phase === "left") this.#me.media.ask();
    this.#phase = "joining";
    this.#awake.keep(true);
    this.#wire.run((now) => {
      this.#wire.meeting.enter(now);
      this.#wire.meeting.wake(now);
    });
  }

  leave(): void {
    if (!this.#wire.meeting.isIn) return;
    this.#me.dropHand();
    this.#phase = "left";
    this.#wire.run((now) => this.#wire.meeting.leave(now));
    this.#me.media.release();
    this.#awake.keep(false);
    setCallAudio(false);
  }

  setName(name: string): void {
    this.#me.setName(name);
  }

  setAvatar(emoji: string): void {
    this.#me.setAvatar(emoji);
  }

  setRoom(name: string): void {
    if (this.#wire.meeting.isIn) return;
    this.#roomName = cleanName(name);
    this.#wire.run((now) => this.#wire.meeting.setRoom(roomKey(this.#roomName), now));
  }

  setMic(on: boolean): void {
    this.#me.setMic(on);
  }

  setCamera(on: boolean): void {
    this.#me.setCamera(on);
  }

  pushToTalk(down: boolean): void {
    this.#me.pushToTalk(down);
  }

  turnCamera(): void {
    this.#me.media.turnCamera();
  }

  chooseMicrophone(id: string): void {
    this.#me.chooseMicrophone(id);
  }

  chooseCamera(id: string): void {
    this.#me.chooseCamera(id);
  }

  chooseSpeaker(id: string): void {
    this.#me.chooseSpeaker(id);
  }

  startShare(): void {
    this.#me.media.startShare();
  }

  stopShare(): void {
    this.#me.media.stopShare();
  }

  raiseHand(up: boolean): void {
    this.#me.raiseHand(up);
  }

  react(emoji: string): void {
    if (REACTIONS.includes(emoji)) this.#activity.react(emoji);
  }

  say(text: string, to?: string): void {
    const cleaned = cleanText(text);
    if (cleaned === "") return;
    if (cleaned.length > MAX_SENT_TEXT) return this.#activity.notice("message-too-long");
    const reached = this.#wire.say(cleaned, to);
    const receiver = this.state.people.find(({ key }) => key === to);
    this.#activity.said({
      name: this.#me.name,
      avatar: this.#me.avatar,
      text: cleaned,
      direct: to !== undefined,
      to: receiver?.name,
      reached,
    });
  }

  chatSeen(): void {
    this.#activity.chatSeen();
  }

  setShown(sizes: readonly ShownSize[]): void {
    this.#wire.run((now) => {
      for (const { key, width, height } of sizes) {
        this.#wire.meeting.setWanted(key, wantedHeight(width, height), now);
      }
    });
  }

  dismiss(n: number): void {
    this.#activity.dismiss(n);
  }

  retryHub(): void {
    this.#wake();
  }

  attachOutput(element: HTMLMediaElement): void {
    this.#me.outputs.attach(element);
  }

  // ── The wire ──────────────────────────────────────────────────────────────────────────────────

  #wireChanged(): void {
    const { hub } = this.#wire.meeting;
    if (this.#phase === "joining" && hub.state === "joined") this.#phase = "call";
    this.#changed();
  }

  // ── This device ───────────────────────────────────────────────────────────────────────────────

  #tracksChanged(): void {
    const { micTrack, audioContext, outgoing } = this.#me.media;
    this.#pulse.follow(micTrack, audioContext);
    this.#wire.people.setTracks(outgoing);
  }

  /** Announces this person's name, avatar and devices to the others, if they have changed. */
  #selfChanged(): void {
    const { reaction } = this.#activity;
    this.#wire.run((now) => this.#wire.meeting.setSelf({ ...this.#me.self, reaction }, now));
  }

  #wake(): void {
    this.#me.media.check();
    this.#wire.run((now) => this.#wire.meeting.wake(now));
  }

  readonly #pageHidden = (event: PageTransitionEvent) => {
    // A page that the browser keeps in memory may come back. Any other page ends here, and says
    // goodbye. Otherwise the others would notice only after 8 s.
    if (!event.persisted) this.close();
  };

  /** Divides the capacity of the Wi-Fi among the connections, and captures no more than is sent. */
  #shareAir(): void {
    if (this.#isClosed) return;
    const { isSharing } = this.#me.media;
    const screens = this.state.people.filter(({ picture }) => picture === "screen").length;
    const { height, fps } = this.#wire.shareAir(isSharing, screens);
    if (height > 0 && !isSharing) this.#me.media.setCaptureSize(height, fps);
  }

  // ── The state ─────────────────────────────────────────────────────────────────────────────────

  /** Makes a new state, once for all changes of the current task. */
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
    const attendees = this.#wire.attendees();
    this.#wire.people.assign(attendees);
    this.#setSoundOnly(attendees.length + 1 > MAX_PICTURES);
    return drawState({
      phase: this.#phase,
      isSupported: this.#isSupported,
      wire: this.#wire,
      attendees,
      soundOnly: this.#soundOnly,
      me: this.#me,
      speaking: this.#pulse.speaking,
      activity: this.#activity,
      roomName: this.#roomName,
    }, this.state);
  }

  #setSoundOnly(soundOnly: boolean): void {
    if (soundOnly === this.#soundOnly) return;
    this.#soundOnly = soundOnly;
    if (this.#wire.meeting.isIn) {
      this.#activity.notice(soundOnly ? "sound-only" : "sound-only-over");
    }
  }
}
