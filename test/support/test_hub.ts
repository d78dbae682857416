/**
 * Hubs under test: on a port of their own, with an identity of their own, on loopback.
 *
 * @module
 */

import { type Hub, type HubConfig, startHub } from "../../relaycore/mod.ts";
import { folderOfProcess } from "./folder.ts";
import { freeUdpPort } from "./ports.ts";

/** A configuration that disturbs nobody, without media relay and names; with what a test wants different. */
export function testConfig(change: Partial<HubConfig> = {}): HubConfig {
  return {
    fixedId: false,
    port: freeUdpPort(),
    statePath: `${folderOfProcess()}/relay-state.json`,
    base: "https://kibitz.chat",
    advertise: ["127.0.0.1"],
    turn: "off",
    names: false,
    ...change,
  };
}

/** Starts a hub of such a configuration. */
export async function startTestHub(change: Partial<HubConfig> = {}): Promise<Hub> {
  return await startHub(testConfig(change));
}

/** A log that keeps its sentences, whatever their weight. */
export function keepingLog(): { sentences: string[]; log: NonNullable<HubConfig["log"]> } {
  const sentences: string[] = [];
  const keep = (sentence: string) => sentences.push(sentence);
  return { sentences, log: { warn: keep, info: keep, debug: keep } };
}
