/**
 * Our relay alone in a process, to be measured: `turn_server.ts PORT USERNAME PASSWORD [ENGINE]`.
 *
 * @module
 */

import type { Engine } from "../../relaycore/turn/engine.ts";
import { startTurnRelay } from "../support/turn_relay.ts";

const [port, username, password, engine] = Deno.args;
const relay = await startTurnRelay({
  port: Number(port),
  username,
  password,
  hostAddresses: Deno.networkInterfaces().filter(({ family }) => family === "IPv4"),
  engine: engine as Engine["kind"] | undefined,
});
console.log(`listening, engine ${relay.status().engine}`);
