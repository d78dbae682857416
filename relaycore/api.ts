/**
 * The interface of a hub for the program that runs it: settings, hub, status. This file has only
 * types and one error class. `running_hub.ts` implements them.
 *
 * @module
 */

import type { BlobTurn } from "./join_link/blob.ts";

/** How to start a hub. */
export interface HubConfig {
  /**
   * True for the well-known identity, which browsers find without a link. False for the hub's own
   * identity, which is kept in the state file.
   */
  readonly fixedId: boolean;
  /** UDP port. If undefined, the saved port, or else the first free one of the preferred ports. */
  readonly port?: number;
  /** The state file. `relay-link.txt` is written beside it. */
  readonly statePath: string;
  /** The site that the link opens: an http(s) URL without query or fragment. */
  readonly base: string;
  /**
   * IPv4 addresses and host names to advertise. Addresses come before those that the hub finds, host
   * names come after them.
   */
  readonly advertise: readonly string[];
  /**
   * The media relay for the guests. If undefined, the hub runs its own on the first free one of the
   * preferred ports. A number is the UDP port of the hub's own media relay. `"off"` means no media
   * relay. An object is the TURN server of another program on this computer.
   */
  readonly turn?: "off" | number | BlobTurn;
  /** Whether the hub answers for its name on the network (mDNS). True by default. */
  readonly names?: boolean;
  /** Receives the hub's messages. Without it the hub logs nothing. */
  readonly log?: HubLog;
}

/** Receives messages of the hub, one sentence at a time. */
export interface HubLog {
  /** A problem that does not stop the hub. */
  warn(sentence: string): void;
  /** A change that the user may want to see, such as new addresses. */
  info(sentence: string): void;
  /** Details: guests that come and go, by id only, and errors inside the hub with their stack. */
  debug(sentence: string): void;
}

/** An address in the blob. */
export interface AdvertisedAddress {
  /** IPv4 in dotted decimal, or a host name. */
  readonly host: string;
  /** A remark for the user, for example "wlan0 · most likely your Wi-Fi". */
  readonly remark: string;
  /** Whether phones on the same Wi-Fi can be expected to reach it. */
  readonly reachable: boolean;
}

/** Numbers for people and for monitoring. They do not identify any guest. */
export interface HubStatus {
  /** Version of the program. */
  readonly version: string;
  /** Seconds since the start. */
  readonly uptimeSeconds: number;
  /** UDP port for guests. */
  readonly port: number;
  /** The addresses in the blob, best first. */
  readonly addresses: readonly AdvertisedAddress[];
  /** {@linkcode Hub.discovery}. */
  readonly discovery: boolean;
  /** Guests whose channel is open. */
  readonly guests: number;
  /** Rooms with at least one guest in them, including the room without a name. */
  readonly rooms: number;
  /** The media relay; null if the hub does not run one. */
  readonly turn: TurnStatus | null;
  /** Limits of the hub, by name. */
  readonly limits: Readonly<Record<string, number>>;
  /** Totals since the start: packets dropped by cause, frames routed. */
  readonly counters: Readonly<Record<string, number>>;
}

/** The status of the media relay, for {@link HubStatus}. */
export interface TurnStatus {
  /** UDP port. */
  readonly port: number;
  /** Allocations now. */
  readonly allocations: number;
  /** Packets relayed since the start. */
  readonly relayedPackets: number;
  /** Payload relayed since the start, in bytes. */
  readonly relayedBytes: number;
}

/**
 * A running hub. `using` stops it at the end of the block; `await using` also waits until it has
 * stopped.
 */
export interface Hub extends Disposable, AsyncDisposable {
  /** The join link for the current addresses. */
  readonly link: string;
  /** The blob in that link. */
  readonly blob: string;
  /** The UDP port. */
  readonly port: number;
  /** Whether browsers find this hub without its link: it has the well-known identity and port. */
  readonly discovery: boolean;
  /**
   * Resolves when the hub serves guests, and a test has shown that it can be joined. If it rejects,
   * the hub cannot serve guests, and the caller has to call {@linkcode Hub.stop}.
   */
  readonly ready: Promise<void>;
  /** Whether the hub serves guests: from {@linkcode Hub.ready} until {@linkcode Hub.stop}. */
  readonly serving: boolean;
  /**
   * Whether nobody uses the hub and it does nothing in the background: there is no guest, no
   * handshake and no media allocation, and the start is over.
   */
  readonly idle: boolean;
  /** The addresses in the blob, best first. */
  readonly addresses: readonly AdvertisedAddress[];
  /** The current numbers. */
  status(): HubStatus;
  /** Whether a valid connectivity check came from this IPv4 address, so UDP from it gets through. */
  hasHeardFrom(address: string): boolean;
  /** Announces the TCP port of the QR page on the network (DNS-SD). */
  setPagePort(port: number): void;
  /**
   * Calls `listener` after every change of `addresses`. `blob` and `link` change with them.
   *
   * @returns a function that ends the subscription.
   */
  onChange(listener: () => void): () => void;
  /**
   * Reports an error in the hub's own code that was caught by the caller. The hub counts it as
   * `internal-error` and logs it with its stack.
   */
  reportError(error: unknown): void;
  /** Says goodbye to every guest and frees all ports. A second call waits for the first one. */
  stop(): Promise<void>;
}

/**
 * The hub cannot start until the user fixes something. The message says in one or two sentences
 * what is wrong, where, and how to fix it.
 */
export class HubStartError extends Error {
  /** The name of the class. */
  override readonly name = "HubStartError";
}
