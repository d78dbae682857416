/**
 * Decides how large a picture a link may carry, by the number of people, the size at which the
 * other side shows it, and the loss on the link. Every picture passes the Wi-Fi twice, to the hub
 * and from it. So n people who each send r bits per second to everybody need 2·n·(n−1)·r.
 *
 * @module
 */

import { MAX_PICTURES, VERDICT_AFTER_MS } from "./limits.ts";

/** What a 2.4 GHz network can carry of all pictures together, in bits per second. */
const AIR_BPS = 26_000_000;
/** Bounds of the rate of one picture, before loss reduces it. */
const LEAST_BPS = 90_000;
const MOST_BPS = 1_500_000;
/** A shared screen is large and slow, because its text has to be sharp. */
const SCREEN_BPS = 1_500_000;
const SCREEN_FPS = 15;
const SCREEN_HEIGHT = 1440;

/** The largest pictures for up to so many people. */
const ROWS: readonly { readonly people: number; readonly height: number; readonly fps: number }[] =
  [
    { people: 3, height: 720, fps: 30 },
    { people: 4, height: 540, fps: 30 },
    { people: 6, height: 360, fps: 24 },
    { people: 9, height: 270, fps: 20 },
    { people: MAX_PICTURES, height: 180, fps: 15 },
  ];

/** If a greater share of the packets is lost, the rate is halved. */
const LOSS = 0.1;
/** If a round trip takes longer, the rate is halved. */
const ROUND_TRIP_MS = 400;
/** Without loss, the rate grows by this factor at this interval. */
const RECOVER_EVERY_MS = 5000;
const RECOVERY = 1.1;
/** Loss does not reduce the rate of a link below this share. */
const LEAST_SHARE = 1 / 16;

/** The limits of the picture that is sent on a link. */
export interface PictureBudget {
  /** Whether a picture is sent at all. */
  readonly active: boolean;
  /** In bits per second. */
  readonly maxBitrate: number;
  readonly maxFramerate: number;
  /** In pixels. It limits the shorter side of the picture; see {@link scaleDown}. */
  readonly maxHeight: number;
}

/** What a budget depends on. */
export interface Demand {
  /** The number of people in the call, including this guest. */
  readonly people: number;
  /** Whether this side sends its screen. */
  readonly sharing: boolean;
  /** Whether anybody shares a screen, so that cameras get less. */
  readonly anyoneShares: boolean;
  /**
   * The height in pixels at which the other side shows the picture; undefined if it does not say.
   */
  readonly wanted: number | undefined;
  /** The share that loss leaves to the link: {@link LossGauge.share}. */
  readonly share: number;
}

const NOTHING: PictureBudget = {
  active: false,
  maxBitrate: LEAST_BPS,
  maxFramerate: 15,
  maxHeight: 180,
};

/** Calculates the limits of the picture that is sent on a link. */
export function pictureBudget(demand: Demand): PictureBudget {
  const { people, sharing, anyoneShares, wanted, share } = demand;
  if (people > MAX_PICTURES || wanted === 0) return NOTHING;
  if (sharing) {
    // All copies of the screen together get half of the capacity.
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
    // In the steps of the table, so that a tile that grows by a pixel changes nothing.
    height = ROWS.findLast((other) => other.height >= wanted)?.height ?? row.height;
    height = Math.min(height, row.height);
    // Half the height has a quarter of the pixels, but small pictures need more bits per pixel. So
    // the rate is proportional to the height.
    rate = Math.max(LEAST_BPS, rate * height / row.height);
  }
  const maxBitrate = Math.round(Math.max(LEAST_BPS / 2, rate * share));
  return { active: true, maxBitrate, maxFramerate: row.fps, maxHeight: height };
}

/**
 * The height to request from a person whose tile has this size, in the steps of the table.
 *
 * @param width of the tile in device pixels; 0 if it is not visible.
 * @param height of the tile, likewise.
 */
export function wantedHeight(width: number, height: number): number {
  // A 16:9 picture that fills the tile's width may be higher than the tile. It is then cut off.
  const needed = Math.max(height, width * 9 / 16);
  if (!(needed > 0)) return 0;
  return ROWS.findLast((row) => row.height >= needed)?.height ?? SCREEN_HEIGHT;
}

/** What the other side reports about the pictures of a link. */
export interface LossReport {
  /** Packets sent since the link began. */
  readonly sent: number;
  /** Packets lost since the link began. */
  readonly lost: number;
  /** In milliseconds; undefined if unknown. */
  readonly roundTrip: number | undefined;
}

/** Decides from loss and round trip which share of its rate a link should use. */
export class LossGauge {
  readonly #begunAt: number;
  #share = 1;
  #before: LossReport | undefined;
  #changedAt: number;

  /** @param now when the link was opened. */
  constructor(now: number) {
    this.#begunAt = this.#changedAt = now;
  }

  /** The share of its rate that the link should use, from 1/16 to 1. */
  get share(): number {
    return this.#share;
  }

  /** Takes a report. To be called about every three seconds. */
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
 * The factor by which a picture is scaled down so that its shorter side is at most `maxHeight`. If
 * possible, both sides become even numbers.
 *
 * @param width of the captured picture in pixels; 0 if not known yet.
 * @param height of the captured picture, likewise.
 * @returns at least 1.
 */
export function scaleDown(width: number, height: number, maxHeight: number): number {
  // The shorter side, because a phone held upright captures upright pictures.
  const short = Math.min(width, height);
  if (short <= maxHeight || short === 0) return 1;
  const long = Math.max(width, height);
  const even = maxHeight - maxHeight % 2;
  for (let side = even; side > even - 16 && side > 0; side -= 2) {
    if ((long * side / short) % 2 === 0) return short / side;
  }
  return short / even;
}
