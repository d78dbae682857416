/**
 * Sends and receives chat messages on the connections with the others. Texts go in; actions come
 * out. It knows no hub, and does not keep messages.
 *
 * @module
 */

/// <reference lib="dom" />

import type { MeetingAction } from "./actions.ts";
import { decodeContent, encodeChat } from "./content.ts";
import type { Roster } from "./roster.ts";

/** Sends this person's messages, and reads those of the others. */
export class Messages {
  readonly #roster: Roster;
  readonly #perform: (action: MeetingAction) => void;

  constructor(roster: Roster, perform: (action: MeetingAction) => void) {
    this.#roster = roster;
    this.#perform = perform;
  }

  /**
   * Sends a chat message to all, or to the person with the key `to`.
   *
   * @returns on how many connections it is sent.
   */
  say(text: string, to: string | undefined): number {
    const direct = to !== undefined;
    let reached = 0;
    for (const { key, link, connection } of this.#roster.members) {
      if ((direct && key !== to) || !link.isConnected || connection === undefined) continue;
      const content = encodeChat({ text, direct });
      this.#perform({ do: "say", connection: connection.number, text: content });
      reached++;
    }
    return reached;
  }

  /** Takes a message from the `content` channel of a connection. Too many are ignored. */
  receive(connection: number, data: unknown, now: number): void {
    const member = this.#roster.byConnection(connection);
    if (member === undefined || !member.quota.contents.take(now)) return;
    const chat = decodeContent(data);
    if (chat !== undefined && member.quota.chats.take(now)) {
      this.#perform({ do: "tell", event: { what: "chat", key: member.key, ...chat } });
    }
  }
}
