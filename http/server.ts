/**
 * Serves the QR page on the LAN. An edge: it opens a TCP port.
 *
 * Deno.serve bounds neither how many connections are open nor how long one may say nothing. The
 * system's limit of open files is the bound, and what happens there is dealt with below. Before some
 * Deno later than 2.4, the failure is only told once those connections have been closed, so that the
 * page is away until then. Guests, who come by UDP, notice nothing.
 *
 * @module
 */

import { QR_PAGE_RETRY_MS } from "../relaycore/limits.ts";
import { handle, type ShownRelay } from "./handler.ts";

/** A page that is being served. */
export interface QrPage {
  readonly port: number;
  /** Frees the port; connections that are still open are cut. */
  stop(): Promise<void>;
}

/**
 * Serves the page of a hub on all addresses of this computer. A flood of connections may end the
 * TCP server, never the page: it comes back on the same port.
 *
 * @param options.port TCP port; 0 for any free one.
 * @throws {Deno.errors.AddrInUse} if the port is taken.
 */
export function startQrPage(options: { relay: ShownRelay; port: number }): Promise<QrPage> {
  // A promise although nothing is awaited: so that a taken port rejects, as callers expect.
  return Promise.resolve().then(() => {
    let server = listen(options.relay, options.port, restartLater);
    const { port } = server;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;

    function restartLater(): void {
      if (!stopped) timer = setTimeout(restart, QR_PAGE_RETRY_MS);
    }
    function restart(): void {
      try {
        server = listen(options.relay, port, restartLater);
      } catch {
        restartLater(); // the flood still holds all file handles
      }
    }
    return {
      port,
      async stop() {
        stopped = true;
        clearTimeout(timer);
        await server.stop();
      },
    };
  });
}

/** @param onFailure is called when it serves no longer although nobody stopped it. */
function listen(relay: ShownRelay, port: number, onFailure: () => void): QrPage {
  const cut = new AbortController();
  const server = Deno.serve(
    { hostname: "0.0.0.0", port, signal: cut.signal, onListen: () => {} },
    (request) => handle(request, relay),
  );
  const ended = server.finished.catch(() => {
    // Deno.serve gives up when a connection comes in and no file handle is left. Cutting those that
    // are open gives theirs back.
    cut.abort();
    onFailure();
  });
  return {
    port: server.addr.port,
    async stop() {
      cut.abort();
      await ended;
    },
  };
}
