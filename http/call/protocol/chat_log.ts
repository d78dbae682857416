/**
 * The chat and the notices: bounded lists, oldest first.
 *
 * @module
 */

import { type Chat, type ChatMessage, type Notice, noticeWeight } from "../state.ts";
import { MAX_MESSAGES, MAX_NOTICES } from "./limits.ts";
import { splitLinks } from "./text_links.ts";

/** A message without what the log adds. */
export type NewMessage = Omit<ChatMessage, "n" | "parts"> & { readonly text: string };

/** What was said. */
export class ChatLog {
  #chat: Chat = { messages: [], unread: 0 };
  #count = 0;

  get chat(): Chat {
    return this.#chat;
  }

  /** @param text cleaned. */
  add({ text, ...about }: NewMessage): void {
    const message = { ...about, n: ++this.#count, parts: splitLinks(text) };
    const messages = [...this.#chat.messages, message];
    if (messages.length > MAX_MESSAGES) messages.splice(oldestOfTheMost(messages), 1);
    const unread = this.#chat.unread + (about.from === "me" ? 0 : 1);
    this.#chat = { messages, unread: Math.min(unread, MAX_MESSAGES) };
  }

  seen(): void {
    if (this.#chat.unread > 0) this.#chat = { ...this.#chat, unread: 0 };
  }
}

/** The first message of who has written the most, so that one person alone displaces only itself. */
function oldestOfTheMost(messages: readonly ChatMessage[]): number {
  const counts = new Map<string, number>();
  for (const { from } of messages) counts.set(from, (counts.get(from) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return messages.findIndex(({ from }) => counts.get(from) === most);
}

/** What happened. */
export class NoticeList {
  #notices: readonly Notice[] = [];
  #count = 0;

  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /**
   * Adds a notice. One that matters replaces an earlier one of the same code and person. If there are
   * too many, the oldest of the least important ones is dropped, which may be the new one. So nobody
   * can hide a warning behind other notices.
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

  dismiss(n: number): void {
    this.#notices = this.#notices.filter((notice) => notice.n !== n);
  }
}
