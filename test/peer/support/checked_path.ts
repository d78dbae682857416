/**
 * A UDP path to the hub for clients that know DTLS, but not ICE. It sends a connectivity check
 * first, so that the hub accepts DTLS, and then forwards datagrams unchanged.
 *
 * @module
 */

import { looksLikeStun } from "../../../relaycore/stun/message.ts";
import { check } from "../../support/ice_check.ts";
import { readLink } from "../../support/join_link.ts";

/** A path for one client. */
export interface CheckedPath extends Disposable {
  /** Where the client finds the hub, on 127.0.0.1. */
  readonly port: number;
  /**
   * Waits until the hub has sent a datagram for which `isIt` is true. It may have done so before.
   */
  untilFromHub(isIt: (datagram: Uint8Array) => boolean): Promise<void>;
}

/** Opens a path to the hub of a join link. It can be used when the promise is fulfilled. */
export async function openCheckedPath(link: string): Promise<CheckedPath> {
  const { ufrag, pwd, endpoints } = readLink(link);
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
  await hubSide.send(check({ username: `${ufrag}:path`, key: pwd }), hub);
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
