/**
 * Reproducible random numbers. They are determined by the seed, the name of the target and the
 * number of the case, so that one case can be replayed without those before it.
 *
 * @module
 */

/** A generator of 32-bit numbers (sfc32), seeded with text. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed the same parts give the same numbers. */
  constructor(...seed: readonly (string | number)[]) {
    // FNV-1a, three times with different initial values.
    const text = seed.join("/");
    const hash = (from: number) => {
      let value = from;
      for (let i = 0; i < text.length; i++) {
        value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
      }
      return value >>> 0;
    };
    this.#a = hash(0x811c9dc5);
    this.#b = hash(0x01234567);
    this.#c = hash(0x89abcdef);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** A random integer of 32 bits. */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return sum >>> 0;
  }

  /** A random integer from 0 up to `end`, `end` excluded. */
  below(end: number): number {
    return Math.floor(this.uint32() / 2 ** 32 * end);
  }

  /** A random integer from `first` to `last`, both included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  /** True with the probability 1 / `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** A random element of an array. */
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }

  /** Random bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.uint32());
  }

  /** A number that fits into `bits` bits. Half of the time it is at or beside a typical limit. */
  number(bits: 8 | 16 | 24 | 32): number {
    const top = 2 ** bits;
    if (this.once(2)) return Math.floor(this.uint32() / 2 ** 32 * top);
    const near = this.pick([0, 1, 4, 16, 64, 127, 128, 255, 256, 1200, 2 ** (bits - 1), top - 1]);
    return (near + this.between(-1, 1) + top) % top;
  }
}
