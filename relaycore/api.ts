/**
 * What the engine shows to those who run it: the command line, the QR page, other programs. Types
 * only; `running_hub.ts` fills them.
 *
 * @module
 */

import type { BlobTurn } from "./join_link/blob.ts";

/** How to start a hub. */
export interface HubConfig {
  /**
   * True for the well-known identity, which browsers find without a link; false for the hub's own,
   * kept in the state file.
   */
  readonly fixedId: boolean;
  /** UDP port; undefined for the saved one, else the first free of the preferred ports. */
  readonly port?: number;
  /** The state file. `relay-link.txt` is written beside it. */
  readonly statePath: string;
  /** The site that the link opens: an http(s) URL without query or fragment. */
  readonly base: string;
  /** IPv4 addresses or host names to advertise before those that are found. */
  readonly advertise: readonly string[];
  /**
   * Who relays the guests' media: undefined for the hub itself on the first of its preferred ports
   * that is free, a number for the hub itself on that UDP port, `"off"` for nobody, or a TURN server
   * that somebody else runs on this computer.
   */
  readonly turn?: "off" | number | BlobTurn;
  /** Whether the hub answers for its name on the network (mDNS); it does unless this is false. */
  readonly names?: boolean;
  /** Where the hub tells what happens; nothing is written anywhere without it. */
  readonly log?: HubLog;
}

/** Receives what the hub has to say, one sentence at a time. */
export interface HubLog {
  /** Something is not as wanted, and the hub runs on. */
  warn(sentence: string): void;
  /** Something changed that the person may want to see: addresses. */
  info(sentence: string): void;
  /** Comings and goings of guests, by id only. */
  debug(sentence: string): void;
}

/** An address that the blob carries, and what a person should know of it. */
export interface AdvertisedAddress {
  /** IPv4 in dotted decimal, or a host name. */
  readonly host: string;
  /** For people: "wlan0 · most likely your Wi-Fi". */
  readonly remark: string;
  /** Whether phones on the same Wi-Fi can be expected to reach it. */
  readonly reachable: boolean;
}

/** Counts for people and for monitoring. Nothing in it tells one guest from another. */
export interface HubStatus {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly port: number;
  /** Whether guests are served at the moment: not before {@linkcode Hub.ready}, and not after. */
  readonly serving: boolean;
  readonly addresses: readonly AdvertisedAddress[];
  /** Whether zero-input discovery can find this hub: the well-known identity on its own port. */
  readonly discovery: boolean;
  /** Guests whose channel is open. */
  readonly guests: number;
  /** Rooms with at least one guest in them, the nameless one included. */
  readonly rooms: number;
  /** The media relay; null if the hub does not run one. */
  readonly turn: TurnStatus | null;
  readonly limits: Readonly<Record<string, number>>;
  /** Totals since the start: packets dropped by cause, frames routed. */
  readonly counters: Readonly<Record<string, number>>;
}

/** What the media relay does, for {@link HubStatus}. */
export interface TurnStatus {
  readonly port: number;
  readonly allocations: number;
  /** Since the start. */
  readonly relayedPackets: number;
  /** Payload, since the start. */
  readonly relayedBytes: number;
}

/** A hub that runs. Leaving the block of a `using` stops it, that of an `await using` waits for it. */
export interface Hub extends Disposable, AsyncDisposable {
  /** The join link for the addresses of this moment. */
  readonly link: string;
  /** The blob in that link. */
  readonly blob: string;
  /** The UDP port. */
  readonly port: number;
  /**
   * Resolves when guests are served. Rejects if they cannot be; such a hub is good for nothing but
   * {@linkcode Hub.stop}.
   */
  readonly ready: Promise<void>;
  /** What the blob advertises, best first. */
  readonly addresses: readonly AdvertisedAddress[];
  status(): HubStatus;
  /** Whether a valid connectivity check ever came from this IPv4 address: UDP from it gets through. */
  hasHeardFrom(address: string): boolean;
  /** Tells those who browse the network (DNS-SD) that the QR page is on this TCP port. */
  setPagePort(port: number): void;
  /**
   * Calls `listener` after every change of `addresses` (and with it `blob` and `link`).
   *
   * @returns a function that ends the subscription.
   */
  onChange(listener: () => void): () => void;
  /**
   * Counts an error that got out of the hub's own code as `internal-error`, and logs it with its
   * stack for those who want details.
   */
  reportError(error: unknown): void;
  /** Says goodbye to every guest and frees the port. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

/**
 * Something that a person has to put right before the hub can start. The message is one or two
 * sentences for that person: what is wrong, where, and how to mend it.
 */
export class HubStartError extends Error {
  override readonly name = "HubStartError";
}
