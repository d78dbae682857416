/**
 * This person: name, avatar, raised hand and devices. It remembers them between visits, except for
 * the hand. It knows neither the meeting nor the other people.
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
  /** What is announced to the others may have changed. */
  changed(): void;
  /** The tracks that are sent may have changed. {@link OwnPersonEvents.changed} follows. */
  tracksChanged(): void;
  /** Another loudspeaker was chosen. */
  speakerChanged(): void;
  notice(code: NoticeCode, detail?: string): void;
}

/** This person, as announced to the others and remembered. */
export class OwnPerson {
  /**
   * Microphone, camera and screen. To switch or choose them, use the methods of {@link OwnPerson},
   * which also remember the choice.
   */
  readonly media: OwnMedia;
  readonly outputs: Outputs;
  readonly #events: OwnPersonEvents;
  #name: string;
  #avatar: string;
  #hand = false;
  /** While push-to-talk is down: whether the microphone was on before. */
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

  /** What is announced to the others, without the reaction. */
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

  /** Lowers the hand without announcing it: the next announcement will tell the others. */
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

  /** Switches the microphone on while a key is down. This is not remembered. */
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
    // `media` may report during its own construction.
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
