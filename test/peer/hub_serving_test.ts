/** A hub that cannot serve guests, though its link is out: it says so, and leaves nothing open. */

import { wellKnownIdentity } from "../../relaycore/identity/well_known.ts";
import { RunningHub } from "../../relaycore/running_hub.ts";
import type { TurnRelay } from "../../relaycore/turn/turn_relay.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { holdUdpPort } from "../support/ports.ts";
import { keepingLog, startTestHub, testConfig } from "../support/test_hub.ts";

Deno.test("a hub serves guests from ready until stop", async () => {
  const hub = await startTestHub();
  assertEquals(hub.serving, false);
  await hub.ready;
  assertEquals(hub.serving, true);
  await hub.stop();
  assertEquals(hub.serving, false);
});

Deno.test("a hub whose parts do not load is never ready, and frees its port when it is stopped", async () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  let isRelayStopped = false;
  const own = {
    serve: () => Promise.reject(new Error("a module does not load")),
    stop: () => Promise.resolve(void (isRelayStopped = true)),
    status: () => ({ limits: {}, counters: {} }),
  } as unknown as TurnRelay;
  const { sentences, log } = keepingLog();
  const config = testConfig({ port, log });
  const hub = new RunningHub({
    ...{ config, log, socket, port, names: [], namesPort: undefined },
    ...{ interfaces: [], readInterfaces: () => [] },
    base: config.base,
    identity: wellKnownIdentity(),
    addresses: [{ host: "127.0.0.1", remark: "lo", reachable: false }],
    media: { blobTurn: undefined, own },
  });
  await hub.open();
  await assertRejects(() => hub.ready, Error, "a module does not load");
  assertEquals(hub.serving, false);
  await hub.stop();
  assert(isRelayStopped);
  using free = holdUdpPort(port);
  assert(free !== undefined);
  assertEquals(sentences, []);
});

Deno.test("an error that got out is counted and logged with its stack", async () => {
  const { sentences, log } = keepingLog();
  await using hub = await startTestHub({ log });
  hub.reportError(new TypeError("x is not a function"));
  assertEquals(hub.status().counters["internal-error"], 1);
  assert(sentences.some((sentence) => /TypeError: x is not a function\n +at /.test(sentence)));
});
