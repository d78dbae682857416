/**
 * What the command line starts: types only. Tests give it their own.
 *
 * @module
 */

import type { Hub, HubConfig } from "../relaycore/mod.ts";

/** The hub and its page, as far as the command line knows them. */
export interface Engine {
  readonly startHub: (config: HubConfig) => Promise<Hub>;
  readonly startQrPage: (
    options: {
      hub: Hub;
      port: number;
      invite: Invite;
      warn: (sentence: string) => void;
    },
  ) => Promise<QrPage>;
  /** Never rejects. If there is no call page, `warn` gets the reason, and the result is undefined. */
  readonly startCallPage: (options: {
    hub: Hub;
    page: QrPage | undefined;
    port: number;
    statePath: string;
    warn: (sentence: string) => void;
  }) => Promise<QrPage | undefined>;
}

/** Which of two ways in has the large code: the hub's own page, or the site of the join link. */
export type Invite = "page" | "site";

/** A QR page that is served. */
export interface QrPage {
  readonly port: number;
  /** Whether it has something to do: for a visitor, or for its own start. */
  readonly isBusy: boolean;
  stop(): Promise<void>;
}
