/**
 * A UDP port for a hub under test.
 *
 * @module
 */

/** A UDP port that is free at this moment. */
export function freePort(): number {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  return port;
}

/** Holds a UDP port until it is disposed; undefined if somebody else holds it already. */
export function occupy(port: number): Disposable | undefined {
  try {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port });
    return { [Symbol.dispose]: () => socket.close() };
  } catch {
    return undefined;
  }
}
