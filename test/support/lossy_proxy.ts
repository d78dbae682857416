/**
 * A UDP path between a guest and the hub that loses datagrams, either chosen ones or as bad Wi-Fi does:
 * loss, delay, reordering (a datagram overtakes another when its delay is the smaller one) and
 * duplication, both ways. Bad air is seeded, so that the same datagrams in the same order meet the same
 * fate; timing is the machine's.
 *
 * @module
 */

/** Which way a datagram goes. */
export type Direction = "to-hub" | "to-guest";

/**
 * What becomes of one datagram: a delay in ms for each time that it arrives; none for a lost one.
 * `index` counts from 0 in each direction.
 */
export type Fate = (direction: Direction, index: number) => readonly number[];

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

/** What became of the datagrams so far. */
export interface Counts {
  /** All that were sent, by direction. */
  "to-hub": number;
  "to-guest": number;
  /** Both directions together. */
  passed: number;
  lost: number;
  doubled: number;
  overtaken: number;
}

/** A path for one guest. */
export interface LossyProxy extends Disposable {
  /** Where the guest finds the hub. */
  readonly port: number;
  readonly counts: Readonly<Counts>;
}

/** The fate of datagrams that pass at once, but for those that are chosen to be lost. */
export function dropping(isLost: (direction: Direction, index: number) => boolean): Fate {
  return (direction, index) => isLost(direction, index) ? [] : [0];
}

/** The fate of datagrams on bad air. */
export function onAir({ loss, duplication, delayMs, jitterMs }: Air, seed: number): Fate {
  const random = { "to-hub": randomFrom(seed), "to-guest": randomFrom(seed ^ 0x5bd1e995) };
  return (direction) => {
    const draw = random[direction];
    if (draw() < loss) return [];
    const delay = () => delayMs + jitterMs * draw();
    const first = delay();
    return draw() < duplication ? [first, delay()] : [first];
  };
}

/** Opens a path to the hub on `hubPort` of this machine. */
export function openLossyProxy(hubPort: number, fate: Fate): LossyProxy {
  const open = () => Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const [guestSide, hubSide] = [open(), open()];
  const hub: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port: hubPort };
  const counts = { "to-hub": 0, "to-guest": 0, passed: 0, lost: 0, doubled: 0, overtaken: 0 };
  const newest = { "to-hub": -1, "to-guest": -1 };
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let guest: Deno.Addr | undefined;

  const pass = (direction: Direction, datagram: Uint8Array) => {
    const index = counts[direction]++;
    const delays = fate(direction, index);
    if (delays.length === 0) counts.lost++;
    if (delays.length > 1) counts.doubled++;
    const arrive = () => {
      if (index < newest[direction]) counts.overtaken++;
      newest[direction] = Math.max(newest[direction], index);
      counts.passed++;
      const [socket, to] = direction === "to-hub" ? [hubSide, hub] : [guestSide, guest];
      if (to !== undefined) socket.send(datagram, to).catch(() => {});
    };
    for (const delay of delays) {
      if (delay === 0) {
        arrive();
        continue;
      }
      const timer = setTimeout(() => {
        timers.delete(timer);
        arrive();
      }, delay);
      timers.add(timer);
    }
  };
  (async () => {
    for await (const [datagram, from] of guestSide) {
      guest = from;
      pass("to-hub", datagram);
    }
  })().catch(() => {});
  (async () => {
    for await (const [datagram] of hubSide) pass("to-guest", datagram);
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
