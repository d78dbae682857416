/**
 * What a program needs to start a hub.
 *
 * @example
 * ```ts
 * await using hub = await startHub({
 *   fixedId: true,
 *   statePath: "./relay-state.json",
 *   base: "https://kibitz.chat",
 *   advertise: [],
 * });
 * console.log(hub.link);
 * ```
 *
 * @module
 */

export { startHub } from "./start.ts";
export {
  type AdvertisedAddress,
  type Hub,
  type HubConfig,
  type HubLog,
  HubStartError,
  type HubStatus,
  type TurnStatus,
} from "./api.ts";
export { type BlobTurn, isHost, parseTurn } from "./join_link/blob.ts";
export { DEFAULT_BASE } from "./join_link/default_base.ts";
export { parseBase } from "./join_link/join_link.ts";
export { openFirst } from "./net/open_first.ts";
export { reasonOf } from "./reason.ts";
export { VERSION } from "./version.ts";
