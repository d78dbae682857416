import { assert, assertEquals } from "../assert.ts";
import { SctpPair } from "./support/sctp_hub.ts";
import { bytes, chunk, chunksOf, ChunkType, parameter, read } from "../support/sctp_peer.ts";

/** A RE-CONFIG chunk with an outgoing reset request. */
function outgoingReset(sequence: number, lastTsn: number, ...streams: number[]) {
  const fields = streams.map((id) => [2, id] as const);
  return chunk(
    ChunkType.reconfig,
    parameter(13, bytes([4, sequence], [4, 0], [4, lastTsn], ...fields)),
  );
}

function response(sequence: number, result: number) {
  return chunk(ChunkType.reconfig, parameter(16, bytes([4, sequence], [4, result])));
}

/** The hub's responses so far, as [request number, result]. */
function responses(pair: SctpPair): number[][] {
  return pair.peer.received.filter(({ type, body }) =>
    type === ChunkType.reconfig && read(body, 0, 2) === 16
  ).map(({ body }) => [read(body, 4, 4), read(body, 8, 4)]);
}

/** The hub's own requests among its packets, as [request number, streams…]. */
function requests(pair: SctpPair): number[][] {
  return pair.sent.flatMap(({ bytes }) => chunksOf(bytes))
    .filter(({ type, body }) => type === ChunkType.reconfig && read(body, 0, 2) === 13)
    .map(({ body }) => {
      const streams = [];
      for (let at = 16; at < read(body, 2, 2); at += 2) streams.push(read(body, at, 2));
      return [read(body, 4, 4), ...streams];
    });
}

Deno.test("a stream reset of the guest is done once, and answered each time", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  const request = outgoingReset(peer.initialTsn, peer.nextTsn - 1, 3);
  for (let i = 0; i < 3; i++) {
    peer.send(request);
    pair.settle();
  }
  assertEquals(pair.resets, [3]);
  assertEquals(responses(pair), Array(3).fill([peer.initialTsn, 1]));
});

Deno.test("a reset without a list means all streams (RFC 6525 §4.1)", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  peer.send(outgoingReset(peer.initialTsn, peer.nextTsn - 1));
  assertEquals(pair.resets, ["all"]);
});

Deno.test("a reset waits for the data that was sent before it", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  const last = peer.next("goodbye");
  const request = outgoingReset(peer.initialTsn, peer.nextTsn - 1, 0);
  for (let i = 0; i < 2; i++) {
    peer.send(request);
    pair.settle();
  }
  assertEquals(pair.resets, []);
  assertEquals(responses(pair), Array(2).fill([peer.initialTsn, 6]));
  peer.send(last);
  pair.settle();
  assertEquals([pair.messages, pair.resets], [["goodbye"], [0]]);
  assertEquals(responses(pair).at(-1), [peer.initialTsn, 1]);
});

Deno.test("requests with a wrong number, and requests for more streams, are refused", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  peer.send(outgoingReset(peer.initialTsn + 5, peer.nextTsn - 1, 0));
  pair.settle();
  assertEquals(responses(pair).at(-1), [peer.initialTsn + 5, 5]);
  peer.send(chunk(
    ChunkType.reconfig,
    parameter(17, bytes([4, peer.initialTsn], [2, 9], [2, 0])),
  ));
  pair.settle();
  assertEquals(responses(pair).at(-1), [peer.initialTsn, 2]);
  assertEquals(pair.resets, []);
});

Deno.test("the hub also resets its own side of a stream, once its data is acknowledged", () => {
  using pair = SctpPair.connect({ acknowledges: false });
  const { peer } = pair;
  pair.send("on its way");
  pair.settle();
  peer.send(outgoingReset(peer.initialTsn, peer.nextTsn - 1, 0, 1));
  pair.settle();
  assertEquals(requests(pair), []);
  peer.acknowledges = true;
  pair.run(1000);
  const [request] = requests(pair);
  assertEquals(request, [peer.peerInitialTsn, 0], "of stream 0; nothing was sent on 1");
  pair.run(5000);
  assert(requests(pair).length > 1, "it is said again");
  for (const again of requests(pair)) assertEquals(again, request);

  peer.send(response(request[0], 1));
  const said = requests(pair).length;
  pair.send("a new stream");
  pair.run(60_000);
  assertEquals(requests(pair).length, said);
  const last = pair.sent.flatMap(({ bytes }) => chunksOf(bytes))
    .filter(({ type }) => type === ChunkType.data).at(-1)!;
  assertEquals(read(last.body, 6, 2), 0, "its sequence numbers begin anew");
});

Deno.test("the hub gives up on a guest that never answers its reset", () => {
  using pair = SctpPair.connect();
  const { peer } = pair;
  pair.send("hello");
  pair.settle();
  peer.send(outgoingReset(peer.initialTsn, peer.nextTsn - 1, 0));
  pair.run(1_000_000);
  assert(requests(pair).length <= 12, `${requests(pair).length} requests`);
  assertEquals(pair.hub.nextDeadline, undefined);
  assertEquals(pair.ends, []);
});
