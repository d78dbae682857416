import { isReported, isSkipped, isWellFormed } from "../../relaycore/sctp/gate.ts";
import { assert, assertEquals } from "../support/assert.ts";

/** A packet of chunks, each given as type and body. Lengths and padding are correct. */
function packet(...chunks: (readonly [type: number, body: readonly number[]])[]): Uint8Array {
  const bytes = new Array<number>(12).fill(0);
  for (const [type, body] of chunks) {
    const length = body.length + 4;
    bytes.push(type, 0, length >> 8, length & 255, ...body);
    while (bytes.length % 4 !== 0) bytes.push(0);
  }
  return new Uint8Array(bytes);
}

const zeros = (length: number) => new Array<number>(length).fill(0);
const data = (stream: number, ...payload: number[]) =>
  [0, [...zeros(4), stream >> 8, stream & 255, ...zeros(6), ...payload]] as const;
const sack = (gaps: number[], gapCount = gaps.length / 2, duplicates = 0) =>
  [3, [
    ...zeros(8),
    0,
    gapCount,
    0,
    duplicates,
    ...gaps.flatMap((n) => [n >> 8, n & 255]),
  ]] as const;

Deno.test("packets of browsers pass", () => {
  const good = [
    packet([1, [...zeros(16), 0xc0, 0, 0, 4, 0x80, 8, 0, 6, 192, 130]]),
    packet([10, zeros(24)]),
    packet([10, zeros(24)], data(1, 1, 2, 3)),
    packet(data(0, 1), data(7, 1, 2)),
    packet(sack([])),
    packet(sack([2, 3, 5, 5])),
    packet([3, [...zeros(11), 1, ...zeros(4)]]),
    packet([4, [0, 1, 0, 12, ...zeros(8)]]),
    packet([6, []]),
    packet([6, [0, 12, 0, 8, 98, 121, 101, 33]]),
    packet([7, zeros(4)]),
    packet([8, []]),
    packet([14, []]),
    packet([130, [0, 13, 0, 18, ...zeros(14)]]),
    packet([192, zeros(8)]),
    packet(data(0, 1), [132, zeros(40)]),
    packet([63, []], [0, [1]]), // behind it nothing is read
    packet([193, zeros(3)], data(0, 1)),
  ];
  good.forEach((bytes, i) => assert(isWellFormed(bytes), `packet ${i}`));
});

Deno.test("packets with impossible lengths or gaps do not pass", () => {
  const lengthZero = packet(data(0, 1));
  lengthZero[15] = 0;
  const tooLong = packet(data(0, 1));
  tooLong[15] = 200;
  const bad: [string, Uint8Array][] = [
    ["empty", new Uint8Array()],
    ["header only", packet()],
    ["chunk of length 0", lengthZero],
    ["chunk past the end", tooLong],
    ["cut chunk header", packet(data(0, 1)).subarray(0, 14)],
    ["nonsense behind an unknown chunk that is skipped", packet([132, []], [0, zeros(11)])],
    ["DATA without payload", packet(data(0))],
    ["short DATA", packet([0, zeros(11)])],
    ["short INIT", packet([1, zeros(15)])],
    ["parameter of length 0", packet([1, [...zeros(16), 0xc0, 0, 0, 0]])],
    ["parameter past the end", packet([1, [...zeros(16), 0xc0, 0, 0, 9]])],
    ["cut parameter", packet([4, [0, 1]])],
    ["gap blocks missing", packet(sack([2, 3], 200))],
    ["gap blocks not announced", packet(sack([2, 3], 0))],
    ["gap block backwards", packet(sack([5, 4]))],
    ["gap blocks descending", packet(sack([5, 6, 2, 3]))],
    ["gap block from 0", packet(sack([0, 3]))],
    ["odd FORWARD-TSN", packet([192, zeros(6)])],
  ];
  for (const [what, bytes] of bad) assertEquals(isWellFormed(bytes), false, what);
});

Deno.test("no packet makes the gate throw or read out of bounds", () => {
  const whole = packet([1, [...zeros(16), 0xc0, 0, 0, 4]], sack([2, 3]), data(1, 2));
  for (let length = 0; length <= whole.length; length++) {
    isWellFormed(whole.subarray(0, length));
    for (const value of [0, 1, 127, 128, 255]) {
      const bytes = whole.slice();
      bytes[length] = value;
      isWellFormed(bytes);
    }
  }
});

Deno.test("the two high bits of an unknown type decide what is done (RFC 9260 §3.2)", () => {
  for (
    const [type, skipped, reported] of [
      [63, false, false],
      [64, false, true],
      [132, true, false],
      [193, true, true],
    ] as const
  ) {
    assertEquals([isSkipped(type), isReported(type)], [skipped, reported], `type ${type}`);
  }
});
