/**
 * Decides who speaks, from audio levels with hysteresis. Levels and `now` in, yes or no out.
 *
 * @module
 */

/** Speech a metre from a laptop is well above this level, a quiet room well below it. */
const BEGINS = 0.03;
const GOES_ON = 0.015;
/** Pauses between words do not end it. */
const HOLD_MS = 600;
/** A click or a cough alone does not begin it. */
const ATTACK_MS = 100;

/** Follows one person's level. */
export class SpeakingGauge {
  #loudSince = Infinity;
  #heardAt = -Infinity;
  #speaking = false;

  /** @param level from 0 to 1, linear. @returns whether the person speaks. */
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
