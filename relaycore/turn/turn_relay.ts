/**
 * The TURN relay as the rest of the hub sees it. It picks the engine that suits the system; what
 * datagrams mean is in `server.ts`.
 *
 * @module
 */

import {
  TURN_MAX_ALLOCATIONS,
  TURN_MAX_ALLOCATIONS_PER_ADDRESS,
  TURN_MAX_PACKETS_PER_SECOND,
} from "../limits.ts";
import { DatagramEngine } from "./datagram_engine.ts";
import type { Engine, EngineConfig } from "./engine.ts";
import type { HubAddress } from "./hub_addresses.ts";
import { canUseLinuxUdp } from "./linux_udp.ts";
import { WorkerEngine } from "./worker_engine.ts";

/** The realm of the hub's relay. Short, because answers to strangers carry it. */
export const TURN_REALM = "kibitz";

/** How to start a relay. */
export interface TurnRelayConfig {
  /** UDP port; 0 for any that is free. */
  readonly port: number;
  /** ASCII without `|` and `,`: it stands in the blob. */
  readonly username: string;
  /** ASCII without `|` and `,`: it stands in the blob. */
  readonly password: string;
  /**
   * All IPv4 addresses of this machine with their netmasks (`Deno.networkInterfaces()`), the
   * advertised ones first and best first. Read at the start and at every
   * {@link TurnRelay.addressesChanged}. Loopback may be left out.
   */
  readonly hostAddresses: () => readonly HubAddress[];
  /**
   * `"datagram"` for Deno's own socket, which every system has; `"thread"` for a thread of its own
   * with batched system calls (64-bit Linux, with `--allow-ffi`). Left out: the best there is.
   */
  readonly engine?: "datagram" | "thread";
}

/** Counts for `/status`. Nothing in it tells one client from another. */
export interface TurnRelayStatus {
  readonly port: number;
  readonly engine: "datagram" | "thread";
  /** Allocations of this moment; like the totals, up to a second old. */
  readonly allocations: number;
  readonly relayedPackets: number;
  /** Bytes of payload. */
  readonly relayedBytes: number;
  /** Since the start: `turn-…`, packets dropped by cause and error responses by code. */
  readonly counters: Readonly<Record<string, number>>;
  readonly limits: Readonly<Record<string, number>>;
}

/** A relay that runs. */
export interface TurnRelay extends AsyncDisposable {
  readonly port: number;
  status(): TurnRelayStatus;
  /**
   * To be called after the hub's addresses changed. New allocations get the new ones; those that
   * live keep the address they were given, since their clients' peers know them by it.
   */
  addressesChanged(): void;
  /** Frees the port. Clients are not told: TURN has no message for it. */
  stop(): Promise<void>;
}

/**
 * Starts a TURN relay for guests of one hub.
 *
 * @throws Deno.errors.AddrInUse if the port is taken, or what else the operating system says.
 *
 * @example
 * ```ts
 * await using relay = await startTurnRelay({
 *   port: 3478,
 *   username: "user",
 *   password: "secret",
 *   hostAddresses: () => [{ address: "192.168.1.5", netmask: "255.255.255.0" }],
 * });
 * relay.port; // 3478
 * ```
 */
export async function startTurnRelay(config: TurnRelayConfig): Promise<TurnRelay> {
  const { port, username, password } = config;
  const hostAddresses = config.hostAddresses();
  const engineConfig = { port, realm: TURN_REALM, username, password, hostAddresses };
  const wanted = config.engine ?? (canUseLinuxUdp() ? "thread" : "datagram");
  const thread = wanted === "thread"
    ? await startThread(engineConfig, config.engine === undefined)
    : undefined;
  const engine: Engine = thread ?? new DatagramEngine(engineConfig);

  return {
    port: engine.port,
    status: () => ({
      port: engine.port,
      engine: thread === undefined ? "datagram" : "thread",
      ...engine.totals(),
      limits: {
        turnAllocations: TURN_MAX_ALLOCATIONS,
        turnAllocationsPerAddress: TURN_MAX_ALLOCATIONS_PER_ADDRESS,
        turnPacketsPerSecondPerAddress: TURN_MAX_PACKETS_PER_SECOND,
      },
    }),
    addressesChanged: () => engine.setHostAddresses(config.hostAddresses()),
    stop: () => engine.stop(),
    [Symbol.asyncDispose]: () => engine.stop(),
  };
}

/**
 * The engine with a thread of its own; undefined if it does not start and `mayFail` says that the
 * other will do. That one then says what is wrong, if it is the port.
 */
async function startThread(
  config: EngineConfig,
  mayFail: boolean,
): Promise<WorkerEngine | undefined> {
  try {
    return await WorkerEngine.start(config);
  } catch (error) {
    if (mayFail) return undefined;
    throw error;
  }
}
