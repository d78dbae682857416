/**
 * The frames of the `hub` channel, as a guest reads and writes them (docs/PROTOCOL.md §2).
 *
 * @module
 */

import { asId, parseObject } from "./checked.ts";
import { MAX_FRAME_LENGTH } from "./limits.ts";

/** A frame from the hub. */
export type HubFrame =
  | { readonly t: "id"; readonly id: number }
  | { readonly t: "peers"; readonly ids: readonly number[] }
  | { readonly t: "from"; readonly id: number; readonly payload: unknown }
  | { readonly t: "echo" };

/**
 * Reads a frame of the hub. @returns undefined if the frame is invalid or unknown; it is then
 * ignored.
 */
export function decodeHubFrame(text: unknown): HubFrame | undefined {
  const frame = parseObject(text, MAX_FRAME_LENGTH);
  switch (frame?.t) {
    case "id": {
      const id = asId(frame.id);
      return id === undefined ? undefined : { t: "id", id };
    }
    case "peers":
      return Array.isArray(frame.ids)
        ? { t: "peers", ids: frame.ids.filter((id) => asId(id) !== undefined) }
        : undefined;
    case "from": {
      const id = asId(frame.id);
      return id === undefined ? undefined : { t: "from", id, payload: frame.payload };
    }
    case "echo":
      return { t: "echo" };
  }
}

/** Writes the frame that moves this guest to a room. `room` is the room's key. */
export function encodeJoin(room: string): string {
  return JSON.stringify({ t: "join", room });
}

/** The frame that asks who is in the room. */
export const PEERS_FRAME = `{"t":"peers"}`;

/** Writes the frame that sends a payload to another guest. `id` is the guest's id. */
export function encodeTo(id: number, payload: unknown): string {
  return JSON.stringify({ t: "to", id, payload });
}
