/**
 * Whether it is a hub that holds a port of this computer. An edge: it opens a socket and asks.
 *
 * @module
 */

import { PORT_PROBE_TIMEOUT_MS } from "../limits.ts";
import { hasValidIntegrity } from "../stun/integrity.ts";
import { decodeStun, encodeStun } from "../stun/message.ts";
import { Attribute, MessageClass, Method } from "../stun/registry.ts";

/** ICE credentials, to recognize another hub by. */
export interface ProbeCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

/** Whether a hub answers a connectivity check on this port of this machine. */
export async function isHub(port: number, known: readonly ProbeCredentials[]): Promise<boolean> {
  let socket: Deno.DatagramConn;
  try {
    socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  } catch {
    return false; // not permitted
  }
  const timer = setTimeout(() => socket.close(), PORT_PROBE_TIMEOUT_MS);
  const encoder = new TextEncoder();
  try {
    for (const { ufrag, pwd } of known) {
      const check = encodeStun({
        method: Method.binding,
        messageClass: MessageClass.request,
        transactionId: crypto.getRandomValues(new Uint8Array(12)),
        attributes: [[Attribute.username, encoder.encode(`${ufrag}:probe`)]],
        integrityKey: encoder.encode(pwd),
        fingerprint: true,
      });
      await socket.send(check, { transport: "udp", hostname: "127.0.0.1", port });
    }
    const [datagram] = await socket.receive();
    const answer = decodeStun(datagram);
    // Any STUN server answers; only a hub knows the password.
    return answer?.messageClass === MessageClass.success &&
      known.some(({ pwd }) => hasValidIntegrity(answer, encoder.encode(pwd)));
  } catch {
    return false; // closed by the timer, or refused
  } finally {
    clearTimeout(timer);
    try {
      socket.close();
    } catch { /* the timer was first */ }
  }
}
