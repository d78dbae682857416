/**
 * A guest that does not read what it is sent: a process that is frozen.
 */

import { startRelay } from "../../relaycore/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { freePort } from "./support/free_port.ts";
import { Guest } from "./support/guest.ts";

Deno.test({
  name: "a guest that does not drain is dropped at 4 MiB, and nobody else notices",
  ignore: Deno.build.os === "windows", // no SIGSTOP
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const log: string[] = [];
    await using relay = await startRelay({
      fixedId: false,
      port: freePort(),
      statePath: `${await Deno.makeTempDir()}/relay-state.json`,
      base: "https://kibitz.chat",
      advertise: ["127.0.0.1"],
      log: { warn: () => {}, info: () => {}, debug: (sentence) => log.push(sentence) },
    });
    const frozen = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("support/idle_guest.ts", import.meta.url).pathname, relay.link],
      stdout: "piped",
    }).spawn();
    try {
      const output = await frozen.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
      const frozenId = Number(output.value);
      const [sender, bystander] = await Promise.all([
        Guest.join(relay.link),
        Guest.join(relay.link),
      ]);
      frozen.kill("SIGSTOP");

      const payload = "x".repeat(200_000);
      const frames = Math.ceil(4 * 1024 * 1024 / payload.length);
      for (let i = 0; i < frames - 2; i++) sender.send({ t: "to", id: frozenId, payload });
      await sender.sync();
      assert((await sender.peers()).includes(frozenId), "it is not dropped before the limit");
      for (let i = 0; i < 4; i++) sender.send({ t: "to", id: frozenId, payload });
      await sender.sync();
      await sender.untilPeersAre([sender.id, bystander.id]);
      assertEquals(log.filter((line) => line.includes("went")), [
        `guest ${frozenId} went: does not read what it is sent`,
      ]);
      await bystander.sync();
      for (const guest of [sender, bystander]) guest.leave();
    } finally {
      frozen.kill("SIGKILL");
      await frozen.status;
    }
  },
});
