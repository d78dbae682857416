/**
 * Decides whether a person speaks, by the audio level with hysteresis. Levels and `now` go in; yes
 * or no comes out.
 *
 * @module
 */

/**
 * The level that begins speech. Speech a metre from a laptop is well above it, a quiet room below.
 */
const BEGINS = 0.03;
/** The level that continues speech. */
const GOES_ON = 0.015;
/** How long a silence may last, such as a pause between words, without ending speech. */
const HOLD_MS = 600;
/** How long a sound must last to begin speech. A click or a cough is shorter. */
const ATTACK_MS = 100;

/** Follows one person's level. */
export class SpeakingGauge {
  #loudSince = Infinity;
  #heardAt = -Infinity;
  #speaking = false;

  /** Takes a level, from 0 to 1 and linear. @returns whether the person speaks. */
  level(level: number, now: number): boolean {
    const isLoud = level >= (this.#speaking ? GOES_ON : BEGINS);
    if (isLoud) {
      this.#loudSince = Math.min(this.#loudSince, now);
      if (this.#speaking || now - this.#loudSince >= ATTACK_MS) {
        this.#speaking = true;
        this.#heardAt = now;
      }
    } else {
      this.#loudSince = Infinity;
      if (now - this.#heardAt > HOLD_MS) this.#speaking = false;
    }
    return this.#speaking;
  }
}
