/**
 * The loop on real sockets, over loopback: with Deno's own calls, and with batches where the system
 * has them.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { Counters } from "../../relaycore/counters.ts";
import { MAX_BATCHED_DATAGRAM_BYTES, UDP_BATCH } from "../../relaycore/limits.ts";
import { SocketBatches } from "../../relaycore/net/socket_batches.ts";
import type { TransportAddress } from "../../relaycore/net/transport_address.ts";
import { UdpLoop } from "../../relaycore/net/udp_loop.ts";

const TIMEOUT_MS = 20_000;

function bind(hostname = "127.0.0.1"): Deno.DatagramConn & Disposable {
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  return Object.assign(socket, { [Symbol.dispose]: () => socket.close() });
}

function portOf(socket: Deno.DatagramConn): number {
  return (socket.addr as Deno.NetAddr).port;
}

/** A loop that runs until it is disposed of. */
class Running implements AsyncDisposable {
  readonly counters = new Counters();
  readonly address: TransportAddress;
  readonly loop: UdpLoop;
  readonly #done: Promise<void>;

  constructor(
    isBatched: boolean,
    receive: (datagram: Uint8Array, from: TransportAddress, loop: UdpLoop) => void,
  ) {
    const socket = bind("0.0.0.0");
    this.address = { address: "127.0.0.1", port: portOf(socket) };
    const batches = isBatched ? SocketBatches.of(socket) : undefined;
    if (isBatched) assert(batches !== undefined, "the socket was not found");
    this.loop = new UdpLoop(socket, this.counters, { batches });
    this.#done = this.loop.run((datagram, from) => receive(datagram, from, this.loop));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.loop.close();
    await this.#done;
  }
}

/** Receives so many datagrams. A watchdog closes the socket, which makes it throw. */
async function receive(socket: Deno.DatagramConn, count: number): Promise<Uint8Array[]> {
  const watchdog = setTimeout(() => socket.close(), TIMEOUT_MS);
  const received: Uint8Array[] = [];
  while (received.length < count) received.push((await socket.receive())[0]);
  clearTimeout(watchdog);
  return received;
}

const probe = bind("0.0.0.0");
const hasBatches = SocketBatches.of(probe) !== undefined;
probe.close();

for (const isBatched of hasBatches ? [false, true] : [false]) {
  const name = isBatched ? "batches" : "Deno's calls";

  Deno.test(`${name}: everything arrives with its source, and is answered`, async () => {
    await using hub = new Running(isBatched, (datagram, from, loop) => {
      loop.send(datagram.slice(), from);
    });
    const guests = [bind(), bind()];
    const to: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port: hub.address.port };
    // Windows that fit into every socket's buffer, and into more than one batch.
    for (let window = 0; window < 10; window++) {
      for (let i = 0; i < UDP_BATCH; i++) {
        for (const [which, guest] of guests.entries()) {
          await guest.send(Uint8Array.of(which, window, i), to);
        }
      }
      for (const [which, guest] of guests.entries()) {
        const answers = await receive(guest, UDP_BATCH);
        const numbers = answers.map((answer) => answer[2]).toSorted((a, b) => a - b);
        assertEquals(numbers, numbers.map((_, i) => i));
        assert(answers.every(([by, at]) => by === which && at === window));
      }
    }
    assertEquals(hub.counters.snapshot(), {});
    for (const guest of guests) guest.close();
  });

  Deno.test(`${name}: what is sent in one turn arrives, whatever its size`, async () => {
    await using hub = new Running(isBatched, () => {});
    using guest = bind();
    const to = { address: "127.0.0.1", port: portOf(guest) };
    const sizes = Array.from({ length: UDP_BATCH + 5 }, (_, i) => i);
    sizes[10] = MAX_BATCHED_DATAGRAM_BYTES;
    sizes[20] = MAX_BATCHED_DATAGRAM_BYTES + 1;
    for (const size of sizes) hub.loop.send(new Uint8Array(size), to);
    const received = (await receive(guest, sizes.length)).map(({ length }) => length);
    assertEquals(received.toSorted((a, b) => a - b), sizes.toSorted((a, b) => a - b));
    // Deno does not keep the order of what is sent at once. One is too large for a batch.
    if (isBatched) assertEquals(received.slice(0, 20), sizes.slice(0, 20));
    assertEquals(hub.counters.snapshot(), {});
  });

  Deno.test(`${name}: what cannot be sent is counted, and the rest is sent`, async () => {
    await using hub = new Running(isBatched, () => {});
    using guest = bind();
    const to = { address: "127.0.0.1", port: portOf(guest) };
    hub.loop.send(Uint8Array.of(1), to);
    hub.loop.send(new Uint8Array(66_000), to); // more than UDP carries
    hub.loop.send(Uint8Array.of(2), { address: "127.0.0.1", port: 0 }); // not a port
    hub.loop.send(Uint8Array.of(3), to);
    const received = (await receive(guest, 2)).map(([byte]) => byte);
    assertEquals(received.toSorted(), [1, 3]);
    await hub.loop.drain(TIMEOUT_MS);
    assertEquals(hub.counters.snapshot(), { "udp-send-error": 2 });
  });

  Deno.test(`${name}: a receiver that throws costs one datagram`, async () => {
    await using hub = new Running(isBatched, (datagram, from, loop) => {
      if (datagram[0] === 1) throw new Error("a fault");
      loop.send(datagram.slice(), from);
    });
    using guest = bind();
    const to: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port: hub.address.port };
    for (const byte of [0, 1, 2]) await guest.send(Uint8Array.of(byte), to);
    assertEquals(await receive(guest, 2), [Uint8Array.of(0), Uint8Array.of(2)]);
    assertEquals(hub.counters.snapshot(), { "datagram-handler-error": 1 });
  });

  Deno.test(`${name}: goodbyes leave before the port is closed, and nothing after that`, async () => {
    using guest = bind();
    const to = { address: "127.0.0.1", port: portOf(guest) };
    {
      await using hub = new Running(isBatched, () => {});
      hub.loop.send(Uint8Array.of(1), to);
      await hub.loop.drain(TIMEOUT_MS);
      hub.loop.send(Uint8Array.of(2), to);
      hub.loop.close();
      hub.loop.send(Uint8Array.of(3), to);
    }
    assertEquals(await receive(guest, 1), [Uint8Array.of(1)]);
  });
}

Deno.test({
  name: "batches: a TCP socket with the same port number is not mistaken for the UDP socket",
  ignore: !hasBatches,
  async fn() {
    // Whichever of the two is opened first.
    for (const isTcpFirst of [true, false]) {
      const first = isTcpFirst ? Deno.listen({ hostname: "0.0.0.0", port: 0 }) : bind("0.0.0.0");
      const { port } = first.addr as Deno.NetAddr;
      const second = isTcpFirst
        ? Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port })
        : Deno.listen({ hostname: "0.0.0.0", port });
      const udp = (isTcpFirst ? second : first) as Deno.DatagramConn;
      const batches = SocketBatches.of(udp);
      assert(batches !== undefined);
      const loop = new UdpLoop(udp, new Counters(), { batches });
      using guest = bind();
      loop.send(Uint8Array.of(7), { address: "127.0.0.1", port: portOf(guest) });
      assertEquals(await receive(guest, 1), [Uint8Array.of(7)]);
      loop.close();
      (isTcpFirst ? first : second).close();
    }
  },
});

Deno.test({
  name: "batches: a datagram that does not fit is counted, and those around it arrive whole",
  ignore: !hasBatches,
  async fn() {
    const socket = bind("0.0.0.0");
    const batches = SocketBatches.of(socket);
    using guest = bind();
    const to: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port: portOf(socket) };
    const most = MAX_BATCHED_DATAGRAM_BYTES;
    // All of them wait before the loop begins. It receives the first one without a batch.
    for (const [i, size] of [most + 1, 0, most, most + 1, 60_000, 3].entries()) {
      await guest.send(new Uint8Array(size).fill(i), to);
    }
    const counters = new Counters();
    const loop = new UdpLoop(socket, counters, { batches });
    const received: [length: number, values: string][] = [];
    await loop.run((datagram, from) => {
      assertEquals(from, { address: "127.0.0.1", port: portOf(guest) });
      received.push([datagram.length, [...new Set(datagram)].join()]);
      if (datagram.length === 3) loop.close();
    });
    assertEquals(received, [[most + 1, "0"], [0, ""], [most, "2"], [3, "5"]]);
    assertEquals(counters.snapshot(), { "datagram-too-large": 2 });
  },
});

Deno.test({
  name: "without the permission to call native code there are no batches",
  permissions: { net: true, ffi: false },
  fn() {
    using socket = bind();
    assertEquals(SocketBatches.of(socket), undefined);
  },
});
