/** Messages to systemd, and the environment variables that they depend on. */
import { assertEquals } from "../assert.ts";
import { type Environment, findServiceManager, watchdogInterval } from "../../pi/notify.ts";

const environment = (variables: Record<string, string>): Environment => (name) => variables[name];

Deno.test("the watchdog is fed twice in systemd's interval", () => {
  assertEquals(watchdogInterval(environment({ WATCHDOG_USEC: "30000000" }), 7), 15_000);
  assertEquals(watchdogInterval(environment({ WATCHDOG_USEC: "1500" }), 7), 1);
  assertEquals(
    watchdogInterval(environment({ WATCHDOG_USEC: "999999999999999" }), 7),
    2 ** 31 - 1,
    "the longest that a timer can wait; setInterval would take more for 1 ms",
  );
});

Deno.test("without a watchdog, or with one for another process, nothing is sent", () => {
  const none: Record<string, string>[] = [
    {},
    { WATCHDOG_USEC: "" },
    { WATCHDOG_USEC: "0" },
    { WATCHDOG_USEC: "1e6" },
    { WATCHDOG_USEC: "-5" },
    { WATCHDOG_USEC: "30000000", WATCHDOG_PID: "8" },
  ];
  for (const variables of none) {
    assertEquals(watchdogInterval(environment(variables), 7), undefined, JSON.stringify(variables));
  }
  const ours = environment({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "7" });
  assertEquals(watchdogInterval(ours, 7), 15_000);
});

Deno.test("without a service manager nothing is sent, and there is no warning", () => {
  const warnings: string[] = [];
  const warn = (sentence: string) => void warnings.push(sentence);
  assertEquals(findServiceManager(warn, environment({})), undefined);
  assertEquals(findServiceManager(warn, environment({ NOTIFY_SOCKET: "" })), undefined);
  assertEquals(warnings, []);
});
