/**
 * The lists of chat messages and of notices: bounded, oldest first.
 *
 * @module
 */

import { type Chat, type ChatMessage, type Notice, noticeWeight } from "../state.ts";
import { MAX_MESSAGES, MAX_NOTICES } from "./limits.ts";
import { splitLinks } from "./text_links.ts";

/** A chat message without the members that the log adds. */
export type NewMessage = Omit<ChatMessage, "n" | "parts"> & { readonly text: string };

/** The chat messages. */
export class ChatLog {
  #chat: Chat = { messages: [], unread: 0 };
  #count = 0;

  /** The messages, and how many are unread. It is a new object after each change. */
  get chat(): Chat {
    return this.#chat;
  }

  /** Adds a message, whose text must be cleaned. */
  add({ text, ...about }: NewMessage): void {
    const message = { ...about, n: ++this.#count, parts: splitLinks(text) };
    const messages = [...this.#chat.messages, message];
    if (messages.length > MAX_MESSAGES) messages.splice(oldestOfTheMost(messages), 1);
    const unread = this.#chat.unread + (about.from === "me" ? 0 : 1);
    this.#chat = { messages, unread: Math.min(unread, MAX_MESSAGES) };
  }

  /** The person has read all messages. */
  seen(): void {
    if (this.#chat.unread > 0) this.#chat = { ...this.#chat, unread: 0 };
  }
}

/**
 * The index of the oldest message of the person with the most messages. So a person that writes
 * without end displaces only its own messages.
 */
function oldestOfTheMost(messages: readonly ChatMessage[]): number {
  const counts = new Map<string, number>();
  for (const { from } of messages) counts.set(from, (counts.get(from) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return messages.findIndex(({ from }) => counts.get(from) === most);
}

/** The notices. */
export class NoticeList {
  #notices: readonly Notice[] = [];
  #count = 0;

  /** The notices. It is a new array after each change. */
  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /**
   * Adds a notice. One that matters replaces an earlier one of the same code and person. If there
   * are too many, the oldest of the least important ones is dropped, which may be the new one. So
   * nobody can hide a warning behind other notices.
   */
  add(notice: Omit<Notice, "n">): void {
    const { code, key } = notice;
    const isRepeated = (other: Notice) =>
      noticeWeight(code) > 0 && other.code === code && other.key === key;
    const notices = this.#notices.filter((other) => !isRepeated(other));
    notices.push({ ...notice, n: ++this.#count });
    if (notices.length > MAX_NOTICES) {
      const least = Math.min(...notices.map((other) => noticeWeight(other.code)));
      notices.splice(notices.findIndex((other) => noticeWeight(other.code) === least), 1);
    }
    this.#notices = notices;
  }

  /** Removes a notice, by its number. */
  dismiss(n: number): void {
    this.#notices = this.#notices.filter((notice) => notice.n !== n);
  }
}
