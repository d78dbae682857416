/**
 * The engine's only door.
 *
 * @example
 * ```ts
 * await using relay = await startRelay({
 *   fixedId: true,
 *   statePath: "./relay-state.json",
 *   base: "https://kibitz.chat",
 *   advertise: [],
 * });
 * console.log(relay.link);
 * ```
 *
 * @module
 */

export { startRelay } from "./relay.ts";
export {
  type AdvertisedAddress,
  isRelayStartError,
  type Relay,
  type RelayConfig,
  type RelayLog,
  RelayStartError,
  type RelayStatus,
  type TurnStatus,
} from "./api.ts";
export { type BlobTurn, isHost, parseTurn } from "./link/blob.ts";
export { DEFAULT_BASE } from "./link/default_base.ts";
export { parseBase } from "./link/join_link.ts";
export { reasonOf } from "./reason.ts";
export { VERSION } from "./version.ts";
