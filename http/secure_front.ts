/**
 * TLS for the call page: takes what a guest's connection brings, and leads it through a Deno TLS
 * server that only this program uses.
 *
 * Why the detour: a `Deno.TlsConn` that is closed before TLS is set up keeps its socket until the
 * client hangs up (seen with Deno 2.4 to 2.9), and `node:tls` sets none up on Deno 2.4. So a client
 * that opens connections and sends nothing could use up every file handle. A plain connection is
 * gone when it is closed, and what is led through it ends with it.
 *
 * @module
 */

import { type Connection, isTls } from "./conversation.ts";

/** What is done with a connection whose TLS is set up, or being set up. */
export type ServeSecure = (connection: Deno.TlsConn, client: string) => Promise<void>;

/** Key and certificate, both PEM. */
export interface TlsKeys {
  readonly key: string;
  readonly cert: string;
}

/** Sets up TLS for connections. */
export class SecureFront {
  readonly #listener: Deno.TlsListener;
  readonly #port: number;
  /** Whom a connection of our own comes from, by its local port. */
  readonly #clients = new Map<number, string>();

  /**
   * @param serve gets each connection with the address of the guest that it comes from. What it
   *   throws ends the connection, and nothing else.
   * @throws if the key or the certificate is invalid, or if they do not belong together.
   */
  constructor({ key, cert }: TlsKeys, private readonly serve: ServeSecure) {
    this.#listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, key, cert });
    this.#port = (this.#listener.addr as Deno.NetAddr).port;
    this.#accept();
  }

  /**
   * Leads a connection through TLS until one of both ends, or until the caller closes it.
   *
   * @param plain serves a connection that does not begin with TLS, because http:// was typed.
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

  /** Sets up no more; what is led through now ends with its connection. */
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
        // No file handle is left. The caller cuts connections that wait.
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      this.#hold(connection);
    }
  }

  async #hold(connection: Deno.TlsConn): Promise<void> {
    try {
      // Accepting can be faster than connecting; with the first byte its client is known.
      await connection.handshake();
      const client = this.#clients.get((connection.remoteAddr as Deno.NetAddr).port);
      // Without one, another program of this computer knocked here.
      if (client !== undefined) await this.serve(connection, client);
    } catch {
      // TLS was not set up, or the client hung up.
    } finally {
      try {
        connection.close();
      } catch {
        // closed already
      }
    }
  }
}

/** A connection whose first bytes have been read, as if they had not. */
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

/** Copies what one end says to the other, and that it has said all. */
async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16_384);
  while (true) {
    const length = await from.read(buffer);
    if (length === null) break;
    await writeAll(to, buffer.subarray(0, length));
  }
  await to.closeWrite();
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await connection.write(bytes.subarray(written));
  }
}
