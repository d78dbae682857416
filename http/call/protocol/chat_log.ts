/**
 * The chat and the notices: bounded lists, oldest first.
 *
 * @module
 */

import type { Chat, ChatMessage, Notice } from "../state.ts";
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
    const messages = [...this.#chat.messages, message].slice(-MAX_MESSAGES);
    const unread = this.#chat.unread + (about.from === "me" ? 0 : 1);
    this.#chat = { messages, unread: Math.min(unread, MAX_MESSAGES) };
  }

  seen(): void {
    if (this.#chat.unread > 0) this.#chat = { ...this.#chat, unread: 0 };
  }
}

/** What happened. */
export class NoticeList {
  #notices: readonly Notice[] = [];
  #count = 0;

  get notices(): readonly Notice[] {
    return this.#notices;
  }

  add(notice: Omit<Notice, "n">): void {
    this.#notices = [...this.#notices, { ...notice, n: ++this.#count }].slice(-MAX_NOTICES);
  }

  dismiss(n: number): void {
    this.#notices = this.#notices.filter((notice) => notice.n !== n);
  }
}
