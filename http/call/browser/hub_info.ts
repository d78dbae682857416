/**
 * Asks the hub, over HTTP, how it can be reached now.
 *
 * @module
 */

/// <reference lib="dom" />

import { type HubBlob, parseBlob } from "../../../relaycore/join_link/blob.ts";
import { asObject } from "../protocol/checked.ts";
import { HUB_INFO_TIMEOUT_MS } from "../protocol/limits.ts";

/** Fetches the hub's current blob. @returns undefined if the hub does not answer in time. */
export async function fetchBlob(): Promise<HubBlob | undefined> {
  try {
    const response = await fetch("/call/hub.json", {
      cache: "no-store",
      signal: AbortSignal.timeout?.(HUB_INFO_TIMEOUT_MS),
    });
    const { blob } = asObject(await response.json()) ?? {};
    return typeof blob === "string" ? parseBlob(blob) : undefined;
  } catch {
    return undefined;
  }
}
