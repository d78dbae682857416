/**
 * Sends datagrams to a port of the hub no faster than the hub reads them, and counts how many
 * arrive.
 *
 * @module
 */

import type { TransportAddress } from "../../relaycore/net/transport_address.ts";
import type { Forger } from "../support/forger.ts";
import { pause } from "../support/waiting.ts";
import { portState } from "./hub.ts";

/** How many datagrams are sent at once. They fit into any receive buffer. */
const BURST = 24;

/**
 * A burst begins when no more than this is left in the receive buffer, whose default is 208 KiB.
 */
const MAX_QUEUED_BYTES = 40_000;

/** Sends to one port. All targets that send to this port share it. */
export class Sender {
  readonly port: number;
  sent = 0;
  #inBurst = 0;
  #pause: Promise<void> | undefined;
  readonly #droppedBefore: number;

  constructor(port: number) {
    this.port = port;
    this.#droppedBefore = portState(port)?.dropped ?? 0;
  }

  /**
   * How many datagrams have reached the hub: those sent, minus those that the kernel has dropped.
   */
  get received(): number {
    return this.sent -
      ((portState(this.port)?.dropped ?? this.#droppedBefore) - this.#droppedBefore);
  }

  /** Sends one datagram from a socket, as soon as there is room for it. */
  async send(socket: Deno.DatagramConn, datagram: Uint8Array): Promise<void> {
    await this.#turn();
    try {
      await socket.send(datagram, { transport: "udp", hostname: "127.0.0.1", port: this.port });
    } catch {
      this.sent--; // too large for a datagram, or the socket is closed
    }
  }

  /** Sends one datagram with another source address. */
  async forge(forger: Forger, datagram: Uint8Array, from: TransportAddress): Promise<void> {
    await this.#turn();
    if (!forger.send(datagram, from, { address: "127.0.0.1", port: this.port })) this.sent--;
  }

  async #turn(): Promise<void> {
    while (this.#pause !== undefined) await this.#pause;
    this.sent++;
    if (++this.#inBurst < BURST) return;
    this.#inBurst = 0;
    this.#pause = this.#room().finally(() => this.#pause = undefined);
  }

  async #room(): Promise<void> {
    for (;;) {
      const state = portState(this.port);
      if (state !== undefined && state.queued <= MAX_QUEUED_BYTES) return;
      await pause(state === undefined ? 5 : 1); // no event tells that there is room
      if (state === undefined) return;
    }
  }
}

/** Opens a socket on loopback. `received` gets the datagrams that arrive. */
export function openSocket(
  received: (datagram: Uint8Array) => void = () => {},
  hostname = "127.0.0.1",
): Deno.DatagramConn {
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  (async () => {
    for (;;) {
      try {
        const [datagram] = await socket.receive();
        received(datagram);
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return;
        if (error instanceof Deno.errors.Interrupted) return;
      }
    }
  })();
  return socket;
}
