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

import { type CallFile, loadCallFiles } from "./call_files.ts";
import { Connections } from "./connections.ts";
import type { Invite } from "./door/page.ts";
import { converse } from "./conversation.ts";
import { handle, type ShownHub, type Site, type Visit } from "./handler.ts";
import { SecureFront, type TlsKeys } from "./secure_front.ts";

/** Pages that are being served. */
export interface Pages {
  /** TCP port of the QR page; undefined if it is off. */
  readonly httpPort: number | undefined;
  /** TCP port of the call page; undefined if it is off. */
  readonly callPort: number | undefined;
  /** Frees the ports; connections that are still open are cut. */
  stop(): Promise<void>;
}

/** What is to be served. */
export interface PagesOptions {
  readonly hub: ShownHub;
  /** Which way in has the large code on the QR page. */
  readonly invite: Invite;
  /** Is told, in a sentence, what is missing. */
  readonly warn?: (sentence: string) => void;
}

/**
 * The hub's web servers: none, one or both. No flood of connections ends them.
 */
export class PagesServer implements Pages, Site {
  readonly hub: ShownHub;
  readonly invite: Invite;
  httpPort: number | undefined;
  callPort: number | undefined;
  readonly #warn: (sentence: string) => void;
  readonly #connections = new Connections();
  readonly #listeners: Deno.TcpListener[] = [];
  readonly #accepting: Promise<void>[] = [];
  #front: SecureFront | undefined;
  #files: Promise<ReadonlyMap<string, CallFile>> | undefined;
  #stopped = false;

  constructor({ hub, invite, warn = () => {} }: PagesOptions) {
    this.#warn = warn;
    this.hub = hub;
    this.invite = invite;
  }

  /**
   * Opens the QR page on all addresses of this computer.
   *
   * @param port 0 for any free one.
   * @throws {Deno.errors.AddrInUse} if the port is taken, and what else the system refuses it with.
   */
  openHttp(port: number): void {
    this.httpPort = this.#open(
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
  openCall(port: number, keys: TlsKeys): void {
    const front = new SecureFront(
      keys,
      (connection, client) => converse(connection, this.#answer({ client, secure: true })),
    );
    try {
      this.callPort = this.#open(
        port,
        (connection, client) =>
          front.lead(connection, client, (plain) =>
            // Somebody left the https:// away.
            converse(plain, (request) => Promise.resolve(this.#leadToHttps(request)))),
      );
    } catch (error) {
      front.close();
      throw error;
    }
    this.#front = front;
  }

  /** The files of both pages, read when first asked for. */
  files(): Promise<ReadonlyMap<string, CallFile>> {
    return this.#files ??= loadCallFiles(this.#warn);
  }

  async stop(): Promise<void> {
    if (!this.#stopped) {
      this.#stopped = true;
      for (const listener of this.#listeners) listener.close();
      this.#connections.cutAll();
      this.#front?.close();
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

/** The QR page alone. */
export async function startQrPage(
  { hub, port }: { hub: ShownHub; port: number },
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const server = await Promise.resolve(new PagesServer({ hub, invite: "site" }));
  server.openHttp(port);
  return { port: server.httpPort!, stop: () => server.stop() };
}
