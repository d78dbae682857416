/**
 * `deno task bench:call`: what a call on the hub's own page costs, and how long joining it takes.
 * The guests are real browsers in a LAN of namespaces. All run on this machine, which encodes and
 * decodes everyone's video; if it is overloaded, the times mean little. Needs root on Linux, and
 * Chromium.
 *
 *     deno task bench:call [GUESTS] [firefox]    # 6 guests; every second one in Firefox
 *
 * @module
 */

import type { HubStatus } from "../../relaycore/mod.ts";
import { CallGuest, untilAllSeeAll } from "../lan/call_page.ts";
import { createLan } from "../lan/network.ts";
import { HubProcess } from "../support/hub_process.ts";
import { cpuSecondsOf, megabytesOf, treeCpuSecondsOf } from "../support/proc.ts";
import { pause } from "../support/waiting.ts";

const MEASURED_MS = 30_000;
const PATIENCE_MS = 120_000;

const count = Number(Deno.args.find((arg) => /^\d+$/.test(arg)) ?? 6);
const withFirefox = Deno.args.includes("firefox");

await using lan = await createLan({ guests: count, clientIsolation: true });
await using hub = await HubProcess.start(lan);
await using stack = new AsyncDisposableStack();
const guests: CallGuest[] = [];
const joins: number[] = [], pages: number[] = [];
for (const [i, host] of lan.guests.entries()) {
  const kind = withFirefox && i % 2 === 1 ? "firefox" : "chromium";
  const guest = stack.use(await CallGuest.open(lan, host, kind, `${kind} ${i}`));
  guests.push(guest);
  const loaded = "return performance.timing.domComplete - performance.timing.fetchStart";
  pages.push(await guest.evaluate(loaded) as number);
  const asked = performance.now();
  await guest.join();
  joins.push(performance.now() - asked);
}
const joined = performance.now();
await untilAllSeeAll(guests, PATIENCE_MS);
const seen = performance.now() - joined;

const [before, relayed, began] = [cpuSeconds(), await relayedBytes(), performance.now()];
await pause(MEASURED_MS); // the call goes on
const seconds = (performance.now() - began) / 1000;
const bytes = await relayedBytes() - relayed;
const [hubShare, ...shares] = cpuSeconds().map((now, i) => 100 * (now - before[i]) / seconds);

const cores = navigator.hardwareConcurrency;
const memory = megabytesOf(hub.pid).toFixed(0);
console.log(`${count} guests on ${cores} cores, Deno ${Deno.version.deno}
page loaded            ${average(pages).toFixed(0)} ms on average
devices and joined     ${average(joins).toFixed(0)} ms on average
all see all            ${seen.toFixed(0)} ms after the last joined
hub                    ${hubShare.toFixed(1)} % of a core, ${memory} MiB
browser                ${average(shares).toFixed(0)} % of a core on average
relayed                ${(bytes * 8 / seconds / 1e6).toFixed(2)} Mbit/s
hub to browser         1 : ${(average(shares) / hubShare).toFixed(0)} of the processor`);
if (hubShare + count * average(shares) > 90 * cores) console.log("this machine was fully busy");

/** CPU time of the hub, and of each browser. */
function cpuSeconds(): number[] {
  const browsers = guests.map(({ browser }) => treeCpuSecondsOf(browser.pid));
  return [cpuSecondsOf(hub.pid), ...browsers];
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What the media relay has relayed since the hub started. */
async function relayedBytes(): Promise<number> {
  const { body } = await guests[0].browser.call({
    call: "fetch",
    url: `http://${lan.hub.address}:8080/status`,
  }) as { body: string };
  return (JSON.parse(body) as HubStatus).turn?.relayedBytes ?? 0;
}
