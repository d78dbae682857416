/**
 * The media relay as the rest of the hub sees it. This file picks the engine that suits the system.
 * `server.ts` interprets the datagrams.
 *
 * @module
 */

import { TURN_MAX_ALLOCATIONS, TURN_MAX_PACKETS_PER_SECOND } from "../limits.ts";
import { type Engine, type EngineConfig, NOTHING_YET } from "./engine.ts";
import type { HubAddress } from "./hub_addresses.ts";

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
   * The engine to use. The default is `"thread"` where it works (64-bit Linux, with `--allow-ffi`),
   * and `"datagram"` elsewhere.
   */
  readonly engine?: Engine["kind"];
  /** Gets errors inside the relay that a datagram caused, or their stacks. */
  readonly failed?: (error: unknown) => void;
}

/** Counts for `/status`. They do not distinguish between clients. */
export interface TurnRelayStatus {
  readonly port: number;
  readonly engine: Engine["kind"];
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

/**
 * Opens the port of a media relay for the guests of one hub. It starts to relay when {@link
 * TurnRelay.serve} is called. The two steps are separate because the join link needs the port at
 * once, and the media relay's code takes long to load.
 *
 * @throws Deno.errors.AddrInUse if the port is taken. Other errors of the operating system are
 *   thrown as well.
 *
 * @example
 * ```ts
 * await using relay = openTurnRelay({
 *   port: 3478,
 *   username: "user",
 *   password: "secret",
 *   hostAddresses: [{ address: "192.168.1.5", netmask: "255.255.255.0" }],
 * });
 * await relay.serve();
 * relay.port; // 3478
 * ```
 */
export function openTurnRelay(config: TurnRelayConfig): TurnRelay {
  return new OpenRelay(config);
}

class OpenRelay implements TurnRelay {
  readonly port: number;
  #config: TurnRelayConfig;
  readonly #socket: Deno.DatagramConn;
  #engine: Engine | undefined;
  #isStopped = false;

  constructor(config: TurnRelayConfig) {
    this.#config = config;
    this.#socket = Deno.listenDatagram({
      transport: "udp",
      hostname: "0.0.0.0",
      port: config.port,
    });
    this.port = (this.#socket.addr as Deno.NetAddr).port;
  }

  async serve(): Promise<void> {
    if (this.#engine !== undefined) return;
    if (this.#config.engine !== "datagram") {
      const { WorkerEngine } = await import("./worker_engine.ts");
      if (this.#isStopped) return;
      if (WorkerEngine.isPossible()) {
        this.#engine = new WorkerEngine(this.#socket, this.#engineConfig(), {
          failed: this.#failed,
          cannotStart: (reason) => {
            this.#failed(reason);
            this.#engine = undefined;
            void this.#serveOnThisThread();
          },
        });
        return;
      }
    }
    await this.#serveOnThisThread();
  }

  status(): TurnRelayStatus {
    return {
      port: this.port,
      engine: this.#engine?.kind ?? "datagram",
      ...this.#engine?.totals() ?? NOTHING_YET,
      limits: SHOWN_LIMITS,
    };
  }

  setHostAddresses(hostAddresses: readonly HubAddress[]): void {
    this.#config = { ...this.#config, hostAddresses };
    this.#engine?.setHostAddresses(hostAddresses);
  }

  async stop(): Promise<void> {
    const wasStopped = this.#isStopped;
    this.#isStopped = true;
    if (this.#engine !== undefined) await this.#engine.stop();
    else if (!wasStopped) this.#socket.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #serveOnThisThread(): Promise<void> {
    const { DatagramEngine } = await import("./datagram_engine.ts");
    if (this.#isStopped) return;
    this.#engine = new DatagramEngine(this.#socket, this.#engineConfig(), this.#failed);
  }

  #engineConfig(): EngineConfig {
    const { username, password, hostAddresses } = this.#config;
    return { realm: TURN_REALM, username, password, hostAddresses };
  }

  readonly #failed = (error: unknown): void => this.#config.failed?.(error);
}
