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

const lan = await createLan({ guests: count, clientIsolation: true });
const hub = await HubProcess.start(lan);
const guests: CallGuest[] = [];
try {
  const [joins, pages]: number[][] = [[], []];
  for (const [i, host] of lan.guests.entries()) {
    const kind = withFirefox && i % 2 === 1 ? "firefox" : "chromium";
    const guest = await CallGuest.open(lan, host, kind, `${kind} ${i}`);
    guests.push(guest);
    pages.push(
      await guest.evaluate(
        "return performance.timing.domComplete - performance.timing.fetchStart",
      ) as number,
    );
    const asked = performance.now();
    await guest.join();
    joins.push(performance.now() - asked);
  }
  const joined = performance.now();
  await untilAllSeeAll(guests, PATIENCE_MS);
  const seen = performance.now() - joined;

  const before = [
    cpuSecondsOf(hub.pid),
    ...guests.map(({ browser }) => treeCpuSecondsOf(browser.pid)),
  ];
  const relayed = await relayedBytes();
  const began = performance.now();
  await pause(MEASURED_MS); // the call goes on
  const seconds = (performance.now() - began) / 1000;
  const bytes = await relayedBytes() - relayed;
  const after = [
    cpuSecondsOf(hub.pid),
    ...guests.map(({ browser }) => treeCpuSecondsOf(browser.pid)),
  ];
  const shares = after.map((value, i) => 100 * (value - before[i]) / seconds);
  const average = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;

  const busy = shares.reduce((sum, share) => sum + share, 0);
  console.log(
    `${count} guests on ${navigator.hardwareConcurrency} cores, Deno ${Deno.version.deno}`,
  );
  console.log(`page loaded            ${average(pages).toFixed(0)} ms on average`);
  console.log(`devices and joined     ${average(joins).toFixed(0)} ms on average`);
  console.log(`all see all            ${seen.toFixed(0)} ms after the last joined`);
  console.log(
    `hub                    ${shares[0].toFixed(1)} % of a core, ${
      megabytesOf(hub.pid).toFixed(0)
    } MiB`,
  );
  console.log(
    `browser                ${average(shares.slice(1)).toFixed(0)} % of a core on average`,
  );
  console.log(`relayed                ${(bytes * 8 / seconds / 1e6).toFixed(2)} Mbit/s`);
  console.log(
    `hub to browser         1 : ${
      (average(shares.slice(1)) / shares[0]).toFixed(0)
    } of the processor`,
  );
  if (busy > 90 * navigator.hardwareConcurrency) console.log("this machine was fully busy");
} finally {
  for (const guest of guests) await guest[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
  await lan[Symbol.asyncDispose]();
}

/** What the media relay has relayed since the hub started. */
async function relayedBytes(): Promise<number> {
  const { body } = await guests[0].browser.call({
    call: "fetch",
    url: `http://${lan.hub.address}:8080/status`,
  }) as { body: string };
  return (JSON.parse(body) as HubStatus).turn?.relayedBytes ?? 0;
}
