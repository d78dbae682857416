/**
 * Serves the QR page and the call page on the local network. An edge: it opens TCP ports.
 *
 * `Deno.serve` limits neither the number of connections nor the time that one may be silent, and it
 * ends when no file handle is left. So this is a small server on `Deno.listen`, which answers one
 * request on each connection and then closes it. It runs on the thread that serves the guests, and
 * may use only a limited part of that thread's time.
 *
 * @module
 */

import { DeadlineTimer } from "../relaycore/net/deadline_timer.ts";
import { type CallFile, loadCallFiles } from "./call_files.ts";
import { Connections } from "./connections.ts";
import { converse } from "./conversation.ts";
import type { Invite } from "./door/page.ts";
import { handle, type ShownHub, type Site, type Visit } from "./handler.ts";
import { leadTo } from "./response.ts";
import { SecureFront, type TlsKeys } from "./secure_front.ts";
import { UnheardClients } from "./unheard_clients.ts";

/** Options for {@linkcode PagesServer}. */
export interface PagesOptions {
  readonly hub: ShownHub;
  /** Which way to join has the large code on the QR page. */
  readonly invite?: Invite;
  /** Called with one or two sentences about a problem. */
  readonly warn?: (sentence: string) => void;
}

/** A running QR page. */
export interface QrPage {
  readonly port: number;
  /** Whether it has something to do: for a visitor, or for its own start. */
  readonly isBusy: boolean;
  /** Frees the port and cuts the open connections. */
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
  // Nothing is awaited here. In a promise, a taken port rejects, as callers expect.
  return Promise.resolve().then(() => {
    const server = new PagesServer(options);
    server.openHttp(port);
    return server;
  });
}

/** Serves the QR page, the call page, or both. A flood of connections cannot end it. */
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
  readonly #connections: Connections;
  readonly #listeners: Deno.TcpListener[] = [];
  readonly #accepting: Promise<void>[] = [];
  #front: SecureFront | undefined;
  #files: Promise<ReadonlyMap<string, CallFile>> | undefined;
  #isReading = false;
  #stopped = false;

  constructor({ hub, invite = "site", warn = () => {} }: PagesOptions) {
    this.#warn = warn;
    this.hub = hub;
    this.#connections = new Connections((error) => hub.reportError(error));
    this.invite = invite;
    this.#unheard = new UnheardClients(hub, warn);
  }

  /**
   * Opens the QR page on all addresses of this computer.
   *
   * @param port 0 for any free one.
   * @throws {Deno.errors.AddrInUse} if the port is taken. Other errors of the system are passed on.
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
   * @throws {Deno.errors.AddrInUse} if the port is taken. Other errors of the system are passed on.
   */
  openCall(port: number, keys: TlsKeys): number {
    const front = new SecureFront(
      keys,
      (connection, client) => converse(connection, this.#answer({ client, secure: true })),
      (error) => this.hub.reportError(error),
    );
    try {
      this.callPort = this.#open(
        port,
        (connection, client) =>
          front.lead(connection, client, (plain) =>
            // The user typed the address without https://.
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

  /** Whether a client is being answered, or the files of the pages are being read. */
  get isBusy(): boolean {
    return this.#isReading || !this.#connections.isEmpty;
  }

  /** The files of both pages. They are read at the first call. */
  files(): Promise<ReadonlyMap<string, CallFile>> {
    return this.#files ??= this.#read();
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

  async #read(): Promise<ReadonlyMap<string, CallFile>> {
    this.#isReading = true;
    try {
      return await loadCallFiles(this.#warn);
    } finally {
      this.#isReading = false;
    }
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
    return leadTo(new URL(`https://${hostname}:${this.callPort}${pathname}`));
  }
}
