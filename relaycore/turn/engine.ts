/**
 * An engine drives a {@link TurnServer}: it has a socket, a clock and a loop. There are two
 * engines, one that works on every system and a faster one for Linux. This file holds only the
 * types that they share.
 *
 * @module
 */

import type { HubAddress } from "./hub_addresses.ts";

/** The configuration of an engine. It is plain data, so that it can be posted to a worker. */
export interface EngineConfig {
  readonly realm: string;
  readonly username: string;
  readonly password: string;
  readonly hostAddresses: readonly HubAddress[];
}

/** Totals since the start, and the current number of allocations. */
export interface EngineTotals {
  readonly allocations: number;
  readonly relayedPackets: number;
  readonly relayedBytes: number;
  readonly counters: Readonly<Record<string, number>>;
}

/** A running media relay. */
export interface Engine {
  readonly port: number;
  /** The totals, at most about a second old. */
  totals(): EngineTotals;
  setHostAddresses(hostAddresses: readonly HubAddress[]): void;
  /** Frees the port. Further calls wait for the same stop to finish. */
  stop(): Promise<void>;
}
