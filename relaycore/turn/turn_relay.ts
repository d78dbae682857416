/**
 * The media relay as the rest of the hub sees it. This file picks the engine that suits the system.
 * `server.ts` interprets the datagrams.
 *
 * @module
 */

import { TURN_MAX_ALLOCATIONS, TURN_MAX_PACKETS_PER_SECOND } from "../limits.ts";
import type { Engine, EngineConfig, EngineTotals } from "./engine.ts";
import type { HubAddress } from "./hub_addresses.ts";
import { permittedLibc } from "../net/libc.ts";

/** The realm of the hub's media relay. It is short, because answers to strangers contain it. */
export const TURN_REALM = "kibitz";

/** How to start a media relay. */
export interface TurnRelayConfig {
  /** UDP port; 0 for any free port. */
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
   * `"datagram"` for Deno's own socket, which every system has; `"thread"` for a separate thread
   * with batched system calls (64-bit Linux, with `--allow-ffi`). The default is the best one that
   * works.
   */
  readonly engine?: "datagram" | "thread";
  /** Gets errors inside the relay that a datagram caused, or their stacks. */
  readonly failed?: (error: unknown) => void;
}

/** Counts for `/status`. They do not distinguish between clients. */
export interface TurnRelayStatus {
  readonly port: number;
  readonly engine: "datagram" | "thread";
  /** The current number of allocations. Like the totals, it can be up to a second old. */
  readonly allocations: number;
  readonly relayedPackets: number;
  /** Bytes of payload. */
  readonly relayedBytes: number;
  /**
   * Counts since the start, under names that begin with `turn-`: mainly packets dropped, by cause,
   * and error responses, by code.
   */
  readonly counters: Readonly<Record<string, number>>;
  readonly limits: Readonly<Record<string, number>>;
}

/** A media relay whose port is open. */
export interface TurnRelay extends AsyncDisposable {
  readonly port: number;
  /** Begins to relay. Datagrams that clients sent earlier wait in the socket. */
  serve(): Promise<void>;
  status(): TurnRelayStatus;
  /**
   * Sets the hub's addresses; call it after they have changed. New allocations get the new
   * addresses. Existing allocations keep their address, because their peers know them by it.
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
 * Opens the port of a media relay for the guests of one hub. It starts to relay when {@link
 * TurnRelay.serve} is called. The two steps are separate because the join link needs the port at
 * once, and the media relay's code takes long to load. An engine with its own thread relays from
 * the start.
 *
 * @throws Deno.errors.AddrInUse if the port is taken. Other errors of the operating system are
 *   thrown as well.
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
 * Whether the engine with its own thread can be tried: this is 64-bit Linux, and its C library may
 * be called.
 */
export function canUseThread(): boolean {
  return permittedLibc().length > 0;
}

class OpenRelay implements TurnRelay {
  readonly port: number;
  #config: TurnRelayConfig;
  readonly #kind: TurnRelayStatus["engine"];
  /** The open port for the datagram engine; undefined for the engine with its own thread. */
  readonly #socket: Deno.DatagramConn | undefined;
  #engine: Engine | undefined;
  #isStopped = false;

  /** @param opened an engine that already runs on its port, or an open port for an engine. */
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
    this.#engine = new DatagramEngine(
      this.#socket!,
      engineConfig(this.#config),
      this.#config.failed,
    );
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
 * Starts the engine with its own thread. Returns undefined if it does not start and `mayFail`
 * allows the other engine instead. If the port is the problem, the other engine then reports it.
 */
async function startThread(
  config: TurnRelayConfig,
  mayFail: boolean,
): Promise<Engine | undefined> {
  const { WorkerEngine } = await import("./worker_engine.ts");
  try {
    return await WorkerEngine.start(config.port, engineConfig(config), config.failed);
  } catch (error) {
    if (mayFail) return undefined;
    throw error;
  }
}
