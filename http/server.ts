/**
 * Serves the QR page on the LAN. An edge: it opens a TCP port.
 *
 * Deno.serve bounds neither how many connections are open nor how long one may say nothing, and ends
 * when no file handle is left. So this is a server of its own on Deno.listen, as small as the page
 * needs: one request on each connection, which then is closed. It runs on the hub's thread, and what
 * it may take of it is bounded.
 *
 * @module
 */

import { FairShare } from "../relaycore/fairness/fair_share.ts";
import {
  HTTP_ACCEPT,
  HTTP_DEADLINE_MS,
  HTTP_MAX_CONNECTIONS,
  HTTP_RATE,
} from "../relaycore/limits.ts";
import { RateLimiter } from "../relaycore/fairness/rate_limiter.ts";
import { converse } from "./conversation.ts";
import { handle, type ShownHub } from "./handler.ts";

/** A page that is being served. */
export interface QrPage {
  readonly port: number;
  /** Frees the port; connections that are still open are cut. */
  stop(): Promise<void>;
}

/**
 * Serves the page of a hub on all addresses of this computer. No flood of connections ends it.
 *
 * @param options.port TCP port; 0 for any free one.
 * @throws {Deno.errors.AddrInUse} if the port is taken.
 */
export function startQrPage(options: { hub: ShownHub; port: number }): Promise<QrPage> {
  // A promise although nothing is awaited: so that a taken port rejects, as callers expect.
  return Promise.resolve().then(() => new QrPageServer(options.hub, options.port));
}

class QrPageServer implements QrPage {
  readonly port: number;
  readonly #hub: ShownHub;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new FairShare<Deno.TcpConn>();
  readonly #owners = new Map<Deno.TcpConn, string>();
  readonly #rate = new RateLimiter(HTTP_RATE, crypto.getRandomValues(new Int32Array(1))[0]);
  readonly #accepting: Promise<void>;
  #stopped = false;

  constructor(hub: ShownHub, port: number) {
    this.#hub = hub;
    this.#listener = Deno.listen({ hostname: "0.0.0.0", port });
    this.port = this.#listener.addr.port;
    this.#accepting = this.#accept();
  }

  async stop(): Promise<void> {
    if (!this.#stopped) {
      this.#stopped = true;
      this.#listener.close();
      for (const connection of [...this.#owners.keys()]) this.#cut(connection);
    }
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    for (let taken = 1; !this.#stopped; taken++) {
      try {
        const connection = await this.#listener.accept();
        const { hostname } = connection.remoteAddr;
        if (this.#rate.take(hostname, performance.now())) this.#serve(connection, hostname);
        else connection.close();
      } catch {
        // Closed; or no file handle is left (or the client has gone already): one is given back.
        this.#cutOldest();
        taken = 0;
      }
      if (taken % HTTP_ACCEPT.batch === 0 && !this.#stopped) await rest(HTTP_ACCEPT.restMs);
    }
  }

  async #serve(connection: Deno.TcpConn, owner: string): Promise<void> {
    if (this.#connections.size >= HTTP_MAX_CONNECTIONS) this.#cutOldest();
    this.#connections.add(owner, connection);
    this.#owners.set(connection, owner);
    const deadline = setTimeout(() => this.#cut(connection), HTTP_DEADLINE_MS);
    try {
      await converse(connection, (request) => handle(request, this.#hub));
    } catch {
      // Cut by us, or by the client: nobody is left to be told.
    } finally {
      clearTimeout(deadline);
      this.#cut(connection);
    }
  }

  /** Ends the connection that has been open longest, of the address that has the most. */
  #cutOldest(): void {
    const oldest = this.#connections.first;
    if (oldest !== undefined) this.#cut(oldest);
  }

  #cut(connection: Deno.TcpConn): void {
    const owner = this.#owners.get(connection);
    if (owner === undefined) return;
    this.#owners.delete(connection);
    this.#connections.delete(owner, connection);
    try {
      connection.close();
    } catch {
      // closed already
    }
  }
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
