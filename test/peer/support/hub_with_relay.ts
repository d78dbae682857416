/**
 * A hub with a media relay that a test makes.
 *
 * @module
 */

import { wellKnownIdentity } from "../../../relaycore/identity/well_known.ts";
import type { HubConfig } from "../../../relaycore/mod.ts";
import { RunningHub } from "../../../relaycore/running_hub.ts";
import type { TurnRelay } from "../../../relaycore/turn/turn_relay.ts";
import { testConfig } from "../../support/test_hub.ts";

/** The parts of a media relay that a hub uses until it stops. */
export interface FakeRelay {
  serve(): Promise<void>;
  stop(): Promise<void>;
  status(): unknown;
}

/** A hub on any free port, not yet opened. */
export function hubWithRelay(
  own: FakeRelay,
  log: NonNullable<HubConfig["log"]>,
): { hub: RunningHub; port: number } {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  const config = testConfig({ port, log });
  const hub = new RunningHub({
    ...{ config, log, socket, port, names: [], namesPort: undefined },
    ...{ interfaces: [], readInterfaces: () => [] },
    base: config.base,
    identity: wellKnownIdentity(),
    addresses: [{ host: "127.0.0.1", remark: "lo", reachable: false }],
    media: { blobTurn: undefined, own: own as unknown as TurnRelay },
  });
  return { hub, port };
}
