/**
 * What is remembered between visits. Storage may be missing, full or forbidden (trap 5); then nothing
 * is remembered, and nothing else happens.
 *
 * @module
 */

/// <reference lib="dom" />

import { asObject } from "../protocol/checked.ts";
import { cleanAvatar, cleanName } from "../protocol/text.ts";

/** What is remembered. */
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

export function recall(): Remembered {
  let stored: unknown;
  try {
    stored = JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    // The same as on a first visit.
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

export function remember(what: Remembered): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(what));
  } catch {
    // It is asked again next time.
  }
}
