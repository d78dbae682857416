/**
 * Which tile is large: the one that the person chose, or else a shared screen, or else none. It
 * knows no document and no sizes.
 *
 * @module
 */

import type { Person } from "../state.ts";

/** The key of this person's own tile. */
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

  /** Takes the people who are there now, and what they show. */
  update(people: readonly Pick<Person, "key" | "picture">[]): void {
    this.#isAlone = people.length === 0;
    if (this.#chosen !== ME && !people.some(({ key }) => key === this.#chosen)) {
      this.#chosen = undefined;
    }
    const screens = people.filter(({ picture }) => picture === "screen").map(({ key }) => key);
    // A screen that is shared while another one is large does not replace it.
    const former = this.#screens.filter((key) => screens.includes(key));
    this.#screens = [...former, ...screens.filter((key) => !former.includes(key))];
    this.#small = new Set([...this.#small].filter((key) => screens.includes(key)));
  }

  /**
   * Makes a tile large. If it is large already, makes it small, and then no tile is large until the
   * person chooses one or somebody begins to share a screen.
   */
  toggle(key: string): void {
    if (this.key !== key) {
      this.#chosen = key;
      return;
    }
    this.#chosen = undefined;
    this.#small = new Set(this.#screens);
  }
}
