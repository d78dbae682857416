/**
 * A hub as far as the QR page knows it, with a link that tests change as they like.
 *
 * @module
 */

import type { ShownHub } from "../../../http/handler.ts";
import type { AdvertisedAddress, HubStatus } from "../../../relaycore/mod.ts";
import { REALISTIC_LINK } from "./qr_reader.ts";

/** What a hub in a school or on a boat would show. */
export const ADDRESSES: readonly AdvertisedAddress[] = [
  { host: "192.168.178.123", remark: "wlan0 · most likely your Wi-Fi", reachable: true },
  { host: "192.168.137.100", remark: "ap0 · most likely your Wi-Fi", reachable: true },
  {
    host: "172.16.100.200",
    remark: "docker_gwbridge · virtual adapter, phones usually can't reach it",
    reachable: false,
  },
  { host: "raspberrypi.local", remark: "the name of this computer", reachable: true },
  { host: "kbz-xk3vp9ab.local", remark: "stays the same when addresses change", reachable: true },
];

/** A hub that is one only in what it shows. */
export interface FakeHub extends ShownHub {
  link: string;
  addresses: readonly AdvertisedAddress[];
  status(): HubStatus;
}

/** A hub with a realistic link, or with what is given. */
export function shownHub(given: Partial<FakeHub> = {}): FakeHub {
  return {
    link: REALISTIC_LINK,
    addresses: ADDRESSES,
    status: () => ({
      version: "1.2.3",
      uptimeSeconds: 4711,
      port: 4711,
      addresses: ADDRESSES,
      discovery: true,
      guests: 3,
      rooms: 2,
      turn: null,
      limits: { guests: 1024 },
      counters: { "frames-routed": 7 },
    }),
    ...given,
  };
}
