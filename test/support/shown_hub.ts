/**
 * The part of a hub that the QR page uses, with a link that tests can change.
 *
 * @module
 */

import { loadCallFiles } from "../../http/call_files.ts";
import type { ShownHub, Site, Visit } from "../../http/handler.ts";
import type { AdvertisedAddress, HubStatus } from "../../relaycore/mod.ts";
import { REALISTIC_LINK } from "./qr_reader.ts";

/** A realistic status. */
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

/** An object that looks like a hub to the pages. */
export interface FakeHub extends ShownHub {
  link: string;
  addresses: readonly AdvertisedAddress[];
  status(): HubStatus;
  hasHeardFrom(address: string): boolean;
  reportError(error: unknown): void;
}

/** A hub with a realistic link, or with the given values. */
export function shownHub(given: Partial<FakeHub> = {}): FakeHub {
  return {
    link: REALISTIC_LINK,
    blob: REALISTIC_LINK.split("=")[1],
    port: 4711,
    addresses: ADDRESSES,
    serving: true,
    hasHeardFrom: () => true,
    reportError(error) {
      throw error;
    },
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

/** Both sites of a hub, with a script and an index as their only files. */
export function shownSite(given: Partial<Site> = {}): Site {
  return {
    hub: shownHub(),
    httpPort: 8080,
    callPort: 8443,
    invite: "site",
    checks: () => {},
    files: () => FILES,
    ...given,
  };
}

const FILES = loadCallFiles(() => {}, () =>
  Promise.resolve({
    files: new Map([["index.html", "<!doctype html>"], ["main.js", "let a = 1;\n".repeat(99)]]),
    problems: [],
  }));

/** A guest's request over HTTP. */
export const VISIT: Visit = { client: "192.168.1.77", secure: false };
