/**
 * Our relay alone in a process, to be measured: `turn_server.ts PORT USERNAME PASSWORD`.
 *
 * @module
 */

import { startTurnRelay } from "../../relaycore/turn/turn_relay.ts";

const [port, username, password] = Deno.args;
startTurnRelay({ port: Number(port), username, password, hostAddresses: () => [] });
console.log("listening");
