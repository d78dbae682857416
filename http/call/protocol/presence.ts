/**
 * What guests tell each other through the hub (wire contract §3): presence, its `meta` that only this
 * page understands (§8), and the signalling of media. Values in, checked values out.
 *
 * @module
 */

/// <reference lib="dom" />

import { REACTIONS } from "../state.ts";
import { asObject, asText, type JsonObject } from "./checked.ts";
import {
  MAX_CANDIDATE_LENGTH,
  MAX_CANDIDATES,
  MAX_SDP_LENGTH,
  MAX_SDP_SECTIONS,
} from "./limits.ts";
import { cleanAvatar, cleanName } from "./text.ts";

/** Known only for guests that use this page. */
export interface OursMeta {
  /** Names the open page, so that a person is known again under a new id of the hub. */
  readonly tab: string;
  readonly muted: boolean;
  readonly sharing: boolean;
  readonly hand: boolean;
  readonly reaction?: { readonly emoji: string; readonly n: number };
  /** The height in pixels at which it shows the receiver of this; 0 for not at all. */
  readonly wants?: number;
}

/** A guest's beacon. */
export interface Presence {
  readonly name: string;
  readonly cam: boolean;
  readonly avatar: string;
  /** Undefined for a guest of the deployed kind. */
  readonly ours?: OursMeta;
}

/** A session description or a candidate for the link between two guests. */
export type Signal =
  | { readonly description: { readonly type: "offer" | "answer"; readonly sdp: string } }
  | { readonly candidate: RTCIceCandidateInit };

/** A payload that another guest sent. */
export type Payload =
  | { readonly k: "hi" }
  | { readonly k: "bye" }
  | { readonly k: "present"; readonly presence: Presence }
  /** `dial` numbers the dialler's connections; only between pages of this kind. */
  | { readonly k: "sig"; readonly signal: Signal; readonly dial?: number }
  /** Asks the dialler for a new connection; only between pages of this kind. */
  | { readonly k: "redial" };

/** The mark of this page in `meta`: what it understands beyond the wire contract, by version. */
const OURS_VERSION = 1;
const MAX_COUNT = 1_000_000_000;

/** Reads a payload. @returns undefined for a payload that is to be ignored. */
export function decodePayload(value: unknown): Payload | undefined {
  const payload = asObject(value);
  switch (payload?.k) {
    case "hi":
    case "bye":
    case "redial":
      return { k: payload.k };
    case "present":
      return { k: "present", presence: decodePresence(payload) };
    case "sig": {
      const signal = decodeSignal(asObject(payload.payload));
      return signal && { k: "sig", signal, dial: asCount(payload.n) };
    }
  }
}

/** The payload that announces this guest. */
export function encodePresence({ name, cam, avatar, ours }: Presence): JsonObject {
  return {
    k: "present",
    name,
    cam,
    avatar,
    meta: ours && {
      kbz: OURS_VERSION,
      tab: ours.tab,
      muted: ours.muted,
      share: ours.sharing,
      hand: ours.hand,
      re: ours.reaction && [ours.reaction.emoji, ours.reaction.n],
      wants: ours.wants,
    },
  };
}

/** The payload that carries a description or candidate. */
export function encodeSignal(signal: Signal, dial: number | undefined): JsonObject {
  const payload = "description" in signal
    ? { d: { type: signal.description.type, sdp: signal.description.sdp } }
    : { c: signal.candidate };
  return { k: "sig", payload, n: dial };
}

/** Wrong types count as absent: a guest of another version is a guest all the same. */
function decodePresence({ name, cam, avatar, meta }: JsonObject): Presence {
  const about = asObject(meta);
  const tab = asText(about?.tab, 32);
  return {
    name: cleanName(name),
    cam: cam === true,
    avatar: cleanAvatar(avatar),
    ours: about !== undefined && typeof about.kbz === "number" && tab
      ? {
        tab,
        muted: about.muted === true,
        sharing: about.share === true,
        hand: about.hand === true,
        reaction: decodeReaction(about.re),
        wants: asCount(about.wants),
      }
      : undefined,
  };
}

function decodeReaction(value: unknown): OursMeta["reaction"] {
  if (!Array.isArray(value)) return undefined;
  const n = asCount(value[1]);
  return n !== undefined && REACTIONS.includes(value[0]) ? { emoji: value[0], n } : undefined;
}

function decodeSignal(payload: JsonObject | undefined): Signal | undefined {
  const description = asObject(payload?.d);
  if (description !== undefined) {
    const { type } = description;
    const sdp = asText(description.sdp, MAX_SDP_LENGTH);
    if (sdp === undefined || (type !== "offer" && type !== "answer")) return undefined;
    return isPlausibleSdp(sdp) ? { description: { type, sdp } } : undefined;
  }
  const candidate = asObject(payload?.c);
  if (candidate === undefined) return undefined;
  const line = asText(candidate.candidate, MAX_CANDIDATE_LENGTH);
  const mid = asText(candidate.sdpMid, 64);
  const index = asCount(candidate.sdpMLineIndex);
  if (line === undefined || (mid === undefined && index === undefined)) return undefined;
  const fragment = asText(candidate.usernameFragment, 256);
  return {
    candidate: {
      candidate: line,
      sdpMid: mid ?? null,
      sdpMLineIndex: index ?? null,
      ...fragment === undefined ? {} : { usernameFragment: fragment },
    },
  };
}

/** Whether to give it to the browser. The browser itself reports errors inside it. */
function isPlausibleSdp(sdp: string): boolean {
  const sections = sdp.match(/^m=/gm)?.length ?? 0;
  // The browser checks each candidate, and those in a description cost as much as trickled ones.
  const candidates = sdp.match(/^a=candidate:/gm)?.length ?? 0;
  return sdp.startsWith("v=0") && sections >= 1 && sections <= MAX_SDP_SECTIONS &&
    candidates <= MAX_CANDIDATES;
}

function asCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_COUNT
    ? value
    : undefined;
}
