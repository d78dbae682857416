/**
 * Finds out whether a hub holds a port of this computer. An edge: it queries the port, and the
 * pages that hubs serve.
 *
 * @module
 */

import { HTTP_PREFERRED_PORTS, MAX_PROBED_PAGE_LENGTH, PORT_PROBE_TIMEOUT_MS } from "../limits.ts";
import { hasValidIntegrity } from "../stun/integrity.ts";
import { decodeStun, encodeStun } from "../stun/message.ts";
import { Attribute, MessageClass, Method } from "../stun/registry.ts";

/** The ICE credentials of a hub, which identify it. */
export interface ProbeCredentials {
  /** ICE username fragment. */
  readonly ufrag: string;
  /** ICE password. */
  readonly pwd: string;
}

/**
 * Whether a hub holds this UDP port of this computer.
 *
 * @param known identities that the hub may have. A hub with another identity is found by its page.
 */
export async function isHub(port: number, known: readonly ProbeCredentials[]): Promise<boolean> {
  const signs = [answersCheck(port, known), ...HTTP_PREFERRED_PORTS.map((p) => hasLinkTo(port, p))];
  return (await Promise.all(signs)).includes(true);
}

/** Whether the page on this TCP port has a join link that leads to this UDP port. */
async function hasLinkTo(port: number, pagePort: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PORT_PROBE_TIMEOUT_MS);
    const { ok, body } = await fetch(`http://127.0.0.1:${pagePort}/link`, { signal });
    let text = "";
    for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part;
      if (text.length > MAX_PROBED_PAGE_LENGTH) break; // some other page
    }
    return ok && text.includes("?galaxy=g") && new RegExp(`~${port}(\\||\\s|$)`).test(text);
  } catch {
    return false; // no page, or not in time, or not permitted
  }
}

/** Whether a hub answers a connectivity check there. */
async function answersCheck(
  port: number,
  known: readonly ProbeCredentials[],
): Promise<boolean> {
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
    // Any STUN server may answer, but only a hub knows the password.
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
