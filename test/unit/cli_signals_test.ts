/** Which signals stop the hub, and which must not. */
import { signalPlan } from "../../cli/signals.ts";
import { assertEquals } from "../assert.ts";

Deno.test("on Windows Ctrl-C, Ctrl-Break and a closed window stop the hub", () => {
  for (const isTerminal of [true, false]) {
    assertEquals(signalPlan("windows", [isTerminal, isTerminal, isTerminal]), {
      stopping: ["SIGINT", "SIGBREAK", "SIGHUP"],
      ignored: [],
    });
  }
});

Deno.test("a terminal that closes stops the hub, and without a terminal SIGHUP does nothing", () => {
  for (const os of ["linux", "darwin"] as const) {
    for (const streams of [[true, true, true], [false, true, false], [false, false, true]]) {
      assertEquals(signalPlan(os, streams as [boolean, boolean, boolean]), {
        stopping: ["SIGINT", "SIGTERM", "SIGHUP"],
        ignored: [],
      });
    }
    assertEquals(signalPlan(os, [false, false, false]), {
      stopping: ["SIGINT", "SIGTERM"],
      ignored: ["SIGHUP"],
    });
  }
});

Deno.test("on Linux standard input shows whether there is a terminal, and nohup on macOS does not change it", () => {
  assertEquals(signalPlan("linux", [true, false, false]).ignored, []);
  assertEquals(signalPlan("darwin", [true, false, false]).ignored, ["SIGHUP"]);
});
