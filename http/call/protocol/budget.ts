/**
 * How much picture a link may carry: by the number of people, by what the other side shows, and by
 * what loss says. Every picture passes the Wi-Fi twice, so n people with rate r need 2·n·(n−1)·r.
 *
 * @module
 */

import { MAX_PICTURES, VERDICT_AFTER_MS } from "./limits.ts";

/** What a 2.4 GHz network carries for all pictures together, in bits per second. */
const AIR_BPS = 26_000_000;
const LEAST_BPS = 90_000;
const MOST_BPS = 1_500_000;
/** For a screen, sharp text matters and motion does not. */
const SCREEN_BPS = 1_500_000;
const SCREEN_FPS = 15;
const SCREEN_HEIGHT = 1440;

/** The largest pictures for so many people, by the number of people. */
const ROWS: readonly { readonly people: number; readonly height: number; readonly fps: number }[] =
  [
    { people: 3, height: 720, fps: 30 },
    { people: 4, height: 540, fps: 30 },
    { people: 6, height: 360, fps: 24 },
    { people: 9, height: 270, fps: 20 },
    { people: MAX_PICTURES, height: 180, fps: 15 },
  ];

/** Loss above this share halves the rate. */
const LOSS = 0.1;
/** A round trip above this halves the rate. */
const ROUND_TRIP_MS = 400;
/** Without loss a tenth comes back this often. */
const RECOVER_EVERY_MS = 5000;
const RECOVERY = 1.1;
/** The least share of its rate that loss leaves to a link. */
const LEAST_SHARE = 1 / 16;

/** What a sender of pictures may use. */
export interface PictureBudget {
  /** False: no picture is sent. */
  readonly active: boolean;
  readonly maxBitrate: number;
  readonly maxFramerate: number;
  /** Height in pixels; the width follows. */
  readonly maxHeight: number;
}

/** What decides over a budget. */
export interface Demand {
  /** Everybody in the call, including this guest. */
  readonly people: number;
  /** This side sends its screen. */
  readonly sharing: boolean;
  /** Somebody shares a screen, so cameras step back. */
  readonly anyoneShares: boolean;
  /** The height at which the other side shows it; undefined if it does not say. */
  readonly wanted: number | undefined;
  /** From {@link LossGauge}. */
  readonly share: number;
}

const NOTHING: PictureBudget = {
  active: false,
  maxBitrate: LEAST_BPS,
  maxFramerate: 15,
  maxHeight: 180,
};

/** What a link may carry. */
export function pictureBudget(demand: Demand): PictureBudget {
  const { people, sharing, anyoneShares, wanted, share } = demand;
  if (people > MAX_PICTURES || wanted === 0) return NOTHING;
  if (sharing) {
    const rate = Math.min(SCREEN_BPS, AIR_BPS / (4 * Math.max(1, people - 1)));
    const maxBitrate = Math.round(Math.max(LEAST_BPS, rate * share));
    return { active: true, maxBitrate, maxFramerate: SCREEN_FPS, maxHeight: SCREEN_HEIGHT };
  }
  const fair = AIR_BPS / (2 * people * Math.max(1, people - 1));
  let rate = Math.min(MOST_BPS, Math.max(LEAST_BPS, fair));
  let at = ROWS.findIndex((row) => people <= row.people);
  if (anyoneShares) {
    at = Math.min(at + 1, ROWS.length - 1);
    rate = Math.max(LEAST_BPS, rate / 2);
  }
  const row = ROWS[at];
  let height = row.height;
  if (wanted !== undefined && wanted < height) {
    // In steps, so that a tile that grows by a pixel changes nothing.
    height = ROWS.findLast((other) => other.height >= wanted)?.height ?? row.height;
    height = Math.min(height, row.height);
    // Half the height is a quarter of the pixels; small pictures need more bits for each.
    rate = Math.max(LEAST_BPS, rate * height / row.height);
  }
  const maxBitrate = Math.round(Math.max(LEAST_BPS / 2, rate * share));
  return { active: true, maxBitrate, maxFramerate: row.fps, maxHeight: height };
}

/**
 * What to ask of somebody who is drawn at this size, in steps.
 *
 * @param width and `height`: in device pixels; 0 for not seen.
 */
export function wantedHeight(width: number, height: number): number {
  // A 16:9 picture that fills the width is so high; cut off or not, no more is needed.
  const needed = Math.max(height, width * 9 / 16);
  if (!(needed > 0)) return 0;
  return ROWS.findLast((row) => row.height >= needed)?.height ?? SCREEN_HEIGHT;
}

/** What the other side reports of a link's pictures. */
export interface LossReport {
  /** Packets sent and lost since the link began. */
  readonly sent: number;
  readonly lost: number;
  /** Milliseconds; undefined if unknown. */
  readonly roundTrip: number | undefined;
}

/** Reads loss: which share of its rate a link should use. */
export class LossGauge {
  readonly #begunAt: number;
  #share = 1;
  #before: LossReport | undefined;
  #changedAt: number;

  constructor(now: number) {
    this.#begunAt = this.#changedAt = now;
  }

  /** From 1/16 to 1. */
  get share(): number {
    return this.#share;
  }

  /** Takes a report; about every three seconds. */
  report(report: LossReport, now: number): void {
    const before = this.#before;
    this.#before = report;
    if (before === undefined || now - this.#begunAt < VERDICT_AFTER_MS) return;
    const sent = report.sent - before.sent;
    const lost = Math.max(0, report.lost - before.lost);
    const isBad = (sent > 0 && lost / sent > LOSS) || (report.roundTrip ?? 0) > ROUND_TRIP_MS;
    if (isBad) {
      this.#share = Math.max(LEAST_SHARE, this.#share / 2);
      this.#changedAt = now;
    } else if (lost > 0) this.#changedAt = now;
    else if (now - this.#changedAt >= RECOVER_EVERY_MS) {
      this.#share = Math.min(1, this.#share * RECOVERY);
      this.#changedAt = now;
    }
  }
}

/**
 * By how much a picture is scaled down to be at most so high, with even sides where there are such.
 *
 * @param width and `height`: of the captured picture; 0 if not known yet.
 * @returns at least 1.
 */
export function scaleDown(width: number, height: number, maxHeight: number): number {
  // A phone held upright captures upright pictures: the shorter side is what the table limits.
  const short = Math.min(width, height);
  if (short <= maxHeight || short === 0) return 1;
  const long = Math.max(width, height);
  const even = maxHeight - maxHeight % 2;
  for (let side = even; side > even - 16 && side > 0; side -= 2) {
    if ((long * side / short) % 2 === 0) return short / side;
  }
  return short / even;
}
