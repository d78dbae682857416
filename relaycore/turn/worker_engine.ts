/**
 * The media relay with its own thread, seen from the hub's thread: it sends orders and receives
 * reports. The thread starts with the first datagram, so a hub without a call does not pay for its
 * memory.
 *
 * @module
 */

import { TURN_MAX_DATAGRAM_BYTES } from "../limits.ts";
import { permittedLibc } from "../net/libc.ts";
import { parseIpv4 } from "../net/transport_address.ts";
import { type Engine, type EngineConfig, type EngineTotals, NOTHING_YET } from "./engine.ts";
import type { HubAddress } from "./hub_addresses.ts";
import type { ReceivedDatagram } from "./linux_udp.ts";
import type { WorkerOrder, WorkerReport } from "./turn_worker.ts";
import { workerUrl } from "./worker_url.ts";

/** What a {@linkcode WorkerEngine} tells its owner. */
export interface WorkerEngineEvents {
  /**
   * Called with an error inside the relay, or its stack: at most one a second from datagrams, and
   * one if the thread ends by itself.
   */
  readonly failed: (error: unknown) => void;
  /** Called if the thread cannot start. The socket is open then, and the engine no longer uses it. */
  readonly cannotStart: (reason: unknown) => void;
}

/** An engine whose media relay runs in a worker. */
export class WorkerEngine implements Engine {
  readonly kind = "thread";
  readonly port: number;
  readonly #socket: Deno.DatagramConn;
  readonly #events: WorkerEngineEvents;
  #config: EngineConfig;
  #worker: Worker | undefined;
  #totals: EngineTotals = NOTHING_YET;
  #isStopping = false;
  /** Resolves when the engine has ended and no longer needs the socket. */
  readonly #ended: Promise<void>;

  /** @param socket a bound socket, which belongs to the engine from now on. */
  constructor(socket: Deno.DatagramConn, config: EngineConfig, events: WorkerEngineEvents) {
    this.#socket = socket;
    this.port = (socket.addr as Deno.NetAddr).port;
    this.#config = config;
    this.#events = events;
    this.#ended = this.#run();
  }

  /**
   * Whether an engine with its own thread can be tried: this is 64-bit Linux, and its C library may
   * be called.
   */
  static isPossible(): boolean {
    return permittedLibc().length > 0;
  }

  totals(): EngineTotals {
    return this.#totals;
  }

  setHostAddresses(hostAddresses: readonly HubAddress[]): void {
    this.#config = { ...this.#config, hostAddresses };
    this.#order({ kind: "addresses", hostAddresses });
  }

  async stop(): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      if (this.#worker === undefined) this.#socket.close();
      else this.#order({ kind: "stop" });
    }
    await this.#ended;
  }

  async #run(): Promise<void> {
    const first = await this.#firstDatagram();
    if (this.#isStopping) return;
    const started = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<unknown>(); // with the reason, unless it was told to
    try {
      this.#worker = new Worker(workerUrl(), { type: "module" });
      this.#worker.onmessage = ({ data: report }: MessageEvent<WorkerReport>) => {
        if (report.kind === "started") started.resolve();
        else if (report.kind === "failed") started.reject(report.reason);
        else if (report.kind === "stopped") ended.resolve(undefined);
        else this.#note(report);
      };
      this.#worker.onerror = (event) => {
        event.preventDefault();
        started.reject(event.message);
        ended.resolve(event.message);
      };
      this.#order({ kind: "start", port: this.port, first, ...this.#config });
      await started.promise;
    } catch (error) {
      this.#worker?.terminate();
      if (this.#isStopping) this.#socket.close();
      else this.#events.cannotStart(error);
      return;
    }
    this.#socket.close(); // the thread has a descriptor of its own
    const failure = await ended.promise;
    if (failure === undefined) return;
    this.#events.failed(new Error(`the media relay's thread has ended: ${failure}`));
  }

  /** Undefined if the socket was closed, or reported an error. */
  async #firstDatagram(): Promise<ReceivedDatagram | undefined> {
    try {
      const buffer = new Uint8Array(TURN_MAX_DATAGRAM_BYTES);
      const [bytes, from] = await this.#socket.receive(buffer);
      const { hostname, port } = from as Deno.NetAddr;
      return { bytes, ip: parseIpv4(hostname)! | 0, port };
    } catch {
      return undefined;
    }
  }

  #note({ totals, failure }: WorkerReport & { kind: "totals" }): void {
    this.#totals = totals;
    if (failure !== undefined) this.#events.failed(failure);
  }

  #order(order: WorkerOrder): void {
    this.#worker?.postMessage(order);
  }
}
