/**
 * The connections of the hub's web servers, and the limits on them. All servers of a hub share one
 * set of connections, because they share the program's file handles. It knows no requests.
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
import { isSystemError } from "./conversation.ts";

/** A listener for TCP or for TLS over it. */
export type Listener = Deno.Listener<Deno.TcpConn | Deno.TlsConn, Deno.NetAddr>;

/** Serves a connection. An exception ends this connection, but no other one. */
export type Serve = (connection: Deno.Conn, client: string) => Promise<void>;

/** The open connections. */
export class Connections {
  readonly #open = new FairShare<Deno.Conn>();
  readonly #owners = new Map<Deno.Conn, string>();
  readonly #rate = new RateLimiter(HTTP_RATE, crypto.getRandomValues(new Int32Array(1))[0]);
  readonly #fault: (error: unknown) => void;

  /** @param fault called with exceptions that are faults of the hub. */
  constructor(fault: (error: unknown) => void) {
    this.#fault = fault;
  }

  /**
   * Accepts connections until the listener is closed, and serves each until its time is up. The time
   * begins with the connection, so that a TLS handshake that never completes ends too.
   */
  async accept(listener: Listener, isStopped: () => boolean, serve: Serve): Promise<void> {
    for (let taken = 1; !isStopped(); taken++) {
      try {
        const connection = await listener.accept();
        const { hostname } = connection.remoteAddr as Deno.NetAddr;
        if (this.#rate.take(hostname, performance.now())) this.#hold(connection, hostname, serve);
        else connection.close();
      } catch {
        // The listener is closed, the client has gone, or no file handle is left. Cutting a connection
        // frees a handle.
        this.#cutOldest();
        taken = 0;
      }
      if (taken % HTTP_ACCEPT.batch === 0 && !isStopped()) await rest(HTTP_ACCEPT.restMs);
    }
  }

  /** Whether no connection is open. */
  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** Cuts all connections. */
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
    } catch (error) {
      // Normally the connection was cut, and no one can receive an answer.
      if (!isSystemError(error)) this.#fault(error);
    } finally {
      clearTimeout(deadline);
      this.#cut(connection);
    }
  }

  /** Ends the oldest connection of the address that has the most connections. */
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
