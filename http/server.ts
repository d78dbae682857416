/**
 * Serves the QR page and the call page on the local network. An edge: it opens TCP ports.
 *
 * Deno.serve bounds neither how many connections are open nor how long one may say nothing, and ends
 * when no file handle is left. So this is a server of its own on Deno.listen, as small as the pages
 * need: one request on each connection, which then is closed. It runs on the hub's thread, and what
 * it may take of it is bounded.
 *
 * @module
 */

import { DeadlineTimer } from "../relaycore/net/deadline_timer.ts";
import { type CallFile, loadCallFiles } from "./call_files.ts";
import { Connections } from "./connections.ts";
import { converse } from "./conversation.ts";
import type { Invite } from "./door/page.ts";
import { handle, type ShownHub, type Site, type Visit } from "./handler.ts";
import { SecureFront, type TlsKeys } from "./secure_front.ts";
import { UnheardClients } from "./unheard_clients.ts";

/** What is to be served. */
export interface PagesOptions {
  readonly hub: ShownHub;
  /** Which way in has the large code on the QR page. */
  readonly invite?: Invite;
  /** Is told, in a sentence or two, what is not as wanted. */
  readonly warn?: (sentence: string) => void;
}

/** A QR page that is served. */
export interface QrPage {
  readonly port: number;
  /** Frees the port; connections that are still open are cut. */
  stop(): Promise<void>;
}

/**
 * Serves the QR page of a hub on all addresses of this computer.
 *
 * @param options.port TCP port; 0 for any free one.
 * @throws {Deno.errors.AddrInUse} if the port is taken.
 */
export function startQrPage(
  { port, ...options }: PagesOptions & { port: number },
): Promise<QrPage> {
  // A promise although nothing is awaited: so that a taken port rejects, as callers expect.
  return Promise.resolve().then(() => {
    const server = new PagesServer(options);
    server.openHttp(port);
    return server;
  });
}

/** The hub's web servers: the QR page's, the call page's, or both. No flood of connections ends them. */
export class PagesServer implements QrPage, Site {
  readonly hub: ShownHub;
  readonly invite: Invite;
  httpPort: number | undefined;
  callPort: number | undefined;
  readonly #warn: (sentence: string) => void;
  readonly #unheard: UnheardClients;
  readonly #unheardTimer = new DeadlineTimer(() => {
    this.#unheard.look(performance.now());
    return this.#unheard.nextDeadline;
  });
  readonly #connections = new Connections();
  readonly #listeners: Deno.TcpListener[] = [];
  readonly #accepting: Promise<void>[] = [];
  #front: SecureFront | undefined;
  #files: Promise<ReadonlyMap<string, CallFile>> | undefined;
  #stopped = false;

  constructor({ hub, invite = "site", warn = () => {} }: PagesOptions) {
    this.#warn = warn;
    this.hub = hub;
    this.invite = invite;
    this.#unheard = new UnheardClients(hub, warn);
  }

  /**
   * Opens the QR page on all addresses of this computer.
   *
   * @param port 0 for any free one.
   * @throws {Deno.errors.AddrInUse} if the port is taken, and what else the system refuses it with.
   */
  openHttp(port: number): number {
    return this.httpPort = this.#open(
      port,
      (connection, client) => converse(connection, this.#answer({ client, secure: false })),
    );
  }

  /**
   * Opens the call page on all addresses of this computer.
   *
   * @param port 0 for any free one.
   * @throws {Deno.errors.AddrInUse} likewise.
   */
  openCall(port: number, keys: TlsKeys): number {
    const front = new SecureFront(
      keys,
      (connection, client) => converse(connection, this.#answer({ client, secure: true })),
    );
    try {
      this.callPort = this.#open(
        port,
        (connection, client) =>
          front.lead(connection, client, (plain) =>
            // The address was typed without https://.
            converse(plain, (request) => Promise.resolve(this.#leadToHttps(request)))),
      );
    } catch (error) {
      front.close();
      throw error;
    }
    this.#front = front;
    return this.callPort;
  }

  /** The QR page's port. */
  get port(): number {
    return this.httpPort ?? 0;
  }

  /** The files of both pages, read when first asked for. */
  files(): Promise<ReadonlyMap<string, CallFile>> {
    return this.#files ??= loadCallFiles(this.#warn);
  }

  checks(client: string): void {
    this.#unheard.checks(client, performance.now());
    this.#unheardTimer.at(this.#unheard.nextDeadline);
  }

  async stop(): Promise<void> {
    if (!this.#stopped) {
      this.#stopped = true;
      for (const listener of this.#listeners) listener.close();
      this.#connections.cutAll();
      this.#front?.close();
      this.#unheardTimer.stop();
    }
    await Promise.all(this.#accepting);
  }

  #open(port: number, serve: (connection: Deno.Conn, client: string) => Promise<void>): number {
    const listener = Deno.listen({ hostname: "0.0.0.0", port });
    this.#listeners.push(listener);
    this.#accepting.push(this.#connections.accept(listener, () => this.#stopped, serve));
    return listener.addr.port;
  }

  #answer(visit: Visit): (request: Request) => Promise<Response> {
    return (request) => handle(request, this, visit);
  }

  #leadToHttps(request: Request): Response {
    const { hostname, pathname } = new URL(request.url);
    return new Response(null, {
      status: 307,
      headers: {
        location: `https://${hostname}:${this.callPort}${pathname}`,
        "cache-control": "no-store",
      },
    });
  }
}
