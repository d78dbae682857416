/**
 * Chat messages on the connections with the others. Texts in; actions out. It knows no hub, and does
 * not keep what was said.
 *
 * @module
 */

/// <reference lib="dom" />

import type { MeetingAction } from "./actions.ts";
import { decodeContent, encodeChat } from "./content.ts";
import type { Roster } from "./roster.ts";

/** Sends messages, and reads those of others. */
export class Messages {
  readonly #roster: Roster;
  readonly #perform: (action: MeetingAction) => void;

  constructor(roster: Roster, perform: (action: MeetingAction) => void) {
    this.#roster = roster;
    this.#perform = perform;
  }

  /**
   * Says something to all or to one.
   *
   * @returns on how many connections it was sent.
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

  /** A message came on a `content` channel. More than a person may send is ignored. */
  receive(connection: number, data: unknown, now: number): void {
    const member = this.#roster.byConnection(connection);
    if (member === undefined || !member.quota.contents.take(now)) return;
    const chat = decodeContent(data);
    if (chat !== undefined && member.quota.chats.take(now)) {
      this.#perform({ do: "tell", event: { what: "chat", key: member.key, ...chat } });
    }
  }
}
