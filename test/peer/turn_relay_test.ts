/**
 * The relay on real sockets, with each of its engines: over loopback, spoken to by our own client.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { decodeXorAddress } from "../../relaycore/stun/attributes.ts";
import { decodeStun, encodeStun, findAttribute } from "../../relaycore/stun/message.ts";
import { Attribute, MessageClass, Method } from "../../relaycore/stun/registry.ts";
import { MAX_FILE_DESCRIPTORS_SEARCHED } from "../../relaycore/limits.ts";
import type { Engine } from "../../relaycore/turn/engine.ts";
import { TurnServer } from "../../relaycore/turn/server.ts";
import { openTurnRelay, type TurnRelay } from "../../relaycore/turn/turn_relay.ts";
import { WorkerEngine } from "../../relaycore/turn/worker_engine.ts";
import { startTurnRelay } from "../support/turn_relay.ts";
import { TurnClient } from "../support/turn_client.ts";
import { eventually } from "../support/waiting.ts";

const CREDENTIALS = { username: "user", password: "secret" };
const TIMEOUT_MS = 5000;
const ENGINES = WorkerEngine.isPossible() ? ["datagram", "thread"] as const : ["datagram"] as const;

function start(engine: Engine["kind"], port = 0): Promise<TurnRelay> {
  return startTurnRelay({ port, ...CREDENTIALS, hostAddresses: [], engine });
}

function clientOf(relay: TurnRelay, credentials = CREDENTIALS, hostname?: string): TurnClient {
  return new TurnClient({ address: "127.0.0.1", port: relay.port }, credentials, hostname);
}

/** The payload of a ChannelData message or a Data indication. */
function payloadOf(datagram: Uint8Array | undefined): Uint8Array {
  assert(datagram !== undefined, "nothing came");
  const message = decodeStun(datagram);
  if (message === undefined) return datagram.subarray(4);
  assertEquals(message.method, Method.data);
  return findAttribute(message, Attribute.data)!;
}

for (const engine of ENGINES) {
  Deno.test(`${engine}: two clients relay to each other by channels and by indications`, async () => {
    await using relay = await start(engine);
    using a = clientOf(relay);
    using b = clientOf(relay);
    await a.allocate();
    await b.allocate();
    await a.createPermission(b.relayed);
    await b.createPermission(a.relayed);
    const data = crypto.getRandomValues(new Uint8Array(1201));

    await a.sendIndication(b.relayed, data);
    const indication = await b.receive(TIMEOUT_MS);
    assertEquals(payloadOf(indication), data);
    const from = findAttribute(decodeStun(indication!)!, Attribute.xorPeerAddress)!;
    assertEquals(decodeXorAddress(from), a.relayed);

    await a.channelBind(0x4000, b.relayed);
    await b.channelBind(0x4001, a.relayed);
    const header = (number: number) =>
      Uint8Array.of(number >> 8, number & 255, data.length >> 8, data.length & 255);
    await a.send(Uint8Array.of(...header(0x4000), ...data));
    assertEquals(await b.receive(TIMEOUT_MS), Uint8Array.of(...header(0x4001), ...data));
    await b.sendIndication(a.relayed, data);
    assertEquals(await a.receive(TIMEOUT_MS), Uint8Array.of(...header(0x4000), ...data));
  });

  Deno.test(`${engine}: packets keep their order and all arrive`, async () => {
    await using relay = await start(engine);
    using a = clientOf(relay);
    using b = clientOf(relay);
    await a.allocate();
    await b.allocate();
    await a.channelBind(0x4000, b.relayed);
    await b.channelBind(0x4000, a.relayed);
    // Windows of 50 fit into every socket's buffer, however slow the machine is.
    for (let window = 0; window < 20; window++) {
      for (let i = 0; i < 50; i++) await a.send(Uint8Array.of(0x40, 0, 0, 2, window, i));
      for (let i = 0; i < 50; i++) {
        assertEquals(payloadOf(await b.receive(TIMEOUT_MS)), Uint8Array.of(window, i));
      }
    }
  });

  Deno.test(`${engine}: a wrong password is refused, other peers are forbidden`, async () => {
    await using relay = await start(engine);
    using thief = clientOf(relay, { ...CREDENTIALS, password: "guess" });
    await assertRejects(() => thief.allocate(), Error, "error 401");
    using client = clientOf(relay);
    await client.allocate();
    for (const address of ["8.8.8.8", "192.168.1.1", "0.0.0.0", "224.0.0.1"]) {
      const peer = { address, port: 9 };
      await assertRejects(() => client.createPermission(peer), Error, "error 403");
      await assertRejects(() => client.channelBind(0x4000, peer), Error, "error 403");
    }
    const service = { address: "127.0.0.1", port: relay.port };
    await assertRejects(() => client.channelBind(0x4000, service), Error, "error 403");
  });

  Deno.test(`${engine}: noise of every length changes nothing`, async () => {
    await using relay = await start(engine);
    using client = clientOf(relay);
    for (const length of [0, 1, 3, 4, 19, 20, 21, 1400, 2048, 2049, 9000, 60_000]) {
      await client.send(crypto.getRandomValues(new Uint8Array(length)));
      await client.send(new Uint8Array(length).fill(0x40));
    }
    await client.allocate();
  });

  Deno.test(`${engine}: status counts allocations, packets, bytes and drops`, async () => {
    await using relay = await start(engine);
    assertEquals(relay.status().engine, engine);
    using a = clientOf(relay);
    await a.allocate();
    await a.createPermission(a.relayed);
    await a.sendIndication(a.relayed, new Uint8Array(10));
    await a.receive(TIMEOUT_MS);
    await a.sendIndication({ address: "127.0.0.1", port: 9 }, new Uint8Array(10));
    await a.createPermission(a.relayed);
    await eventually(
      "the relay's counts",
      TIMEOUT_MS,
      () => relay.status().relayedPackets > 0 || undefined,
    );
    const { allocations, relayedPackets, relayedBytes, counters } = relay.status();
    assertEquals({ allocations, relayedPackets, relayedBytes, counters }, {
      allocations: 1,
      relayedPackets: 1,
      relayedBytes: 10,
      counters: { "turn-error-401": 1, "turn-not-a-relayed-address": 1 },
    });
  });

  Deno.test(`${engine}: what clients send before the relay serves is answered when it does`, async () => {
    await using relay = openTurnRelay({ port: 0, ...CREDENTIALS, hostAddresses: [], engine });
    using client = clientOf(relay);
    // Only once, as a client that repeats its requests would hide a loss.
    await client.send(encodeStun({
      method: Method.binding,
      messageClass: MessageClass.request,
      transactionId: crypto.getRandomValues(new Uint8Array(12)),
      attributes: [],
    }));
    await relay.serve();
    const answer = decodeStun(await client.receive(TIMEOUT_MS) ?? new Uint8Array());
    assertEquals(answer?.messageClass, MessageClass.success);
  });

  Deno.test(`${engine}: a relay that nobody has used can be stopped`, async () => {
    const relay = await start(engine);
    await relay.stop();
    await using next = await start(engine, relay.port);
    assertEquals(next.port, relay.port);
  });

  Deno.test(`${engine}: a relay that is stopped at its first datagram frees its port`, async () => {
    const relay = await start(engine);
    using client = clientOf(relay);
    await client.send(new Uint8Array(20));
    // The thread may be starting now.
    await new Promise((resolve) => setTimeout(resolve, 0));
    await Promise.all([relay.stop(), relay.stop()]);
    await using next = await start(engine, relay.port);
    assertEquals(next.port, relay.port);
  });

  Deno.test(`${engine}: a taken port is an error, and free again after stop`, async () => {
    const relay = await start(engine);
    await assertRejects(() => start(engine, relay.port), Deno.errors.AddrInUse);
    await relay.stop();
    await relay.stop();
    await using next = await start(engine, relay.port);
    assertEquals(next.port, relay.port);
  });

  const name = `${engine}: after a change of addresses, new allocations get the new one`;
  // Elsewhere loopback is one address only.
  Deno.test({ name, ignore: Deno.build.os !== "linux" }, async () => {
    const netmask = "255.255.255.0";
    await using relay = await startTurnRelay({
      port: 0,
      ...CREDENTIALS,
      hostAddresses: [{ address: "127.0.0.1", netmask }],
      engine,
    });
    const address = "127.0.0.77";
    relay.setHostAddresses([{ address, netmask }]);
    await eventually("an allocation at the new address", TIMEOUT_MS, async () => {
      using client = clientOf(relay, CREDENTIALS, "127.0.0.9");
      await client.allocate();
      const { relayed } = client;
      // The next client may well be given the same port by the system.
      await client.release();
      return relayed.address === address || undefined;
    });
  });
}

Deno.test("a relay that never served frees its port", async () => {
  const config = { ...CREDENTIALS, hostAddresses: [], engine: "datagram" as const };
  const relay = openTurnRelay({ ...config, port: 0 });
  const { port } = relay;
  await relay.stop();
  await relay.stop();
  await relay.serve(); // too late: does nothing
  await using next = openTurnRelay({ ...config, port });
  assertEquals(next.port, port);
});

Deno.test({
  name: "a thread that does not find the socket leaves the relay to the hub's thread",
  ignore: !WorkerEngine.isPossible(),
  async fn() {
    await using files = new AsyncDisposableStack();
    for (let i = 0; i < MAX_FILE_DESCRIPTORS_SEARCHED; i++) files.use(await Deno.open("/dev/null"));
    const failed = Promise.withResolvers<unknown>();
    await using relay = await startTurnRelay({
      ...{ port: 0, ...CREDENTIALS, hostAddresses: [], failed: failed.resolve },
    });
    using client = clientOf(relay);
    await client.allocate();
    assertEquals(await failed.promise, `Error: the socket on UDP port ${relay.port} is not found`);
    assertEquals(relay.status().engine, "datagram");
  },
});

Deno.test("an error inside the relay is counted, and reported with its stack", async () => {
  const failed = Promise.withResolvers<unknown>();
  const { receive } = TurnServer.prototype;
  await using relay = await startTurnRelay({
    ...{ port: 0, ...CREDENTIALS, hostAddresses: [], engine: "datagram" },
    failed: failed.resolve,
  });
  TurnServer.prototype.receive = function planted() {
    throw new Error("planted");
  };
  try {
    using client = clientOf(relay);
    await client.send(new Uint8Array(20));
    const { stack } = await failed.promise as Error;
    assert(stack?.includes("planted"), stack);
    assertEquals(relay.status().counters["turn-handler-error"], 1);
  } finally {
    TurnServer.prototype.receive = receive;
  }
});
