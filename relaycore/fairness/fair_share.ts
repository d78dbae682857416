/**
 * Shares a scarce resource fairly between client addresses. The rule is the same everywhere: a
 * client is not refused only because its address holds many things, since a whole school may be one
 * address behind its router. When the resource runs out, the address that holds the most loses some
 * of it.
 *
 * @module
 */

/**
 * Records which address holds which things. Adding, removing, counting and finding the heaviest
 * take the same time, however many things there are.
 */
export class FairShare<T> {
  readonly #byAddress = new Map<string, Set<T>>();
  /**
   * Addresses by the number of things that they hold: index 1 contains those that hold one thing.
   */
  readonly #byCount: Set<string>[] = [];
  #size = 0;

  /** The total number of things. */
  get size(): number {
    return this.#size;
  }

  /** The number of addresses that hold anything. */
  get addresses(): number {
    return this.#byAddress.size;
  }

  /** How many things an address holds. */
  countOf(address: string): number {
    return this.#byAddress.get(address)?.size ?? 0;
  }

  /** Adds a thing to an address, as its newest. The thing must not be there yet. */
  add(address: string, thing: T): void {
    const things = this.#byAddress.get(address);
    if (things === undefined) this.#byAddress.set(address, new Set([thing]));
    else things.add(thing);
    this.#size++;
    this.#recount(address, (things?.size ?? 1) - 1);
  }

  /** Removes a thing from an address. Does nothing if the address does not hold it. */
  delete(address: string, thing: T): void {
    const things = this.#byAddress.get(address);
    if (things === undefined || !things.delete(thing)) return;
    this.#size--;
    if (things.size === 0) this.#byAddress.delete(address);
    this.#recount(address, things.size + 1);
  }

  /**
   * The address with the most things. If several have the most, it is the one that has had this
   * number for the longest time.
   */
  get heaviest(): string | undefined {
    while (this.#byCount.length > 0 && !this.#byCount.at(-1)?.size) this.#byCount.pop();
    return this.#byCount.at(-1)?.values().next().value;
  }

  /** All things, address by address. */
  *all(): Iterable<T> {
    for (const things of this.#byAddress.values()) yield* things;
  }

  /** The things that an address holds, oldest first. */
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
