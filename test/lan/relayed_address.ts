/**
 * Asks a hub's media relay for an allocation, from a host of the LAN, and prints its relayed address:
 * `relayed_address.ts ADDRESS HUB_ADDRESS`.
 *
 * @module
 */

import { WELL_KNOWN_TURN } from "../../relaycore/identity/well_known.ts";
import { TurnClient } from "../support/turn_client.ts";

const [address, hub] = Deno.args;
using client = new TurnClient(
  { address: hub, port: WELL_KNOWN_TURN.port },
  WELL_KNOWN_TURN,
  address,
);
await client.allocate();
console.log(client.relayed.address);
