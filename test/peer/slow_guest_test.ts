/**
 * A guest that does not read what it is sent: a process that is frozen.
 */

import { assert, assertEquals } from "../assert.ts";
import { Guest } from "../support/guest.ts";
import { denoCommand, Program } from "../support/program.ts";
import { keepingLog, startTestHub } from "../support/test_hub.ts";

Deno.test({
  name: "a guest that does not drain is dropped at 4 MiB, and nobody else notices",
  ignore: Deno.build.os === "windows", // no SIGSTOP
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const { sentences, log } = keepingLog();
    await using hub = await startTestHub({ log });
    await using frozen = new Program(denoCommand("test/support/idle_guest.ts", hub.link));
    const frozenId = Number(await frozen.line());
    const [sender, bystander] = await Promise.all([
      Guest.join(hub.link),
      Guest.join(hub.link),
    ]);
    frozen.signal("SIGSTOP");

    const payload = "x".repeat(200_000);
    const frames = Math.ceil(4 * 1024 * 1024 / payload.length);
    for (let i = 0; i < frames - 2; i++) sender.send({ t: "to", id: frozenId, payload });
    await sender.sync();
    assert((await sender.peers()).includes(frozenId), "it is not dropped before the limit");
    for (let i = 0; i < 4; i++) sender.send({ t: "to", id: frozenId, payload });
    await sender.sync();
    await sender.untilPeersAre([sender.id, bystander.id]);
    assertEquals(sentences.filter((line) => line.includes("went")), [
      `guest ${frozenId} went: does not read what it is sent`,
    ]);
    await bystander.sync();
    for (const guest of [sender, bystander]) guest.leave();
  },
});
