/**
 * Which tile is large: the one that the person chose, else a shared screen, else none. It knows no
 * document and no sizes.
 *
 * @module
 */

import type { Person } from "../state.ts";

/** One's own tile, among the keys of people. */
export const ME = "me";

/** Follows who shares a screen and what the person chooses. */
export class Focus {
  #isAlone = true;
  #chosen: string | undefined;
  /** Who shares a screen, in the order in which they began. */
  #screens: readonly string[] = [];
  /** Screens that the person made small. */
  #small: ReadonlySet<string> = new Set();

  /** Whose tile is large; undefined for nobody's. */
  get key(): string | undefined {
    if (this.#isAlone) return undefined;
    return this.#chosen ?? this.#screens.find((key) => !this.#small.has(key));
  }

  /** The people are others than before, or show something else. */
  update(people: readonly Pick<Person, "key" | "picture">[]): void {
    this.#isAlone = people.length === 0;
    if (this.#chosen !== ME && !people.some(({ key }) => key === this.#chosen)) {
      this.#chosen = undefined;
    }
    const screens = people.filter(({ picture }) => picture === "screen").map(({ key }) => key);
    // Whoever begins while another screen is large does not take its place.
    const former = this.#screens.filter((key) => screens.includes(key));
    this.#screens = [...former, ...screens.filter((key) => !former.includes(key))];
    this.#small = new Set([...this.#small].filter((key) => screens.includes(key)));
  }

  /** The person makes a tile large, or the large one small. Then no tile is large. */
  toggle(key: string): void {
    if (this.key !== key) {
      this.#chosen = key;
      return;
    }
    this.#chosen = undefined;
    this.#small = new Set(this.#screens);
  }
}
