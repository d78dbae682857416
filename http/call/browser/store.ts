/**
 * Remembers names and choices between visits. Storage may be missing, full or forbidden
 * (docs/CALL.md, trap 5). Then nothing is remembered, and everything else works.
 *
 * @module
 */

/// <reference lib="dom" />

import { asObject } from "../protocol/checked.ts";
import { cleanAvatar, cleanName } from "../protocol/text.ts";

/** What is remembered between visits. */
export interface Remembered {
  readonly name: string;
  readonly avatar: string;
  readonly mic: boolean;
  readonly cam: boolean;
  readonly micId: string;
  readonly camId: string;
  readonly speakerId: string;
}

const KEY = "kibitz-call";

/** Reads what is remembered. What is missing or invalid has the value of a first visit. */
export function recall(): Remembered {
  let stored: unknown;
  try {
    stored = JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    // Nothing is remembered, as on a first visit.
  }
  const { name, avatar, mic, cam, micId, camId, speakerId } = asObject(stored) ?? {};
  const id = (value: unknown) => typeof value === "string" ? value : "";
  return {
    name: cleanName(name),
    avatar: cleanAvatar(avatar),
    mic: mic !== false,
    cam: cam !== false,
    micId: id(micId),
    camId: id(camId),
    speakerId: id(speakerId),
  };
}

/** Replaces what is remembered. */
export function remember(what: Remembered): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(what));
  } catch {
    // The person enters it again at the next visit.
  }
}
