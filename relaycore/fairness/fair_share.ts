/**
 * Who holds how much of something that there is not enough of, by client address. The rule is the
 * same wherever it is used: a number alone refuses nobody (a school may be one address, behind its
 * router), but when there is no more, the address that holds the most gives up some of it.
 *
 * @module
 */

/** Things in somebody's hands, by address. Every operation takes the same time, however many there are. */
export class FairShare<T> {
  readonly #byAddress = new Map<string, Set<T>>();
  /** Addresses by how many things they hold: index 1 holds those with one. */
  readonly #byCount: Set<string>[] = [];
  #size = 0;

  /** All things together. */
  get size(): number {
    return this.#size;
  }

  /** Addresses that hold anything. */
  get addresses(): number {
    return this.#byAddress.size;
  }

  /** How many things an address holds. */
  countOf(address: string): number {
    return this.#byAddress.get(address)?.size ?? 0;
  }

  /** Puts a thing, which must not be there yet, into the hands of an address, as its newest. */
  add(address: string, thing: T): void {
    const things = this.#byAddress.get(address);
    if (things === undefined) this.#byAddress.set(address, new Set([thing]));
    else things.add(thing);
    this.#size++;
    this.#recount(address, (things?.size ?? 1) - 1);
  }

  /** Takes a thing away from an address; nothing if it does not hold it. */
  delete(address: string, thing: T): void {
    const things = this.#byAddress.get(address);
    if (things === undefined || !things.delete(thing)) return;
    this.#size--;
    if (things.size === 0) this.#byAddress.delete(address);
    this.#recount(address, things.size + 1);
  }

  /** The address with the most things; of several, the one that has had this many the longest. */
  get heaviest(): string | undefined {
    while (this.#byCount.length > 0 && !this.#byCount.at(-1)?.size) this.#byCount.pop();
    return this.#byCount.at(-1)?.values().next().value;
  }

  /** All things, address by address. */
  *all(): Iterable<T> {
    for (const things of this.#byAddress.values()) yield* things;
  }

  /** What an address holds, oldest first. */
  heldBy(address: string): Iterable<T> {
    return this.#byAddress.get(address) ?? [];
  }

  /** The oldest thing of the address that holds the most. */
  get first(): T | undefined {
    return this.#byAddress.get(this.heaviest ?? "")?.values().next().value;
  }

  #recount(address: string, before: number): void {
    this.#byCount[before]?.delete(address);
    const now = this.countOf(address);
    if (now > 0) (this.#byCount[now] ??= new Set()).add(address);
  }
}
