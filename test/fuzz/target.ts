/**
 * What the live part of the fuzzer is made of.
 *
 * @module
 */

import type { Corpus } from "./corpus.ts";
import type { HubUnderTest } from "./hub.ts";
import type { Random } from "./random.ts";
import type { Sender } from "./sender.ts";

/** What the targets share. */
export interface Field {
  readonly hub: HubUnderTest;
  readonly corpus: Corpus;
  /** To the port of the guests. */
  readonly guests: Sender;
  /** To the port of the media relay. */
  readonly media: Sender;
  /** Where the datagrams of the honest guests come from. */
  readonly honest: readonly string[];
}

/** One way into the hub. */
export interface Target {
  readonly name: string;
  /**
   * Its part of all packets, so that what is cheap to send does not crowd out the rest; or cases a
   * second at most, for what costs the hub much, and cases at a time, for what waits for the hub.
   */
  readonly pace:
    | { readonly share: number }
    | { readonly casesPerSecond: number; readonly atOnce: number };
  /** Packets sent so far. */
  packets: number;
  /** Plays one case. All that is drawn comes from `random`. */
  attack(random: Random): Promise<void>;
  /** Takes back what would be missed afterwards: allocations, open connections. */
  end(): Promise<void>;
}
