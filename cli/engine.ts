/**
 * What the command line drives: types only. Tests put their own in its place.
 *
 * @module
 */

import type { Hub, HubConfig } from "../relaycore/mod.ts";

/** The hub and its page, as far as the command line knows them. */
export interface Engine {
  readonly startHub: (config: HubConfig) => Promise<Hub>;
  readonly startQrPage: (options: { hub: Hub; port: number }) => Promise<QrPage>;
}

/** A QR page that is served. */
export interface QrPage {
  readonly port: number;
  stop(): Promise<void>;
}
