import {
  decodeHandshakeFragments,
  encodeHandshakeMessage,
  HandshakeType,
} from "../../relaycore/dtls/record.ts";
import { HandshakeSequencer } from "../../relaycore/dtls/handshake_sequencer.ts";
import { MAX_HANDSHAKE_GAPS, MAX_HANDSHAKE_MESSAGE_BYTES } from "../../relaycore/limits.ts";
import { assertEquals } from "../support/assert.ts";
import { type ClientMessage, fragments } from "../support/dtls_client.ts";

/** A client's messages from its second ClientHello on. */
const FLIGHTS: readonly ClientMessage[] = [
  { type: HandshakeType.clientHello, messageSeq: 1, body: filled(120, 1) },
  { type: HandshakeType.certificate, messageSeq: 2, body: filled(500, 2) },
  { type: HandshakeType.clientKeyExchange, messageSeq: 3, body: filled(33, 3) },
  { type: HandshakeType.certificateVerify, messageSeq: 4, body: filled(76, 4) },
  { type: HandshakeType.finished, messageSeq: 5, body: filled(12, 5) },
];
const [HELLO] = FLIGHTS;
const FINISHED = FLIGHTS[4];

/** A fragment, and whether it came in an encrypted record. */
type Piece = readonly [fragment: Uint8Array, isSealed: boolean];

function filled(length: number, value: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => value * 16 + i % 16);
}

/** A message in fragments of at most `size` bytes. */
function pieces(message: ClientMessage, size = 10_000): Piece[] {
  const isSealed = message.type === HandshakeType.finished;
  return fragments(message, size).map((fragment) => [fragment, isSealed] as const);
}

/** Pushes all fragments, and returns the types of the messages that come out. */
function run(input: readonly Piece[]): number[] {
  const sequencer = new HandshakeSequencer(1);
  const types: number[] = [];
  for (const [bytes, isSealed] of input) {
    for (const fragment of decodeHandshakeFragments(bytes) ?? []) {
      sequencer.push(fragment, isSealed);
    }
    for (let message; (message = sequencer.take()) !== undefined;) {
      const expected = FLIGHTS.find(({ type }) => type === message![0])!;
      assertEquals(message, encodeHandshakeMessage(expected));
      types.push(message[0]);
    }
  }
  return types;
}

const IN_ORDER = [1, 11, 16, 15, 20];

Deno.test("messages in order are passed on at once", () => {
  assertEquals(run(FLIGHTS.flatMap((message) => pieces(message))), IN_ORDER);
});

Deno.test("the last flight comes out in sequence, whatever order it arrives in", () => {
  const [hello, ...rest] = FLIGHTS.flatMap((message) => pieces(message));
  for (const order of permutations(rest)) assertEquals(run([hello, ...order]), IN_ORDER);
});

Deno.test("repeated messages are dropped anywhere", () => {
  const all = FLIGHTS.flatMap((message) => pieces(message));
  assertEquals(run([...all, ...all]), IN_ORDER);
  assertEquals(run(all.flatMap((piece) => [piece, piece])), IN_ORDER);
});

Deno.test("fragments are assembled in any order, even if they overlap", () => {
  const small = FLIGHTS.flatMap((message) => pieces(message, 50));
  const large = FLIGHTS.flatMap((message) => pieces(message, 70));
  assertEquals(run(small), IN_ORDER);
  assertEquals(run(small.toReversed()), IN_ORDER);
  assertEquals(run([...small.filter((_, i) => i % 2 === 0), ...large.toReversed()]), IN_ORDER);
});

Deno.test("nothing comes out while a fragment is missing", () => {
  assertEquals(run(FLIGHTS.flatMap((message) => pieces(message, 50)).slice(1)), []);
});

/** A fragment with changes. */
function altered([fragment, isSealed]: Piece, change: (fragment: Uint8Array) => void): Piece {
  const copy = fragment.slice();
  change(copy);
  return [copy, isSealed];
}

Deno.test("impossible fragments are dropped", () => {
  const [hello] = pieces(HELLO, 50);
  const hostile: Piece[] = [
    altered(hello, (f) => f[1] = 1), // 64 KiB
    altered(hello, (f) => f[8] = 255), // past the end
    altered(hello, (f) => f[5] = 200), // far ahead
    altered(hello, (f) => f[0] = HandshakeType.finished), // not sealed
    [hello[0], true], // sealed, and no Finished
    [hello[0].subarray(0, 11), false],
  ];
  const rest = FLIGHTS.flatMap((message) => pieces(message, 50)).slice(1);
  assertEquals(run([hello, ...hostile, ...rest]), IN_ORDER);
});

Deno.test("after a contradicting forged fragment, a retransmission completes the message", () => {
  const forgeries: ((fragment: Uint8Array) => void)[] = [
    (f) => f[3]++, // another length
    (f) => f[0] ^= 6, // another type
    (f) => f[f.length - 1] ^= 1, // other bytes
  ];
  for (const message of FLIGHTS.filter(({ type }) => type !== HandshakeType.finished)) {
    const before = FLIGHTS.slice(0, FLIGHTS.indexOf(message)).flatMap((one) => pieces(one));
    const genuine = pieces(message, 30);
    for (const forge of forgeries) {
      for (const [i, piece] of genuine.slice(0, -1).entries()) {
        // After the fragment that it contradicts. Then the last fragment is lost.
        const spoiled = genuine.slice(0, -1).toSpliced(i + 1, 0, altered(piece, forge));
        const out = run([...before, ...spoiled, ...genuine, ...genuine]);
        assertEquals(out.at(-1), message.type, `message ${message.type}, fragment ${i}`);
      }
    }
  }
});

Deno.test("a message in a single fragment is complete at once, in spite of forged fragments", () => {
  const [whole] = pieces(HELLO);
  const forged = altered(pieces(HELLO, 50)[0], (f) => f[20] ^= 1);
  assertEquals(run([forged, whole]), [1]);
});

Deno.test("a message completes even if there were too many gaps", () => {
  const message = { ...FLIGHTS[1], messageSeq: 1 };
  const scattered = fragments(message, 1).filter((_, i) => i % 2 === 0)
    .map((fragment) => [fragment, false] as const);
  assertEquals(scattered.length > MAX_HANDSHAKE_GAPS, true);
  const genuine = fragments(message, 100).map((fragment) => [fragment, false] as const);
  const sequencer = new HandshakeSequencer(1);
  for (const [bytes, isSealed] of [...scattered, ...genuine]) {
    sequencer.push(decodeHandshakeFragments(bytes)![0], isSealed);
  }
  assertEquals(sequencer.take(), encodeHandshakeMessage(message));
});

Deno.test("fragments that claim too much room cost what is collected, and not the handshake", () => {
  const [hello, certificate] = FLIGHTS;
  const body = new Uint8Array(MAX_HANDSHAKE_MESSAGE_BYTES);
  const claims = [4, 5, 6].map((messageSeq): Piece => [
    fragments({ ...certificate, messageSeq, body }, 1)[0],
    false,
  ]);
  const [first, ...rest] = pieces(certificate, 300);
  assertEquals(run([...pieces(hello), first, ...claims.slice(0, 1), ...rest]), [1, 11]);
  assertEquals(run([...pieces(hello), first, ...claims, ...rest]), [1]);
  assertEquals(run([...pieces(hello), first, ...claims, ...rest, first]), [1, 11]);
  // They displace nothing that came sealed, and a sealed message displaces them.
  const [half, otherHalf] = pieces(FINISHED, 6);
  const before = FLIGHTS.slice(0, 4).flatMap((message) => pieces(message));
  assertEquals(run([half, ...claims, ...before, otherHalf]), IN_ORDER);
  assertEquals(run([...claims, half, ...before, otherHalf]), IN_ORDER);
});

Deno.test("plaintext cannot disturb an encrypted Finished", () => {
  const [first, second] = pieces(FINISHED, 6);
  const before = FLIGHTS.slice(0, 4).flatMap((message) => pieces(message));
  const forged: Piece = [
    fragments({ ...FINISHED, type: HandshakeType.certificateVerify }, 6)[0],
    false,
  ];
  assertEquals(run([...before, forged, first, forged, second]), IN_ORDER);
  assertEquals(run([forged, first, forged, second, forged, ...before]), IN_ORDER);
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) =>
    permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest])
  );
}
