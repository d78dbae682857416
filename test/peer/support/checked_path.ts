/**
 * A UDP path to the hub for clients that know DTLS and no ICE: it passes a connectivity check first, so
 * that the hub listens, and then carries datagrams as they are.
 *
 * @module
 */

import { parseBlob } from "../../../relaycore/join_link/blob.ts";
import { encodeStun, looksLikeStun } from "../../../relaycore/stun/message.ts";
import { Attribute, MessageClass, Method } from "../../../relaycore/stun/registry.ts";

/** A path for one client. */
export interface CheckedPath extends Disposable {
  /** Where the client finds the hub, on 127.0.0.1. */
  readonly port: number;
  /** Waits until a datagram of this kind has come from the hub; it may have come before. */
  untilFromHub(isIt: (datagram: Uint8Array) => boolean): Promise<void>;
}

/** Opens a path to the hub that a join link leads to; it is usable when the promise is settled. */
export async function openCheckedPath(link: string): Promise<CheckedPath> {
  const { ufrag, pwd, endpoints } = parseBlob(new URL(link).searchParams.get("galaxy")!)!;
  const hub: Deno.NetAddr = {
    transport: "udp",
    hostname: endpoints[0].host,
    port: endpoints[0].port,
  };
  const open = () => Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const [clientSide, hubSide] = [open(), open()];
  let client: Deno.Addr | undefined;
  const fromHub: Uint8Array[] = [];
  let heard = () => {};
  const checked = Promise.withResolvers<void>();
  (async () => {
    for await (const [datagram, from] of clientSide) {
      client = from;
      await hubSide.send(datagram, hub);
    }
  })().catch(() => {});
  (async () => {
    for await (const [datagram] of hubSide) {
      if (looksLikeStun(datagram)) {
        checked.resolve();
        continue;
      }
      fromHub.push(datagram);
      heard();
      if (client !== undefined) await clientSide.send(datagram, client);
    }
  })().catch(() => {});
  await hubSide.send(check(ufrag, pwd), hub);
  await checked.promise;
  return {
    port: (clientSide.addr as Deno.NetAddr).port,
    untilFromHub: (isIt) =>
      new Promise<void>((resolve) => {
        heard = () => fromHub.some(isIt) && resolve();
        heard();
      }),
    [Symbol.dispose]() {
      clientSide.close();
      hubSide.close();
    },
  };
}

/** A connectivity check of an agent of its own. */
function check(ufrag: string, pwd: string): Uint8Array {
  const encoder = new TextEncoder();
  return encodeStun({
    method: Method.binding,
    messageClass: MessageClass.request,
    transactionId: crypto.getRandomValues(new Uint8Array(12)),
    attributes: [
      [Attribute.username, encoder.encode(`${ufrag}:path`)],
      [Attribute.iceControlling, crypto.getRandomValues(new Uint8Array(8))],
      [Attribute.useCandidate, new Uint8Array()],
      [Attribute.priority, new Uint8Array([110, 0, 1, 255])],
    ],
    integrityKey: encoder.encode(pwd),
    fingerprint: true,
  });
}
