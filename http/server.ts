/**
 * Serves the QR page on the LAN. An edge: it opens a TCP port.
 *
 * @module
 */

import { handle, type ShownRelay } from "./handler.ts";

/** A page that is being served. */
export interface QrPage {
  readonly port: number;
  /** Frees the port; connections that are still open are cut. */
  stop(): Promise<void>;
}

/**
 * Serves the page of a hub on all addresses of this computer.
 *
 * @param options.port TCP port; 0 for any free one.
 * @throws {Deno.errors.AddrInUse} if the port is taken.
 */
export function startQrPage(options: { relay: ShownRelay; port: number }): Promise<QrPage> {
  // A promise although nothing is awaited: so that a taken port rejects, as callers expect.
  return Promise.resolve().then(() => {
    const cut = new AbortController();
    const server = Deno.serve(
      { hostname: "0.0.0.0", port: options.port, signal: cut.signal, onListen: () => {} },
      (request) => handle(request, options.relay),
    );
    return {
      port: server.addr.port,
      async stop() {
        cut.abort();
        await server.finished;
      },
    };
  });
}
