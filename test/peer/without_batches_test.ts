/** A system that has a C library, but not the calls for batches of datagrams. */

import { WorkerEngine } from "../../relaycore/turn/worker_engine.ts";
import { assertEquals } from "../support/assert.ts";
import { denoCommand, Program } from "../support/program.ts";

Deno.test({
  name: "where the system refuses the calls for batches, the hub and its relay use Deno's sockets",
  ignore: !WorkerEngine.isPossible(),
  async fn() {
    await using program = new Program(denoCommand("test/peer/support/without_batches.ts"));
    assertEquals([await program.ended(), program.stdout.trim()], [0, "datagram, no batches"]);
  },
});
