/**
 * What this person is told of the call: the chat, the notices and the reactions. It keeps a bounded
 * number of them. It sends nothing, and does not know how they are shown.
 *
 * @module
 */

/// <reference lib="dom" />

import type { MeetingEvent } from "../protocol/actions.ts";
import { ChatLog, NoticeList } from "../protocol/chat_log.ts";
import { REACTION_MS } from "../protocol/limits.ts";
import type { Presence } from "../protocol/presence.ts";
import type { Chat, Notice, NoticeCode, Reaction } from "../state.ts";
import type { PeopleMedia } from "./people_media.ts";

/** What an {@link Activity} needs of the call. */
export interface ActivityOwner {
  /** Keeps the reactions of the others. */
  readonly people: Pick<PeopleMedia, "of" | "setReaction">;
  /** The latest presence of a person; undefined for an unknown key. */
  presenceOf(key: string): Presence | undefined;
  /** Whether this person is in the call. Only then there are notices of coming and going. */
  isInCall(): boolean;
  /** Chat or notices have changed. */
  changed(): void;
  /** This person's reaction has changed. */
  reacted(): void;
}

/** A message of this person. */
export interface OwnMessage {
  readonly name: string;
  readonly avatar: string;
  /** Cleaned. */
  readonly text: string;
  readonly direct: boolean;
  /** The receiver's name, if the message is for one person only. */
  readonly to: string | undefined;
  /** How many people got it. */
  readonly reached: number;
}

/** Keeps the chat, the notices and the reactions. */
export class Activity {
  readonly #owner: ActivityOwner;
  readonly #chat = new ChatLog();
  readonly #notices = new NoticeList();
  #reaction: Reaction | undefined;
  #reactions = 0;

  constructor(owner: ActivityOwner) {
    this.#owner = owner;
  }

  get chat(): Chat {
    return this.#chat.chat;
  }
  get notices(): readonly Notice[] {
    return this.#notices.notices;
  }
  /** This person's reaction, while it is shown. */
  get reaction(): Reaction | undefined {
    return this.#reaction;
  }

  /** Something happened in the meeting. */
  tell(event: MeetingEvent): void {
    const isIn = this.#owner.isInCall();
    switch (event.what) {
      case "hub-lost":
      case "hub-back":
      case "room-full":
        return this.notice(event.what);
      case "came":
        if (isIn) this.notice("joined", event);
        return;
      case "went":
        if (isIn) this.notice("left", event);
        return;
      case "hand-raised":
        return this.notice("hand-raised", event);
      case "unreachable":
        return this.notice("person-unreachable", event);
      case "reaction":
        return this.#showReaction(event.key, event.emoji);
      case "chat": {
        const { key, text, direct } = event;
        const { name = "", avatar = "" } = this.#owner.presenceOf(key) ?? {};
        this.#chat.add({ from: key, name, avatar, text, direct, at: Date.now() });
        return this.notice("message", { key });
      }
    }
  }

  /**
   * Adds a notice.
   *
   * @param about the person, if it is about one, and a detail for the sentence. The name is looked
   *   up by the key if it is left out.
   */
  notice(
    code: NoticeCode,
    about: { readonly key?: string; readonly name?: string; readonly detail?: string } = {},
  ): void {
    const { key, detail } = about;
    const name = about.name ?? (key === undefined ? undefined : this.#owner.presenceOf(key)?.name);
    this.#notices.add({ code, key, name, detail, at: Date.now() });
    this.#owner.changed();
  }

  /**
   * The safety symbols of a person have changed. There is no notice if it uses the deployed web
   * app, whose symbols change with every redial.
   */
  safetyChanged(key: string): void {
    if (this.#owner.presenceOf(key)?.ours !== undefined) this.notice("safety-changed", { key });
  }

  dismiss(n: number): void {
    this.#notices.dismiss(n);
    this.#owner.changed();
  }

  /** Adds a message of this person to the chat. */
  said(message: OwnMessage): void {
    this.#chat.add({ from: "me", ...message, at: Date.now() });
    if (message.reached === 0) this.notice("message-reached-nobody");
    this.#owner.changed();
  }

  /** The person has seen the chat. */
  chatSeen(): void {
    this.#chat.seen();
    this.#owner.changed();
  }

  /** Shows a reaction of this person for a while. */
  react(emoji: string): void {
    const reaction = this.#reaction = { emoji, n: ++this.#reactions };
    this.#owner.reacted();
    setTimeout(() => {
      if (this.#reaction !== reaction) return;
      this.#reaction = undefined;
      this.#owner.reacted();
    }, REACTION_MS);
  }

  /** Shows a reaction of somebody else for a while. */
  #showReaction(key: string, emoji: string): void {
    const { people } = this.#owner;
    const reaction = { emoji, n: ++this.#reactions };
    people.setReaction(key, reaction);
    setTimeout(() => {
      if (people.of(key)?.reaction === reaction) people.setReaction(key, undefined);
    }, REACTION_MS);
  }
}
