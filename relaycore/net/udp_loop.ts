/**
 * Reads datagrams from a socket in one loop, and sends datagrams. It is the edge between the
 * protocol and the operating system, and does not interpret datagrams.
 *
 * @module
 */

import type { Counters } from "../counters.ts";
import {
  MAX_DATAGRAM_BYTES,
  MAX_PENDING_SENDS,
  SOCKET_ERRORS_BEFORE_PAUSE,
  UDP_BATCH,
} from "../limits.ts";
import type { SocketBatches } from "./socket_batches.ts";
import type { TransportAddress } from "./transport_address.ts";

/** Handles one datagram. */
type Receive = (datagram: Uint8Array, from: TransportAddress) => void;

/** Options of a {@linkcode UdpLoop}. */
export interface UdpLoopOptions {
  /** Called with each error that a receiver throws. The errors are also counted. */
  readonly failed?: (error: unknown) => void;
  /** Faster ways to receive and send on the same socket. The loop closes them. */
  readonly batches?: SocketBatches;
}

/** A bound socket, whose datagrams are passed to a receiver. */
export class UdpLoop {
  readonly #socket: Deno.DatagramConn;
  readonly #counters: Counters;
  readonly #failed: (error: unknown) => void;
  readonly #batches: SocketBatches | undefined;
  /** The datagrams of the unsent batch, in order. */
  readonly #queued: { readonly datagram: Uint8Array; readonly to: TransportAddress }[] = [];
  /** Datagrams that Deno is still sending. */
  #pendingSends = 0;
  #closed = false;
  #errorsInARow = 0;

  constructor(socket: Deno.DatagramConn, counters: Counters, options: UdpLoopOptions = {}) {
    this.#socket = socket;
    this.#counters = counters;
    this.#failed = options.failed ?? (() => {});
    this.#batches = options.batches;
  }

  /** Whether the socket is open and works. A socket that reports only errors does not work. */
  get isReceiving(): boolean {
    return !this.#closed && this.#errorsInARow < SOCKET_ERRORS_BEFORE_PAUSE;
  }

  /** The most datagrams that are read in one turn of the event loop. */
  get readsPerTurn(): number {
    return this.#batches === undefined ? 1 : 1 + UDP_BATCH;
  }

  /**
   * Reads until the socket is closed.
   *
   * @param receive gets a view into the receive buffer, which is valid until `receive` returns. If
   *   it throws, the datagram counts as lost and the loop continues.
   */
  async run(receive: Receive): Promise<void> {
    const buffer = new Uint8Array(MAX_DATAGRAM_BYTES);
    while (!this.#closed) {
      let datagram: Uint8Array;
      let from: TransportAddress;
      try {
        const [bytes, source] = await this.#socket.receive(buffer);
        const { hostname, port } = source as Deno.NetAddr;
        datagram = bytes;
        this.#errorsInARow = 0;
        from = { address: hostname, port };
      } catch {
        // Closed, or an ICMP error for something sent earlier, which Windows reports here.
        if (this.#closed) return;
        this.#counters.count("udp-receive-error");
        if (++this.#errorsInARow % SOCKET_ERRORS_BEFORE_PAUSE === 0) {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        continue;
      }
      this.#handle(receive, datagram, from);
      this.#receiveWaiting(receive);
    }
  }

  /** Receives the datagrams that wait behind the one that Deno received, up to one batch. */
  #receiveWaiting(receive: Receive): void {
    const batches = this.#batches;
    if (batches === undefined || this.#closed) return;
    const count = batches.receive();
    for (let index = 0; index < count && !this.#closed; index++) {
      const datagram = batches.datagram(index);
      if (datagram === undefined) this.#counters.count("datagram-too-large");
      else this.#handle(receive, datagram, batches.source(index));
    }
  }

  #handle(receive: Receive, datagram: Uint8Array, from: TransportAddress): void {
    try {
      receive(datagram, from);
    } catch (error) {
      this.#counters.count("datagram-handler-error");
      this.#failed(error);
    }
  }

  /**
   * Sends a datagram. It is dropped if too many are waiting for the operating system. The array must
   * not change until it is sent. With batches, all datagrams of one turn of the event loop are sent
   * together.
   */
  readonly send = (datagram: Uint8Array, to: TransportAddress): void => {
    if (this.#closed) return;
    const batches = this.#batches;
    // While Deno waits for room in the system's buffer, no datagram may overtake the waiting ones.
    if (batches === undefined || this.#pendingSends > 0) return this.#sendByDeno(datagram, to);
    if (!batches.queue(datagram, to)) {
      this.#flush();
      return this.#sendByDeno(datagram, to);
    }
    this.#queued.push({ datagram, to });
    if (batches.isFull) this.#flush();
    else if (this.#queued.length === 1) queueMicrotask(this.#flush);
  };

  /** Sends the batch. Datagrams that the system refuses go to Deno, which waits or reports why. */
  readonly #flush = (): void => {
    if (this.#closed || this.#queued.length === 0) return;
    this.#batches!.flush((index) => {
      const { datagram, to } = this.#queued[index];
      this.#sendByDeno(datagram, to);
    });
    this.#queued.length = 0;
  };

  #sendByDeno(datagram: Uint8Array, to: TransportAddress): void {
    if (this.#pendingSends >= MAX_PENDING_SENDS) return this.#counters.count("udp-send-dropped");
    this.#pendingSends++;
    this.#socket.send(datagram, { transport: "udp", hostname: to.address, port: to.port })
      .then(this.#sent, this.#notSent);
  }

  readonly #sent = (): void => {
    this.#pendingSends--;
  };

  /** Called if there is no route or no buffer. The datagram is lost, as it might be on the network. */
  readonly #notSent = (): void => {
    this.#pendingSends--;
    this.#counters.count("udp-send-error");
  };

  /** Waits until everything sent so far is with the operating system, but no longer than `timeoutMs`. */
  async drain(timeoutMs: number): Promise<void> {
    this.#flush();
    const deadline = performance.now() + timeoutMs;
    while (this.#pendingSends > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Frees the port and ends {@link run}. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#batches?.close();
    this.#socket.close();
  }
}
