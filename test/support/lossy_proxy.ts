/**
 * A UDP path between a guest and the hub as bad Wi-Fi makes it: loss, delay, reordering (a datagram
 * overtakes another when its delay is the smaller one) and duplication, both ways. Seeded, so that
 * the same datagrams in the same order meet the same fate; timing is the machine's.
 *
 * @module
 */

/** How bad the air is. */
export interface Air {
  /** Share of datagrams that are lost, 0 to 1. */
  readonly loss: number;
  /** Share of datagrams that come twice. */
  readonly duplication: number;
  /** Every datagram takes this long one way, and up to `jitterMs` more. */
  readonly delayMs: number;
  readonly jitterMs: number;
}

/** A path for one guest. */
export interface LossyProxy extends Disposable {
  /** Where the guest finds the hub. */
  readonly port: number;
  /** What became of the datagrams so far, both directions together. */
  readonly counts: { passed: number; lost: number; doubled: number; overtaken: number };
}

/** Opens a path to the hub on `hubPort` of this machine. */
export function openLossyProxy(hubPort: number, air: Air, seed: number): LossyProxy {
  const open = () => Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const [guestSide, hubSide] = [open(), open()];
  const hub: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port: hubPort };
  const counts = { passed: 0, lost: 0, doubled: 0, overtaken: 0 };
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let guest: Deno.Addr | undefined;

  const way = (random: () => number, deliver: (datagram: Uint8Array) => void) => {
    let sent = 0, newest = 0;
    const pass = (datagram: Uint8Array) => {
      const order = ++sent;
      const arrive = () => {
        if (order < newest) counts.overtaken++;
        newest = Math.max(newest, order);
        counts.passed++;
        deliver(datagram);
      };
      const delay = air.delayMs + air.jitterMs * random();
      if (delay === 0) return arrive();
      const timer = setTimeout(() => {
        timers.delete(timer);
        arrive();
      }, delay);
      timers.add(timer);
    };
    return (datagram: Uint8Array) => {
      if (random() < air.loss) return void counts.lost++;
      pass(datagram);
      if (random() >= air.duplication) return;
      counts.doubled++;
      pass(datagram);
    };
  };
  const toHub = way(randomFrom(seed), (datagram) => hubSide.send(datagram, hub).catch(() => {}));
  const toGuest = way(randomFrom(seed ^ 0x5bd1e995), (datagram) => {
    if (guest !== undefined) guestSide.send(datagram, guest).catch(() => {});
  });
  (async () => {
    for await (const [datagram, from] of guestSide) {
      guest = from;
      toHub(datagram);
    }
  })().catch(() => {});
  (async () => {
    for await (const [datagram] of hubSide) toGuest(datagram);
  })().catch(() => {});

  return {
    port: (guestSide.addr as Deno.NetAddr).port,
    counts,
    [Symbol.dispose]() {
      for (const timer of timers) clearTimeout(timer);
      guestSide.close();
      hubSide.close();
    },
  };
}

/** The join link with another port: through a proxy. */
export function linkThrough(link: string, port: number): string {
  return link.replace(/~\d+/g, `~${port}`);
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
