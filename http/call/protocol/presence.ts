/**
 * The payloads that guests send each other through the hub (docs/PROTOCOL.md §3): presence, with a
 * `meta` that only this page understands (§8), and signalling. Payloads go in; checked values come
 * out.
 *
 * Guests use either this page or the deployed web app, kibitz.chat, which cannot be changed.
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

/** What only a guest that uses this page announces. */
export interface OursMeta {
  /**
   * A random text that identifies the open page, so that its person is recognized under a new id.
   */
  readonly tab: string;
  readonly muted: boolean;
  readonly sharing: boolean;
  readonly hand: boolean;
  readonly reaction?: { readonly emoji: string; readonly n: number };
  /** The height in pixels at which the sender shows the receiver of this; 0 if it does not. */
  readonly wants?: number;
}

/** What a guest announces about itself. */
export interface Presence {
  readonly name: string;
  readonly cam: boolean;
  readonly avatar: string;
  /** Undefined for a guest that uses the deployed web app. */
  readonly ours?: OursMeta;
}

/** A session description or a candidate, for the link between two guests. */
export type Signal =
  | { readonly description: { readonly type: "offer" | "answer"; readonly sdp: string } }
  | { readonly candidate: RTCIceCandidateInit };

/** A payload that another guest sent. */
export type Payload =
  | { readonly k: "hi" }
  | { readonly k: "bye" }
  | { readonly k: "present"; readonly presence: Presence }
  /** `dial` is the dialler's number of the connection. Only guests that use this page send it. */
  | { readonly k: "sig"; readonly signal: Signal; readonly dial?: number }
  /** Asks the receiver to dial. Only guests that use this page send and understand it. */
  | { readonly k: "redial" };

/**
 * The version of this page's additions to the protocol. In `meta` it shows that a guest uses this
 * page.
 */
const OURS_VERSION = 1;
/** The largest number in a payload that is accepted. */
const MAX_COUNT = 1_000_000_000;

/** Reads a payload. @returns undefined if it is invalid or unknown; it is then ignored. */
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

/** Writes the payload that announces this guest. */
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

/** Writes the payload that carries a description or a candidate. */
export function encodeSignal(signal: Signal, dial: number | undefined): JsonObject {
  const payload = "description" in signal
    ? { d: { type: signal.description.type, sdp: signal.description.sdp } }
    : { c: signal.candidate };
  return { k: "sig", payload, n: dial };
}

/** Members of a wrong type count as absent, because a guest of another version may send them. */
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

/** Whether to pass an SDP on to the browser, which finds the errors inside it. */
function isPlausibleSdp(sdp: string): boolean {
  const sections = sdp.match(/^m=/gm)?.length ?? 0;
  // Candidates in a description cost the browser as much as trickled ones, which are limited, too.
  const candidates = sdp.match(/^a=candidate:/gm)?.length ?? 0;
  return sdp.startsWith("v=0") && sections >= 1 && sections <= MAX_SDP_SECTIONS &&
    candidates <= MAX_CANDIDATES;
}

/** The value if it is an integer from 0 to {@link MAX_COUNT}; otherwise undefined. */
function asCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_COUNT
    ? value
    : undefined;
}
