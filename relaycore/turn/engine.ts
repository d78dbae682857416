/**
 * What drives a {@link TurnServer}: a socket, a clock and a loop. There are two, one for every
 * system and a faster one for Linux; this is what they have in common. Types only.
 *
 * @module
 */

import type { HubAddress } from "./hub_addresses.ts";

/** What an engine needs to know. Plain data, so that it can be posted to a worker. */
export interface EngineConfig {
  readonly realm: string;
  readonly username: string;
  readonly password: string;
  readonly hostAddresses: readonly HubAddress[];
}

/** Totals since the start, and the allocations of this moment. */
export interface EngineTotals {
  readonly allocations: number;
  readonly relayedPackets: number;
  readonly relayedBytes: number;
  readonly counters: Readonly<Record<string, number>>;
}

/** A relay that runs. */
export interface Engine {
  readonly port: number;
  /** At most about a second old. */
  totals(): EngineTotals;
  setHostAddresses(hostAddresses: readonly HubAddress[]): void;
  /** Frees the port. Calling it again waits for the same end. */
  stop(): Promise<void>;
}
