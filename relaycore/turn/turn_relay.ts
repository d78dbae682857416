/**
 * The TURN relay as the rest of the hub sees it. It picks the engine that suits the system; what
 * datagrams mean is in `server.ts`.
 *
 * @module
 */

import { TURN_MAX_ALLOCATIONS, TURN_MAX_PACKETS_PER_SECOND } from "../limits.ts";
import type { Engine, EngineConfig, EngineTotals } from "./engine.ts";
import type { HubAddress } from "./hub_addresses.ts";
import { permittedLibc } from "./libc.ts";

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
   * advertised ones first and best first. Loopback may be left out.
   */
  readonly hostAddresses: readonly HubAddress[];
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

/** A relay whose port is open. */
export interface TurnRelay extends AsyncDisposable {
  readonly port: number;
  /** Begins to relay. What clients have sent before waits in the socket. */
  serve(): Promise<void>;
  status(): TurnRelayStatus;
  /**
   * To be called after the hub's addresses changed. New allocations get the new ones; those that
   * live keep the address they were given, since their clients' peers know them by it.
   */
  setHostAddresses(hostAddresses: readonly HubAddress[]): void;
  /** Frees the port. Clients are not told: TURN has no message for it. */
  stop(): Promise<void>;
}

const SHOWN_LIMITS = {
  turnAllocations: TURN_MAX_ALLOCATIONS,
  turnPacketsPerSecondPerAddress: TURN_MAX_PACKETS_PER_SECOND,
};

const NOTHING_YET: EngineTotals = {
  allocations: 0,
  relayedPackets: 0,
  relayedBytes: 0,
  counters: {},
};

/**
 * Opens the port of a TURN relay for guests of one hub. It relays when {@link TurnRelay.serve} is
 * called: the hub's link needs the port at once, and the relay's code takes long to load.
 *
 * @throws Deno.errors.AddrInUse if the port is taken, or what else the operating system says.
 *
 * @example
 * ```ts
 * await using relay = await openTurnRelay({
 *   port: 3478,
 *   username: "user",
 *   password: "secret",
 *   hostAddresses: [{ address: "192.168.1.5", netmask: "255.255.255.0" }],
 * });
 * await relay.serve();
 * relay.port; // 3478
 * ```
 */
export async function openTurnRelay(config: TurnRelayConfig): Promise<TurnRelay> {
  const wanted = config.engine ?? (canUseThread() ? "thread" : "datagram");
  const thread = wanted === "thread"
    ? await startThread(config, config.engine === undefined)
    : undefined;
  return new OpenRelay(config, thread ?? bind(config.port));
}

/**
 * Whether the engine with a thread of its own may be tried: this is 64-bit Linux, and its C library
 * may be called.
 */
export function canUseThread(): boolean {
  return permittedLibc().length > 0;
}

class OpenRelay implements TurnRelay {
  readonly port: number;
  #config: TurnRelayConfig;
  readonly #kind: TurnRelayStatus["engine"];
  /** Without an engine, until there is one. */
  readonly #socket: Deno.DatagramConn | undefined;
  #engine: Engine | undefined;
  #isStopped = false;

  /** @param opened an engine that runs with its port already, or the port for one. */
  constructor(config: TurnRelayConfig, opened: Engine | Deno.DatagramConn) {
    this.#config = config;
    if ("addr" in opened) {
      this.#kind = "datagram";
      this.#socket = opened;
      this.port = (opened.addr as Deno.NetAddr).port;
    } else {
      this.#kind = "thread";
      this.#engine = opened;
      this.port = opened.port;
    }
  }

  async serve(): Promise<void> {
    if (this.#engine !== undefined) return;
    const { DatagramEngine } = await import("./datagram_engine.ts");
    if (this.#isStopped) return;
    this.#engine = new DatagramEngine(this.#socket!, engineConfig(this.#config));
  }

  status(): TurnRelayStatus {
    return {
      port: this.port,
      engine: this.#kind,
      ...this.#engine?.totals() ?? NOTHING_YET,
      limits: SHOWN_LIMITS,
    };
  }

  setHostAddresses(hostAddresses: readonly HubAddress[]): void {
    this.#config = { ...this.#config, hostAddresses };
    this.#engine?.setHostAddresses(hostAddresses);
  }

  async stop(): Promise<void> {
    if (this.#engine !== undefined) await this.#engine.stop();
    else if (!this.#isStopped) this.#socket!.close();
    this.#isStopped = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function engineConfig({ username, password, hostAddresses }: TurnRelayConfig): EngineConfig {
  return { realm: TURN_REALM, username, password, hostAddresses };
}

function bind(port: number): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port });
}

/**
 * The engine with a thread of its own; undefined if it does not start and `mayFail` says that the
 * other will do. That one then says what is wrong, if it is the port.
 */
async function startThread(
  config: TurnRelayConfig,
  mayFail: boolean,
): Promise<Engine | undefined> {
  const { WorkerEngine } = await import("./worker_engine.ts");
  try {
    return await WorkerEngine.start(config.port, engineConfig(config));
  } catch (error) {
    if (mayFail) return undefined;
    throw error;
  }
}
