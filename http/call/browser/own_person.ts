/**
 * This person: the name, the symbol, the raised hand and the devices, and what of it is remembered
 * between visits. It knows nothing of the meeting and of the others.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Self } from "../protocol/announcer.ts";
import { cleanAvatar, cleanName } from "../protocol/text.ts";
import type { NoticeCode } from "../state.ts";
import { Outputs } from "./outputs.ts";
import { OwnMedia } from "./own_media.ts";
import { recall, remember } from "./store.ts";

/** What an {@link OwnPerson} reports. */
export interface OwnPersonEvents {
  /** What the others are told may have changed. */
  changed(): void;
  /** The tracks that go out may have changed. {@link OwnPersonEvents.changed} follows. */
  tracksChanged(): void;
  /** Another loudspeaker was chosen. */
  speakerChanged(): void;
  notice(code: NoticeCode, detail?: string): void;
}

/** This person, as it is told to the others and remembered. */
export class OwnPerson {
  /** Microphone, camera and screen. Use the methods of this class for what is remembered. */
  readonly media: OwnMedia;
  readonly outputs: Outputs;
  readonly #events: OwnPersonEvents;
  #name: string;
  #avatar: string;
  #hand = false;
  #micBeforeTalk: boolean | undefined;
  #isClosed = false;

  constructor(events: OwnPersonEvents) {
    this.#events = events;
    const remembered = recall();
    this.#name = remembered.name;
    this.#avatar = remembered.avatar;
    this.outputs = new Outputs(() => events.notice("speaker-failed"));
    if (remembered.speakerId !== "") this.outputs.choose(remembered.speakerId);
    this.media = new OwnMedia(remembered, {
      changed: () => this.#mediaChanged(),
      notice: (code, detail) => events.notice(code, detail),
    });
  }

  get name(): string {
    return this.#name;
  }
  get avatar(): string {
    return this.#avatar;
  }
  get handRaised(): boolean {
    return this.#hand;
  }

  /** What the others are told, but for reactions. */
  get self(): Omit<Self, "reaction"> {
    const { mic, cam, isSharing } = this.media;
    return {
      name: this.#name,
      avatar: this.#avatar,
      cam: cam.live,
      muted: !mic.live,
      sharing: isSharing,
      hand: this.#hand,
    };
  }

  setName(name: string): void {
    this.#name = cleanName(name);
    this.announce();
  }

  setAvatar(emoji: string): void {
    this.#avatar = cleanAvatar(emoji);
    this.announce();
  }

  raiseHand(up: boolean): void {
    this.#hand = up;
    this.announce();
  }

  /** Takes the hand down. The others are told with the next change. */
  dropHand(): void {
    this.#hand = false;
  }

  setMic(on: boolean): void {
    this.#micBeforeTalk = undefined;
    this.media.setMic(on);
    this.#remember();
  }

  setCamera(on: boolean): void {
    this.media.setCamera(on);
    this.#remember();
  }

  /** Opens the microphone while a key is down. What is remembered is the state without the key. */
  pushToTalk(down: boolean): void {
    if (down && this.#micBeforeTalk === undefined) {
      this.#micBeforeTalk = this.media.mic.on;
      this.media.setMic(true);
    } else if (!down && this.#micBeforeTalk !== undefined) {
      this.media.setMic(this.#micBeforeTalk);
      this.#micBeforeTalk = undefined;
    }
  }

  chooseMicrophone(id: string): void {
    this.media.chooseMicrophone(id);
    this.#remember();
  }

  chooseCamera(id: string): void {
    this.media.chooseCamera(id);
    this.#remember();
  }

  chooseSpeaker(id: string): void {
    this.outputs.choose(id);
    this.#remember();
    this.#events.speakerChanged();
  }

  /** Remembers this person as it is now, and reports it. */
  announce(): void {
    this.#remember();
    this.#events.changed();
  }

  close(): void {
    this.#isClosed = true;
    this.media.close();
  }

  #mediaChanged(): void {
    // `media` may report while it is being made.
    if (this.#isClosed || this.media === undefined) return;
    this.#events.tracksChanged();
    this.announce();
  }

  #remember(): void {
    const { choices } = this.media;
    const mic = this.#micBeforeTalk ?? choices.mic;
    const speakerId = this.outputs.chosen;
    remember({ ...choices, mic, name: this.#name, avatar: this.#avatar, speakerId });
  }
}
