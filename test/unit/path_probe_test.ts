import {
  decodePathProbeAnswer,
  encodePathProbe,
  PATH_PROBE_DATAGRAM_BYTES,
} from "../../relaycore/guests/path_probe.ts";
import { assert, assertEquals } from "../assert.ts";
import { chunk, chunksOf, ChunkType, concat, packet, seal } from "../support/sctp_peer.ts";

const TAG = 0x01020304;
const NONCE = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
/** Header, explicit nonce and tag of AES-GCM (RFC 5288 §3). */
const RECORD_OVERHEAD = 13 + 8 + 16;

const probe = () =>
  encodePathProbe(packet(TAG, chunk(ChunkType.cookieAck, new Uint8Array())), NONCE);

Deno.test("a probe is a HEARTBEAT of the association, with a valid checksum", () => {
  const bytes = probe();
  assertEquals(seal(bytes.slice()), bytes);
  assertEquals(bytes.subarray(0, 8), packet(TAG).subarray(0, 8));
  const [heartbeat] = chunksOf(bytes);
  assertEquals(heartbeat.type, ChunkType.heartbeat);
  assertEquals(heartbeat.body, new Uint8Array([0, 1, 0, 12, ...NONCE]));
  assertEquals(bytes.length + RECORD_OVERHEAD, PATH_PROBE_DATAGRAM_BYTES);
});

Deno.test("its answer is found alone and after other chunks", () => {
  const [{ body }] = chunksOf(probe());
  const ack = chunk(ChunkType.heartbeatAck, body);
  const sack = chunk(ChunkType.sack, new Uint8Array(12));
  for (const chunks of [[ack], [sack, ack], [chunk(192, new Uint8Array(5)), ack, sack]]) {
    assertEquals(decodePathProbeAnswer(packet(TAG, ...chunks)), NONCE);
  }
});

Deno.test("other packets are not an answer, even if they are cut off", () => {
  const [{ body }] = chunksOf(probe());
  const answer = packet(TAG, chunk(ChunkType.heartbeatAck, body));
  for (let length = 0; length < answer.length; length++) {
    assertEquals(decodePathProbeAnswer(answer.subarray(0, length)), undefined);
  }
  for (
    const other of [
      probe(),
      packet(TAG, chunk(ChunkType.heartbeatAck, concat(body, new Uint8Array(4)))),
      packet(TAG, new Uint8Array([1, 0, 0, 0]), chunk(ChunkType.heartbeatAck, body)),
      packet(TAG, chunk(ChunkType.heartbeatAck, new Uint8Array(12))),
    ]
  ) {
    assertEquals(decodePathProbeAnswer(other), undefined);
  }
  assert(decodePathProbeAnswer(answer) !== undefined);
});
