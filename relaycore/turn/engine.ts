/**
 * An engine drives a {@link TurnServer}: it has a socket, a clock and a loop. There are two
 * engines, one that works on every system and a faster one for Linux. This file holds only
 * what they share.
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

/** The totals of an engine that has not relayed yet. */
export const NOTHING_YET: EngineTotals = {
  allocations: 0,
  relayedPackets: 0,
  relayedBytes: 0,
  counters: {},
};

/** A running media relay. */
export interface Engine {
  /**
   * `"datagram"` for Deno's own socket, which every system has; `"thread"` for a separate thread
   * with batched system calls.
   */
  readonly kind: "datagram" | "thread";
  readonly port: number;
  /** The totals, at most about a second old. */
  totals(): EngineTotals;
  setHostAddresses(hostAddresses: readonly HubAddress[]): void;
  /** Frees the port. Further calls wait for the same stop to finish. */
  stop(): Promise<void>;
}
