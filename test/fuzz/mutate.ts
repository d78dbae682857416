/**
 * Mutates valid packets.
 *
 * @module
 */

import { joined } from "../../relaycore/bytes.ts";
import type { Random } from "./random.ts";

/** Longest result in bytes. The hub treats all longer packets alike. */
const MAX_BYTES = 4096;

type Mutation = (
  bytes: Uint8Array,
  random: Random,
  others: readonly Uint8Array[],
) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const at = random.below(bytes.length);
    bytes[at] ^= 1 << random.below(8);
    return bytes;
  },
  function setByte(bytes, random) {
    bytes[random.below(bytes.length)] = random.number(8);
    return bytes;
  },
  function setUint16(bytes, random) {
    return setNumber(bytes, random, 2, random.number(16));
  },
  function setUint24(bytes, random) {
    return setNumber(bytes, random, 3, random.number(24));
  },
  function setUint32(bytes, random) {
    return setNumber(bytes, random, 4, random.number(32));
  },
  function cut(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length));
  },
  function extend(bytes, random) {
    return joined(bytes, random.once(2) ? random.bytes(random.below(64)) : new Uint8Array(1500));
  },
  function remove(bytes, random) {
    const [start, end] = range(bytes, random);
    return joined(bytes.subarray(0, start), bytes.subarray(end));
  },
  function repeat(bytes, random) {
    const [start, end] = range(bytes, random);
    return joined(bytes.subarray(0, end), bytes.subarray(start));
  },
  function insert(bytes, random) {
    const at = random.below(bytes.length);
    return joined(bytes.subarray(0, at), random.bytes(random.between(1, 16)), bytes.subarray(at));
  },
  function fill(bytes, random) {
    const [start, end] = range(bytes, random);
    bytes.fill(random.pick([0, 0xff, random.number(8)]), start, end);
    return bytes;
  },
  function splice(bytes, random, others) {
    const other = random.pick(others);
    return joined(
      bytes.subarray(0, random.below(bytes.length)),
      other.subarray(random.below(other.length)),
    );
  },
];

/**
 * A packet of the corpus with one to six mutations, and sometimes without any.
 *
 * @param corpus valid packets of one kind. They are not changed.
 * @param seed the packet to mutate; by default any of the corpus.
 */
export function mutated(
  corpus: readonly Uint8Array[],
  random: Random,
  seed: Uint8Array = random.pick(corpus),
): Uint8Array<ArrayBuffer> {
  let bytes: Uint8Array = seed.slice();
  for (let i = random.once(32) ? 0 : random.between(1, random.pick([1, 2, 6])); i > 0; i--) {
    if (bytes.length === 0) bytes = random.bytes(random.between(1, 32));
    bytes = random.pick(MUTATIONS)(bytes.slice(), random, corpus).subarray(0, MAX_BYTES);
  }
  return bytes.slice();
}

function setNumber(bytes: Uint8Array, random: Random, width: number, value: number): Uint8Array {
  const at = random.below(Math.max(1, bytes.length - width + 1));
  for (let i = 0; i < width && at + i < bytes.length; i++) {
    bytes[at + i] = Math.floor(value / 2 ** (8 * (width - 1 - i)));
  }
  return bytes;
}

function range(bytes: Uint8Array, random: Random): [start: number, end: number] {
  const start = random.below(bytes.length);
  return [start, random.between(start, Math.min(bytes.length, start + random.pick([4, 32, 512])))];
}
