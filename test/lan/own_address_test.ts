/**
 * A system that lists no network interfaces, as Android may: the hub finds its address all the same.
 */

import { assert, assertMatch } from "../assert.ts";
import { HubProcess } from "../support/hub_process.ts";
import { succeed } from "./host_programs.ts";
import { createLan, type Lan } from "./network.ts";

/** What a person starts, without the permission to list interfaces. */
const WITHOUT_SYS = [
  ...["run", "--cached-only", "--no-prompt", "--allow-net", "--allow-env"],
  ...["--allow-read", "--allow-write", "main.ts"],
];

/** Gives the hub's host a router, as DHCP does: a look at the own address takes its route. */
async function addRouter(lan: Lan): Promise<void> {
  await succeed(lan.hub, "ip", "route", "replace", "default", "via", "192.168.77.254");
}

Deno.test("A hub that may not list interfaces finds its address without being told, and follows it", async () => {
  await using lan = await createLan({ guests: 0 });
  if (lan.kind === "loopback") return; // it has no address to find
  await addRouter(lan);
  await using hub = await HubProcess.start(lan, { deno: WITHOUT_SYS });
  assertMatch(hub.link, /\|192\.168\.77\.1~4711/);
  assert(!hub.output.includes("--advertise"), hub.output);

  await lan.hub.addAddress("192.168.78.5/24");
  await lan.hub.removeAddress("192.168.77.1/24");
  await succeed(lan.hub, "ip", "route", "replace", "default", "via", "192.168.78.254");
  await hub.untilLink((link) => link.includes("|192.168.78.5~4711"), 30_000);
});

Deno.test("A hub that can find no address at all says what to do", async () => {
  await using lan = await createLan({ guests: 0 });
  if (lan.kind === "loopback") return;
  await using hub = await HubProcess.start(lan, { deno: WITHOUT_SYS }); // no router, no route
  assertMatch(hub.output, /--allow-sys=networkInterfaces or -A, or give --advertise/);
});
