/**
 * A TURN relay that relays.
 *
 * @module
 */

import {
  openTurnRelay,
  type TurnRelay,
  type TurnRelayConfig,
} from "../../relaycore/turn/turn_relay.ts";

/** Opens a relay and lets it serve. */
export async function startTurnRelay(config: TurnRelayConfig): Promise<TurnRelay> {
  const relay = openTurnRelay(config);
  await relay.serve();
  return relay;
}
