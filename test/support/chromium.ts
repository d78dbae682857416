/**
 * How tests start Chromium: quiet on the network, and with root's permission.
 *
 * @module
 */

/** Flags for every Chromium under test. */
export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];
