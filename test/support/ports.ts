/**
 * Ports for hubs under test.
 *
 * @module
 */

/** A UDP port that was free a moment ago. */
export function freeUdpPort(): number {
  using socket = udpSocket(0);
  return socket.port;
}

/** A TCP port that was free a moment ago. */
export function freeTcpPort(): number {
  using listener = heldTcpPort();
  return listener.port;
}

/** Holds a UDP port until it is disposed of; undefined if somebody else holds it already. */
export function holdUdpPort(port: number): Disposable | undefined {
  try {
    return udpSocket(port);
  } catch {
    return undefined;
  }
}

/** A TCP port, held until it is disposed of. */
export function heldTcpPort(): Disposable & { readonly port: number } {
  const listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  return { port: listener.addr.port, [Symbol.dispose]: () => listener.close() };
}

function udpSocket(port: number): Disposable & { readonly port: number } {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port });
  return {
    port: (socket.addr as Deno.NetAddr).port,
    [Symbol.dispose]: () => socket.close(),
  };
}
