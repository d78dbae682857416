/**
 * The engine with a real peer on loopback: libdatachannel, joined by the link alone.
 */

import { assert, assertEquals } from "../assert.ts";
import { folderOfProcess } from "../support/folder.ts";
import { Guest } from "../support/guest.ts";
import { startTestHub } from "../support/test_hub.ts";

/** werift's and libdatachannel's own timers run on after a connection has ended. */
function peerTest(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

peerTest("a guest joins by the link alone and gets an id", async () => {
  await using hub = await startTestHub();
  const guest = await Guest.join(hub.link);
  assert(guest.id > 0);
  assertEquals(hub.status().guests, 1);
  guest.leave();
});

peerTest(
  "guests of one room exchange frames of every size, guests of another get none",
  async () => {
    await using hub = await startTestHub();
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => Guest.join(hub.link)));
    for (const guest of [a, b]) guest.send({ t: "join", room: "one" });
    c.send({ t: "join", room: "two" });
    for (const guest of [a, b, c]) await guest.sync();
    await a.untilPeersAre([a.id, b.id]);

    const overhead = JSON.stringify({ t: "from", id: a.id, payload: "" }).length;
    for (const size of [1, 1024, 16_384, 65_535, 262_144 - overhead]) {
      const payload = "é".repeat(size >> 1) + "x".repeat(size & 1);
      a.send({ t: "to", id: b.id, payload });
      const frame = await b.next(({ t }) => t === "from");
      assertEquals(frame.id, a.id);
      assert(frame.payload === payload, `${size} bytes arrive unchanged`);
    }
    // One byte more, and the frame that b would get is over what it promised to take.
    a.send({ t: "to", id: b.id, payload: "x".repeat(262_145 - overhead) });
    await a.sync();
    c.send({ t: "to", id: b.id, payload: "guessed" });
    await c.sync();
    await b.sync();
    assertEquals(b.frames, []);
    for (const guest of [a, b, c]) guest.leave();
  },
);

peerTest(
  "a message of exactly 256 KiB is echoed; a larger one closes only its sender",
  async () => {
    await using hub = await startTestHub();
    const [a, b] = await Promise.all([1, 2].map(() => Guest.join(hub.link, 1_048_576)));
    const echo = (bytes: number) => `{"t":"echo","x":"${"y".repeat(bytes - 19)}"}`;
    a.sendText(echo(262_144));
    assertEquals((await a.next(({ t }) => t === "echo")).x.length, 262_144 - 19);
    a.sendText(echo(262_145));
    await a.untilClosed();
    assertEquals(await b.peers(), [b.id]);
    for (const guest of [a, b]) guest.leave();
  },
);

peerTest("who leaves is gone from peers at once", async () => {
  await using hub = await startTestHub();
  const [a, b] = await Promise.all([1, 2].map(() => Guest.join(hub.link)));
  await a.untilPeersAre([a.id, b.id]);
  b.leave();
  await a.untilPeersAre([a.id], 5_000);
  a.leave();
});

peerTest("binary, malformed and unknown messages are ignored", async () => {
  await using hub = await startTestHub();
  const guest = await Guest.join(hub.link);
  guest.sendBinary(new Uint8Array([1, 2, 3]));
  for (const text of ["{", "[]", `{"t":"what"}`, `{"t":"join","room":3}`]) guest.sendText(text);
  await guest.sync();
  assertEquals(guest.frames, []);
  guest.leave();
});

peerTest(
  "stopping closes every guest's channel at once, and the same link works again",
  async () => {
    const statePath = `${folderOfProcess()}/relay-state.json`;
    const first = await startTestHub({ statePath });
    const guests = await Promise.all([1, 2, 3].map(() => Guest.join(first.link)));
    await first.stop();
    for (const guest of guests) await guest.untilClosed(5_000);

    await using second = await startTestHub({ statePath, port: first.port });
    assertEquals(second.link, first.link);
    const guest = await Guest.join(first.link);
    assert(guest.id > 0);
    for (const each of [...guests, guest]) each.leave();
  },
);

peerTest("leaving a using block stops the hub, and stopping twice is stopping once", async () => {
  let stopped: Promise<void>;
  let guest: Guest;
  {
    using hub = await startTestHub();
    guest = await Guest.join(hub.link);
    stopped = hub.stop();
    assert(hub.stop() === stopped);
  }
  await stopped;
  await guest.untilClosed(5_000);
  guest.leave();
});

peerTest("two hubs run in one process and know nothing of each other", async () => {
  await using one = await startTestHub();
  await using two = await startTestHub();
  const [a, b] = await Promise.all([Guest.join(one.link), Guest.join(two.link)]);
  assertEquals(await a.peers(), [a.id]);
  assertEquals(await b.peers(), [b.id]);
  assertEquals([one.status().guests, two.status().guests], [1, 1]);
  for (const guest of [a, b]) guest.leave();
});

peerTest(
  "the well-known identity joins by its link too, and does not touch a saved one",
  async () => {
    const statePath = `${folderOfProcess()}/relay-state.json`;
    await Deno.writeTextFile(statePath, "somebody's state, not even JSON");
    await using hub = await startTestHub({ fixedId: true, statePath });
    const guest = await Guest.join(hub.link);
    assert(guest.id > 0);
    assert(hub.blob.includes("iMQvZo7x61ukUXjDvSJnKmr3PFy6iDvHSa9XV3mb_kA"));
    assertEquals(await Deno.readTextFile(statePath), "somebody's state, not even JSON");
    guest.leave();
  },
);

peerTest("sixty guests at once all come in", async () => {
  await using hub = await startTestHub();
  const guests = await Promise.all(Array.from({ length: 60 }, () => Guest.join(hub.link)));
  assertEquals(new Set(guests.map(({ id }) => id)).size, 60);
  assertEquals(hub.status().guests, 60);
  for (const guest of guests) guest.leave();
});

peerTest("garbage on the port harms no guest", async () => {
  await using hub = await startTestHub();
  const guest = await Guest.join(hub.link);
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const to: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port: hub.port };
  for (let i = 0; i < 2000; i++) {
    const datagram = crypto.getRandomValues(new Uint8Array(1 + i % 600));
    datagram[0] = [0, 1, 20, 21, 22, 23, 63, 64, 128][i % 9];
    await socket.send(datagram, to);
  }
  socket.close();
  await guest.sync();
  guest.leave();
});
