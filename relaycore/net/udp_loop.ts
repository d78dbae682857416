/**
 * Reads datagrams from a socket in one loop, and sends datagrams. It is the edge between the
 * protocol and the operating system, and does not interpret datagrams.
 *
 * @module
 */

import type { Counters } from "../counters.ts";
import { MAX_DATAGRAM_BYTES, MAX_PENDING_SENDS, SOCKET_ERRORS_BEFORE_PAUSE } from "../limits.ts";
import type { TransportAddress } from "./transport_address.ts";

/** A bound socket that hands on what it receives. */
export class UdpLoop {
  readonly #socket: Deno.DatagramConn;
  readonly #counters: Counters;
  readonly #failed: (error: unknown) => void;
  #pendingSends = 0;
  #closed = false;
  #errorsInARow = 0;

  /** @param failed gets the errors that a receiver throws. They are also counted. */
  constructor(
    socket: Deno.DatagramConn,
    counters: Counters,
    failed: (error: unknown) => void = () => {},
  ) {
    this.#socket = socket;
    this.#counters = counters;
    this.#failed = failed;
  }

  /** Whether the socket is open and works. A socket that reports only errors does not work. */
  get isReceiving(): boolean {
    return !this.#closed && this.#errorsInARow < SOCKET_ERRORS_BEFORE_PAUSE;
  }

  /**
   * Reads until the socket is closed.
   *
   * @param receive gets a view into the receive buffer, which is valid until `receive` returns. If
   *   it throws, the datagram counts as lost and the loop continues.
   */
  async run(receive: (datagram: Uint8Array, from: TransportAddress) => void): Promise<void> {
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
      try {
        receive(datagram, from);
      } catch (error) {
        this.#counters.count("datagram-handler-error");
        this.#failed(error);
      }
    }
  }

  /** Sends a datagram, unless the operating system has too many waiting. The array is kept until sent. */
  readonly send = (datagram: Uint8Array, to: TransportAddress): void => {
    if (this.#closed) return;
    if (this.#pendingSends >= MAX_PENDING_SENDS) return this.#counters.count("udp-send-dropped");
    this.#pendingSends++;
    this.#socket.send(datagram, { transport: "udp", hostname: to.address, port: to.port })
      .then(this.#sent, this.#notSent);
  };

  readonly #sent = (): void => {
    this.#pendingSends--;
  };

  /** There is no route or no buffer. The datagram is lost, as it might be on the network. */
  readonly #notSent = (): void => {
    this.#pendingSends--;
    this.#counters.count("udp-send-error");
  };

  /** Waits until everything sent so far is with the operating system, but no longer than `timeoutMs`. */
  async drain(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (this.#pendingSends > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Frees the port and ends {@link run}. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
}
