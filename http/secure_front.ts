/**
 * TLS for the call page. It copies a guest's TCP connection to a Deno TLS server that only this
 * program uses.
 *
 * The detour is necessary because a `Deno.TlsConn` that is closed before its handshake is complete
 * keeps its socket until the client closes it (seen with Deno 2.4 to 2.9), and `node:tls` completes
 * no handshake on Deno 2.4. A client that opens connections and sends nothing could use up all file
 * handles. A TCP connection ends at once when it is closed, and its TLS connection ends with it.
 *
 * @module
 */

import { HTTP_ACCEPT } from "../relaycore/limits.ts";
import { type Connection, isSystemError, isTls, writeAll } from "./conversation.ts";

/** Serves a connection with TLS. */
export type ServeSecure = (connection: Deno.TlsConn, client: string) => Promise<void>;

/** Key and certificate, both PEM. */
export interface TlsKeys {
  readonly key: string;
  readonly cert: string;
}

/** Adds TLS to connections. */
export class SecureFront {
  readonly #listener: Deno.TlsListener;
  readonly #port: number;
  /** The client of each internal connection, by the connection's local port. */
  readonly #clients = new Map<number, string>();

  /**
   * @param serve serves each connection. It also gets the guest's address. An exception ends the
   *   connection, but no other one.
   * @param fault called with exceptions that are faults of the hub.
   * @throws if the key or the certificate is invalid, or if they do not belong together.
   */
  constructor(
    { key, cert }: TlsKeys,
    private readonly serve: ServeSecure,
    private readonly fault: (error: unknown) => void,
  ) {
    this.#listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, key, cert });
    this.#port = (this.#listener.addr as Deno.NetAddr).port;
    this.#accept();
  }

  /**
   * Passes a connection through TLS until both sides have ended it, or until the caller closes it.
   *
   * @param plain serves a connection that does not begin with TLS, because the user typed http://.
   * @throws the connection's error if it is cut.
   */
  async lead(
    outer: Deno.Conn,
    client: string,
    plain: (connection: Connection) => Promise<void>,
  ): Promise<void> {
    const first = new Uint8Array(4096);
    const length = await outer.read(first);
    if (length === null) return;
    const beginning = first.subarray(0, length);
    if (!isTls(beginning)) return await plain(readAgain(outer, beginning));
    const inner = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
    const { port } = inner.localAddr as Deno.NetAddr;
    this.#clients.set(port, client);
    try {
      await writeAll(inner, beginning);
      await Promise.all([copy(outer, inner), copy(inner, outer)]);
    } finally {
      this.#clients.delete(port);
      inner.close();
    }
  }

  /** Adds TLS to no more connections. Current ones end with their TCP connection. */
  close(): void {
    this.#listener.close();
  }

  async #accept(): Promise<void> {
    while (true) {
      let connection: Deno.TlsConn;
      try {
        connection = await this.#listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return; // closed
        // No file handle is left. The caller frees some by cutting connections.
        await new Promise((resolve) => setTimeout(resolve, HTTP_ACCEPT.restMs));
        continue;
      }
      this.#hold(connection);
    }
  }

  async #hold(connection: Deno.TlsConn): Promise<void> {
    try {
      // Accepting can be faster than connecting. After the handshake the client is known.
      await connection.handshake();
      const client = this.#clients.get((connection.remoteAddr as Deno.NetAddr).port);
      // If there is no client, another program on this computer has connected.
      if (client !== undefined) await this.serve(connection, client);
    } catch (error) {
      // Normally the handshake has failed, or the client has closed the connection.
      if (!isSystemError(error)) this.fault(error);
    } finally {
      try {
        connection.close();
      } catch {
        // closed already
      }
    }
  }
}

/** A connection that returns its first bytes again. */
function readAgain(connection: Deno.Conn, beginning: Uint8Array): Connection {
  let rest = beginning;
  return {
    read(buffer) {
      if (rest.length === 0) return connection.read(buffer);
      const length = Math.min(rest.length, buffer.length);
      buffer.set(rest.subarray(0, length));
      rest = rest.subarray(length);
      return Promise.resolve(length);
    },
    write: (bytes) => connection.write(bytes),
    closeWrite: () => connection.closeWrite(),
  };
}

/** Copies bytes from one connection to the other, and then the end of the stream. */
async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16_384);
  while (true) {
    const length = await from.read(buffer);
    if (length === null) break;
    await writeAll(to, buffer.subarray(0, length));
  }
  await to.closeWrite();
}
