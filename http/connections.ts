/**
 * The connections of the hub's web servers, and the bounds on them. One for all servers of a hub: the
 * file handles that they hold are the same program's. It knows no requests.
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

/** A listener for TCP or for TLS over it. */
export type Listener = Deno.Listener<Deno.TcpConn | Deno.TlsConn, Deno.NetAddr>;

/** What is done with a connection. Whatever it throws ends the connection, and nothing else. */
export type Serve = (connection: Deno.Conn, client: string) => Promise<void>;

/** The connections that are open, and what opens more of them. */
export class Connections {
  readonly #open = new FairShare<Deno.Conn>();
  readonly #owners = new Map<Deno.Conn, string>();
  readonly #rate = new RateLimiter(HTTP_RATE, crypto.getRandomValues(new Int32Array(1))[0]);

  /**
   * Takes connections until the listener is closed, and serves each until its time is up. The time
   * begins when it is taken, so that TLS which is never set up ends with it.
   */
  async accept(listener: Listener, isStopped: () => boolean, serve: Serve): Promise<void> {
    for (let taken = 1; !isStopped(); taken++) {
      try {
        const connection = await listener.accept();
        const { hostname } = connection.remoteAddr as Deno.NetAddr;
        if (this.#rate.take(hostname, performance.now())) this.#hold(connection, hostname, serve);
        else connection.close();
      } catch {
        // Closed; or no file handle is left (or the client has gone already): one is given back.
        this.#cutOldest();
        taken = 0;
      }
      if (taken % HTTP_ACCEPT.batch === 0 && !isStopped()) await rest(HTTP_ACCEPT.restMs);
    }
  }

  /** Cuts everything that is open. */
  cutAll(): void {
    for (const connection of [...this.#owners.keys()]) this.#cut(connection);
  }

  async #hold(connection: Deno.Conn, client: string, serve: Serve): Promise<void> {
    if (this.#open.size >= HTTP_MAX_CONNECTIONS) this.#cutOldest();
    this.#open.add(client, connection);
    this.#owners.set(connection, client);
    const deadline = setTimeout(() => this.#cut(connection), HTTP_DEADLINE_MS);
    try {
      await serve(connection, client);
    } catch {
      // Cut by the hub or by the client: there is no one left to answer.
    } finally {
      clearTimeout(deadline);
      this.#cut(connection);
    }
  }

  /** Ends the connection that has been open longest, of the address that has the most. */
  #cutOldest(): void {
    const oldest = this.#open.first;
    if (oldest !== undefined) this.#cut(oldest);
  }

  #cut(connection: Deno.Conn): void {
    const owner = this.#owners.get(connection);
    if (owner === undefined) return;
    this.#owners.delete(connection);
    this.#open.delete(owner, connection);
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
