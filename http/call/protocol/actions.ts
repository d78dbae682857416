/**
 * The actions that a {@link Meeting} asks for, and what it reports.
 *
 * @module
 */

/// <reference lib="dom" />

/** Something to be done outside. Connections are numbered, and so are the dials of the hub. */
export type MeetingAction =
  | { readonly do: "hub-dial"; readonly dial: number }
  /** The connection is the one in use from now on. Nothing has to be done for that. */
  | { readonly do: "hub-joined"; readonly dial: number }
  | { readonly do: "hub-hang-up"; readonly dial: number }
  | { readonly do: "hub-send"; readonly dial: number; readonly text: string }
  /** `offers`: open the `content` channel and make an offer. Else an offer follows to be answered. */
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

/** Something that people may want to know. */
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
