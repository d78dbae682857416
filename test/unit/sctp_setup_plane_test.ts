import { SctpAssociation } from "../../relaycore/sctp/association.ts";
import { ReceivePool } from "../../relaycore/sctp/receive_pool.ts";
import { SetupPlane } from "../../relaycore/sctp/setup_plane.ts";
import { assert, assertEquals } from "../assert.ts";
import { bytes, chunk, ChunkType, parameter, read, SctpPeer } from "../support/sctp_peer.ts";

/** An INIT chunk. */
function init(options: { tag?: number; outbound?: number; inbound?: number } = {}): Uint8Array {
  const { tag = 7, outbound = 1024, inbound = 1024 } = options;
  return chunk(
    ChunkType.init,
    bytes([4, tag], [4, 1 << 20], [2, outbound], [2, inbound], [4, 100]),
  );
}

/** A plane that is closed at the end of a test. The test fails if a timer is left. */
function plane(): SetupPlane & Disposable {
  const setup = new SetupPlane();
  return Object.assign(setup, { [Symbol.dispose]: () => setup.close() });
}

Deno.test("every guest gets its own tag and first TSN", () => {
  using setup = plane();
  const seen = new Set<number>();
  for (let i = 0; i < 100; i++) {
    const answer = setup.answerInit(init(), i)!;
    for (const offset of [4, 16]) seen.add(read(answer, offset, 4));
    assert(read(answer, 4, 4) !== 0);
  }
  assert(seen.size >= 199, "by chance two of them may be alike");
});

Deno.test("one guest's number of streams does not affect the next guest", () => {
  using setup = plane();
  const streams = (answer: Uint8Array | undefined) => [read(answer!, 12, 2), read(answer!, 14, 2)];
  assertEquals(streams(setup.answerInit(init({ outbound: 2, inbound: 1 }), 0)), [1, 2]);
  assertEquals(streams(setup.answerInit(init({ outbound: 1024, inbound: 512 }), 0)), [512, 1024]);
});

Deno.test("guests are set up at once, end in any way, and others can still join", async () => {
  using setup = plane();
  const pool = new ReceivePool();
  const join = (tag: number) => {
    const hub = new SctpAssociation(pool, setup);
    const peer = new SctpPeer((packet) => hub.receive(packet, 0), { tag, initialTsn: tag });
    const talk = () => hub.poll(0, (packet) => peer.receive(packet.slice()));
    return { hub, peer, talk };
  };
  for (let round = 0; round < 20; round++) {
    const guests = Array.from({ length: 5 }, (_, i) => join(1000 * round + i + 1));
    for (const { peer } of guests) peer.connect();
    for (let i = 0; i < 3; i++) for (const { talk } of guests) talk();
    for (const [i, { hub, peer, talk }] of guests.entries()) {
      assert(peer.isOpen);
      peer.send(peer.next("hello"));
      assertEquals(hub.takeEvents().length, 1);
      if (i === 0) peer.send(chunk(ChunkType.shutdown, bytes([4, peer.peerTsn])));
      if (i === 1) peer.send(chunk(ChunkType.abort, new Uint8Array()));
      if (i === 2) hub.close();
      peer.send(chunk(ChunkType.heartbeat, parameter(1, bytes([4, i]))));
      talk();
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
});
