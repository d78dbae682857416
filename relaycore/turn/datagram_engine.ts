/**
 * The media relay on Deno's own UDP socket. It works on every system, needs only the network
 * permission, and shares its thread with the hub.
 *
 * @module
 */

import { Counters } from "../counters.ts";
import {
  SOCKET_ERRORS_BEFORE_PAUSE,
  SWEEP_INTERVAL_MS,
  TURN_MAX_DATAGRAM_BYTES,
} from "../limits.ts";
import type { Engine, EngineConfig, EngineTotals } from "./engine.ts";
import { type HubAddress, HubAddresses } from "./hub_addresses.ts";
import { HEADROOM, TAILROOM } from "./relay_path.ts";
import { TurnServer } from "./server.ts";

/** An engine with one socket and one buffer, which handles one datagram at a time. */
export class DatagramEngine implements Engine {
  readonly kind = "datagram";
  readonly port: number;
  readonly #socket: Deno.DatagramConn;
  readonly #server: TurnServer;
  readonly #errors = new Counters();
  readonly #sweeper: ReturnType<typeof setInterval>;
  readonly #done: Promise<void>;
  #closed = false;

  /**
   * @param socket a socket that is already bound. The engine closes it.
   * @param failed gets every error that a datagram causes inside the relay.
   */
  constructor(
    socket: Deno.DatagramConn,
    config: EngineConfig,
    private readonly failed: (error: unknown) => void = () => {},
  ) {
    this.#socket = socket;
    this.port = (socket.addr as Deno.NetAddr).port;
    this.#server = new TurnServer({
      realm: config.realm,
      users: new Map([[config.username, config.password]]),
      hubAddresses: new HubAddresses(config.hostAddresses),
      secret: crypto.getRandomValues(new Uint8Array(32)),
      random: Math.random,
    });
    this.#sweeper = setInterval(() => this.#server.sweep(clock()), SWEEP_INTERVAL_MS);
    this.#done = this.#run();
  }

  totals(): EngineTotals {
    const { allocations, relayedPackets, relayedBytes } = this.#server;
    const counters = { ...this.#server.counters(), ...this.#errors.snapshot() };
    return { allocations, relayedPackets, relayedBytes, counters };
  }

  setHostAddresses(hostAddresses: readonly HubAddress[]): void {
    this.#server.hubAddresses = new HubAddresses(hostAddresses);
  }

  async stop(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      clearInterval(this.#sweeper);
      this.#socket.close();
    }
    await this.#done;
  }

  /**
   * Receives each datagram, handles it in place and sends it before the next one is received. A
   * send waits only while the system has no room for it. Meanwhile datagrams queue in the socket,
   * and they are dropped there when it is full, as on any full link.
   */
  async #run(): Promise<void> {
    const socket = this.#socket;
    const { out } = this.#server;
    const buffer = new Uint8Array(HEADROOM + TURN_MAX_DATAGRAM_BYTES + 1 + TAILROOM);
    // The room is one byte larger than the largest datagram that is relayed. This tells a datagram
    // that was cut off from one that just fits.
    const room = buffer.subarray(HEADROOM, HEADROOM + TURN_MAX_DATAGRAM_BYTES + 1);
    let errorsInARow = 0;
    while (!this.#closed) {
      try {
        const [datagram, from] = await socket.receive(room);
        if (!this.#handle(buffer, datagram.length, from as Deno.NetAddr)) continue;
        const { bytes, start, end, to } = out;
        // Usually the outgoing datagram is the incoming one with another header in the same place.
        const whole = bytes === buffer && start === HEADROOM && end === HEADROOM + datagram.length;
        await socket.send(whole ? datagram : bytes.subarray(start, end), to);
        errorsInARow = 0;
      } catch {
        // The socket was closed, or there is no route to a client, or Windows reports an ICMP error
        // for something sent earlier.
        if (this.#closed) return;
        this.#errors.count("turn-socket-error");
        if (++errorsInARow % SOCKET_ERRORS_BEFORE_PAUSE === 0) {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }
    }
  }

  #handle(buffer: Uint8Array, length: number, { hostname, port }: Deno.NetAddr): boolean {
    if (length > TURN_MAX_DATAGRAM_BYTES) {
      this.#errors.count("turn-too-large");
      return false;
    }
    try {
      const end = HEADROOM + length;
      return this.#server.receive(buffer, HEADROOM, end, ipOf(hostname), port, clock());
    } catch (error) {
      this.#errors.count("turn-handler-error");
      this.failed(error);
      return false;
    }
  }
}

/**
 * Converts an address in dotted decimal, as the system writes it, to a signed number. Uses no
 * RegExp.
 */
function ipOf(hostname: string): number {
  let ip = 0;
  let part = 0;
  for (let i = 0; i < hostname.length; i++) {
    const code = hostname.charCodeAt(i);
    if (code === 0x2e) {
      ip = (ip << 8) | part;
      part = 0;
    } else part = part * 10 + code - 0x30;
  }
  return (ip << 8) | part;
}

/** The time in whole milliseconds; it never goes back. */
function clock(): number {
  return Math.floor(performance.now());
}
