/**
 * The interfaces of the targets that the live part of the fuzzer attacks.
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
  /** Sends to the port for guests. */
  readonly guests: Sender;
  /** Sends to the port of the media relay. */
  readonly media: Sender;
  /** The addresses of the honest guests, as `host:port`. */
  readonly honest: readonly string[];
}

/** A part of the hub that is attacked. */
export interface Target {
  readonly name: string;
  /**
   * Its share of all packets, so that targets with cheap packets do not displace the others. Or its
   * most cases per second, if they cost the hub much, and its most cases at a time, because they wait
   * for the hub.
   */
  readonly pace:
    | { readonly share: number }
    | { readonly casesPerSecond: number; readonly atOnce: number };
  /** How many packets it has sent. */
  packets: number;
  /** Runs one case. All its random numbers come from `random`. */
  attack(random: Random): Promise<void>;
  /** Closes its sockets, and gives back what would count as a leak, such as allocations. */
  end(): Promise<void>;
}
