/** A hub that cannot serve guests, though its link is out: it says so, and leaves nothing open. */

import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { holdUdpPort } from "../support/ports.ts";
import { keepingLog, startTestHub } from "../support/test_hub.ts";
import { hubWithRelay } from "./support/hub_with_relay.ts";

Deno.test("a hub serves guests from ready until stop", async () => {
  const hub = await startTestHub();
  assertEquals(hub.serving, false);
  await hub.ready;
  assertEquals(hub.serving, true);
  await hub.stop();
  assertEquals(hub.serving, false);
});

Deno.test("a hub whose code does not load is never ready, and frees its port when it stops", async () => {
  let isRelayStopped = false;
  const { sentences, log } = keepingLog();
  const { hub, port } = hubWithRelay({
    serve: () => Promise.reject(new Error("a module does not load")),
    stop: () => Promise.resolve(void (isRelayStopped = true)),
    status: () => ({ limits: {}, counters: {} }),
  }, log);
  await hub.open();
  await assertRejects(() => hub.ready, Error, "a module does not load");
  assertEquals(hub.serving, false);
  await hub.stop();
  assert(isRelayStopped);
  using free = holdUdpPort(port);
  assert(free !== undefined);
  assertEquals(sentences, []);
});

Deno.test("a reported error is counted and logged with its stack", async () => {
  const { sentences, log } = keepingLog();
  await using hub = await startTestHub({ log });
  hub.reportError(new TypeError("x is not a function"));
  assertEquals(hub.status().counters["internal-error"], 1);
  assert(sentences.some((sentence) => /TypeError: x is not a function\n +at /.test(sentence)));
});
