/**
 * A UDP path between a guest and the hub that loses chosen datagrams.
 *
 * @module
 */

/** Decides on one datagram; `index` counts from 0 in each direction. */
export type Drops = (direction: "to-hub" | "to-guest", index: number) => boolean;

/** A path for one guest. */
export interface DroppingProxy extends Disposable {
  /** Where the guest finds the hub. */
  readonly port: number;
  /** Datagrams seen so far, dropped ones included. */
  readonly counts: { "to-hub": number; "to-guest": number };
}

/** Opens a path to the hub on `hubPort` of this machine. */
export function openProxy(hubPort: number, drops: Drops): DroppingProxy {
  const open = () => Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const [guestSide, hubSide] = [open(), open()];
  const hub: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port: hubPort };
  let guest: Deno.Addr | undefined;
  const counts = { "to-hub": 0, "to-guest": 0 };
  (async () => {
    for await (const [datagram, from] of guestSide) {
      guest = from;
      if (!drops("to-hub", counts["to-hub"]++)) await hubSide.send(datagram, hub);
    }
  })().catch(() => {});
  (async () => {
    for await (const [datagram] of hubSide) {
      if (drops("to-guest", counts["to-guest"]++) || guest === undefined) continue;
      await guestSide.send(datagram, guest);
    }
  })().catch(() => {});
  return {
    port: (guestSide.addr as Deno.NetAddr).port,
    counts,
    [Symbol.dispose]() {
      guestSide.close();
      hubSide.close();
    },
  };
}
