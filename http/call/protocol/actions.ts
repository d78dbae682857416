/**
 * What a {@link Meeting} asks its caller to do, and what it reports.
 *
 * @module
 */

/// <reference lib="dom" />

/**
 * Something that the caller of a meeting has to do. Each connection with another guest has a
 * number, and so has each dial of the hub.
 */
export type MeetingAction =
  | { readonly do: "hub-dial"; readonly dial: number }
  /** This connection with the hub is in use from now on. For information only. */
  | { readonly do: "hub-joined"; readonly dial: number }
  | { readonly do: "hub-hang-up"; readonly dial: number }
  | { readonly do: "hub-send"; readonly dial: number; readonly text: string }
  /**
   * If `offers`, open the `content` channel and make an offer. Otherwise an offer to answer
   * follows.
   */
  | { readonly do: "open"; readonly connection: number; readonly offers: boolean }
  | { readonly do: "describe"; readonly connection: number; readonly description: Description }
  | {
    readonly do: "candidate";
    readonly connection: number;
    readonly candidate: RTCIceCandidateInit;
  }
  | { readonly do: "close"; readonly connection: number }
  | { readonly do: "say"; readonly connection: number; readonly text: string }
  | { readonly do: "tell"; readonly event: MeetingEvent };

/** A session description. */
export type Description = { readonly type: "offer" | "answer"; readonly sdp: string };

/** Something that the person at this device may want to know. */
export type MeetingEvent =
  | { readonly what: "hub-lost" | "hub-back" | "room-full" }
  | { readonly what: "came" | "hand-raised" | "unreachable"; readonly key: string }
  | { readonly what: "went"; readonly key: string; readonly name: string }
  | { readonly what: "reaction"; readonly key: string; readonly emoji: string; readonly n: number }
  | {
    readonly what: "chat";
    readonly key: string;
    readonly text: string;
    readonly direct: boolean;
  };
