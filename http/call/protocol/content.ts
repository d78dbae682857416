/**
 * The messages of the `content` channel between two guests (docs/PROTOCOL.md §8).
 *
 * @module
 */

import { parseObject } from "./checked.ts";
import { MAX_CONTENT_LENGTH } from "./limits.ts";
import { cleanText } from "./text.ts";

/** A chat message. */
export interface ContentChat {
  readonly text: string;
  /** Whether the message is for the receiver only. */
  readonly direct: boolean;
}

/** Reads a message. @returns undefined if it is invalid, empty or not a chat message. */
export function decodeContent(text: unknown): ContentChat | undefined {
  const message = parseObject(text, MAX_CONTENT_LENGTH);
  if (message?.k !== "chat") return undefined;
  const cleaned = cleanText(message.text);
  return cleaned === "" ? undefined : { text: cleaned, direct: message.dm === true };
}

/** Writes a chat message. */
export function encodeChat({ text, direct }: ContentChat): string {
  return JSON.stringify(direct ? { k: "chat", text, dm: true } : { k: "chat", text });
}
