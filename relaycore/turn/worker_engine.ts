/**
 * The media relay with its own thread, seen from the hub's thread: it sends orders and receives
 * reports.
 *
 * @module
 */

import type { Engine, EngineConfig, EngineTotals } from "./engine.ts";
import type { HubAddress } from "./hub_addresses.ts";
import type { WorkerOrder, WorkerReport } from "./turn_worker.ts";
import { workerUrl } from "./worker_url.ts";

/** An engine whose media relay runs in a worker. */
export class WorkerEngine implements Engine {
  readonly port: number;
  readonly #worker: Worker;
  readonly #stopped: Promise<void>;
  #totals: EngineTotals = { allocations: 0, relayedPackets: 0, relayedBytes: 0, counters: {} };
  #stopping = false;

  private constructor(worker: Worker, port: number, failed: (error: unknown) => void) {
    this.#worker = worker;
    this.port = port;
    this.#stopped = new Promise((resolve) => {
      worker.onmessage = ({ data: report }: MessageEvent<WorkerReport>) => {
        if (report.kind === "totals") {
          this.#totals = report.totals;
          if (report.failure !== undefined) failed(report.failure);
        } else if (report.kind === "stopped") resolve();
      };
      worker.onerror = (event) => {
        event.preventDefault();
        failed(new Error(`the media relay's thread has ended: ${event.message}`));
        resolve();
      };
    });
  }

  /**
   * Starts the thread.
   *
   * @param port UDP port; 0 for any free port.
   * @param failed gets the stack of errors that a datagram causes inside the relay, at most one a
   *   second.
   * @throws Error if the thread cannot be started or the port cannot be bound.
   */
  static start(
    port: number,
    config: EngineConfig,
    failed: (error: unknown) => void = () => {},
  ): Promise<WorkerEngine> {
    const worker = new Worker(workerUrl(), { type: "module" });
    return new Promise((resolve, reject) => {
      worker.onerror = (event) => {
        event.preventDefault();
        worker.terminate();
        reject(new Error(event.message));
      };
      worker.onmessage = ({ data: report }: MessageEvent<WorkerReport>) => {
        if (report.kind === "started") resolve(new WorkerEngine(worker, report.port, failed));
        else if (report.kind === "failed") reject(new Error(report.reason));
      };
      worker.postMessage({ kind: "start", port, ...config } satisfies WorkerOrder);
    });
  }

  totals(): EngineTotals {
    return this.#totals;
  }

  setHostAddresses(hostAddresses: readonly HubAddress[]): void {
    this.#worker.postMessage({ kind: "addresses", hostAddresses } satisfies WorkerOrder);
  }

  async stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#worker.postMessage({ kind: "stop" } satisfies WorkerOrder);
    }
    await this.#stopped;
  }
}
