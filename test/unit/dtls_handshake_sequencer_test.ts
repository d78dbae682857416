import {
  type DtlsRecord,
  encodeHandshakeRecord,
  HANDSHAKE_HEADER_LENGTH,
  HandshakeType,
  RECORD_HEADER_LENGTH,
} from "../../relaycore/dtls/record.ts";
import { decodeRecords } from "../../relaycore/dtls/record.ts";
import { HandshakeSequencer } from "../../relaycore/dtls/handshake_sequencer.ts";
import { MAX_EARLY_RECORDS } from "../../relaycore/limits.ts";
import { assertEquals } from "../assert.ts";

interface Message {
  readonly type: number;
  readonly messageSeq: number;
  readonly body: Uint8Array;
}

/** What a client sends in plaintext, from its second ClientHello on. */
const FLIGHTS: readonly Message[] = [
  { type: HandshakeType.clientHello, messageSeq: 1, body: filled(120, 1) },
  { type: HandshakeType.certificate, messageSeq: 2, body: filled(500, 2) },
  { type: HandshakeType.clientKeyExchange, messageSeq: 3, body: filled(33, 3) },
  { type: HandshakeType.certificateVerify, messageSeq: 4, body: filled(76, 4) },
];
const FINISHED: DtlsRecord = encrypted(0);

function filled(length: number, value: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => value * 16 + i % 16);
}

function encrypted(sequence: number): DtlsRecord {
  return decodeRecords(new Uint8Array([22, 254, 253, 0, 1, 0, 0, 0, 0, 0, sequence, 0, 1, 7]))[0];
}

/** The message as fragments of at most `size` bytes, each in a record. */
function records(message: Message, size = 10_000): DtlsRecord[] {
  const whole = encodeHandshakeRecord(message);
  const header = whole.subarray(RECORD_HEADER_LENGTH, RECORD_HEADER_LENGTH + 12);
  const out: DtlsRecord[] = [];
  for (let offset = 0; offset === 0 || offset < message.body.length; offset += size) {
    const part = message.body.subarray(offset, offset + size);
    const fragment = new Uint8Array(HANDSHAKE_HEADER_LENGTH + part.length);
    fragment.set(header);
    fragment.set([offset >> 16, offset >> 8, offset], 6);
    fragment.set([part.length >> 16, part.length >> 8, part.length], 9);
    fragment.set(part, HANDSHAKE_HEADER_LENGTH);
    out.push({ contentType: 22, epoch: 0, sequenceNumber: 0, fragment, bytes: fragment });
  }
  return out;
}

/** Pushes everything, and says what came out as "type" or "encrypted n". */
function run(input: readonly DtlsRecord[]): string[] {
  const sequencer = new HandshakeSequencer(1);
  return input.flatMap((record) => sequencer.push(record)).map((out) => {
    if (out.kind === "encrypted") return `encrypted ${out.record[10]}`;
    const expected = FLIGHTS.find(({ type }) => type === out.type)!;
    assertEquals(out.record, encodeHandshakeRecord(expected));
    return String(out.type);
  });
}

const IN_ORDER = ["1", "11", "16", "15", "encrypted 0"];

Deno.test("messages in order go straight through", () => {
  assertEquals(run([...FLIGHTS.flatMap((m) => records(m)), FINISHED]), IN_ORDER);
});

Deno.test("every order of the last flight comes out in sequence", () => {
  const [hello, ...rest] = FLIGHTS.flatMap((message) => records(message));
  for (const order of permutations([...rest, FINISHED])) {
    assertEquals(run([hello, ...order]), IN_ORDER);
  }
});

Deno.test("repetitions are swallowed, wherever they come", () => {
  const all = FLIGHTS.flatMap((message) => records(message));
  assertEquals(run([...all, ...all, FINISHED, ...all]), IN_ORDER);
  assertEquals(run([...all.flatMap((record) => [record, record]), FINISHED]), IN_ORDER);
});

Deno.test("fragments are put together in any order, overlapping ones too", () => {
  const small = FLIGHTS.flatMap((message) => records(message, 50));
  const large = FLIGHTS.flatMap((message) => records(message, 70));
  assertEquals(run([...small, FINISHED]), IN_ORDER);
  assertEquals(run([...small.toReversed(), FINISHED]), IN_ORDER);
  assertEquals(
    run([...small.filter((_, i) => i % 2 === 0), ...large.toReversed(), FINISHED]),
    IN_ORDER,
  );
});

Deno.test("nothing comes out while a piece is missing", () => {
  const pieces = FLIGHTS.flatMap((message) => records(message, 50));
  assertEquals(run([...pieces.slice(1), FINISHED]), []);
});

Deno.test("a repeated Finished goes through again, so that the hub repeats its own", () => {
  const all = FLIGHTS.flatMap((message) => records(message));
  assertEquals(run([...all, FINISHED, encrypted(1)]), [...IN_ORDER, "encrypted 1"]);
});

Deno.test("encrypted records that come early are kept, up to the limit", () => {
  const early = Array.from({ length: MAX_EARLY_RECORDS + 5 }, (_, i) => encrypted(i));
  const out = run([...early, ...FLIGHTS.flatMap((message) => records(message))]);
  assertEquals(out.length, 4 + MAX_EARLY_RECORDS);
  assertEquals(out.at(-1), `encrypted ${MAX_EARLY_RECORDS - 1}`);
});

Deno.test("fragments that contradict each other or claim too much are dropped", () => {
  const [hello] = records(FLIGHTS[0], 50);
  const altered = (change: (fragment: Uint8Array) => void): DtlsRecord => {
    const fragment = hello.fragment.slice();
    change(fragment);
    return { ...hello, fragment };
  };
  const hostile = [
    altered((f) => f[3]++), // another total length
    altered((f) => f[0] = 11), // another type
    altered((f) => f[1] = 1), // 64 KiB
    altered((f) => f[8] = 255), // past the end
    altered((f) => f[5] = 200), // far ahead
    { ...hello, fragment: hello.fragment.subarray(0, 11) },
  ];
  assertEquals(
    run([hello, ...hostile, ...FLIGHTS.flatMap((m) => records(m, 50)), FINISHED]),
    IN_ORDER,
  );
});

Deno.test("plaintext alerts and changes of cipher spec say nothing", () => {
  const alert: DtlsRecord = {
    contentType: 21,
    epoch: 0,
    sequenceNumber: 0,
    fragment: new Uint8Array([2, 40]),
    bytes: new Uint8Array(15),
  };
  assertEquals(run([alert, { ...alert, contentType: 20 }]), []);
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) =>
    permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest])
  );
}
