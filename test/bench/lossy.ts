/**
 * `deno task bench:lossy`: guests on bad Wi-Fi. For each kind of air how long joins take, and how
 * long messages of 256 KiB take to the hub and back, and from guest to guest, both on bad air.
 *
 *     deno run -A test/bench/lossy.ts [JOINS] [MESSAGES] [AIR]    # AIR: part of a name, "20 %"
 *
 * @module
 */

import { Guest } from "../support/guest.ts";
import { startTestHub } from "../support/test_hub.ts";
import { linkThrough } from "../support/join_link.ts";
import { type Air, onAir, openLossyProxy } from "../support/lossy_proxy.ts";
import { quantile } from "../support/quantiles.ts";

const AIRS: readonly (readonly [name: string, air: Air])[] = [
  ["good", { loss: 0, duplication: 0, delayMs: 0, jitterMs: 0 }],
  ["30–40 ms", { loss: 0, duplication: 0.02, delayMs: 30, jitterMs: 10 }],
  ["30–40 ms, 1 % lost", { loss: 0.01, duplication: 0.02, delayMs: 30, jitterMs: 10 }],
  ["30–40 ms, 5 % lost", { loss: 0.05, duplication: 0.02, delayMs: 30, jitterMs: 10 }],
  ["30–40 ms, 20 % lost", { loss: 0.2, duplication: 0.02, delayMs: 30, jitterMs: 10 }],
  ["3–6 ms, 5 % lost", { loss: 0.05, duplication: 0.02, delayMs: 3, jitterMs: 3 }],
];
/** The largest payload whose frames, both of them, are not over 256 KiB. */
const PAYLOAD = 256 * 1024 - 64;
const GIVE_UP_MS = 120_000;

const [joins, messages] = [Number(Deno.args[0] ?? 40), Number(Deno.args[1] ?? 5)];

await using hub = await startTestHub();
const only = Deno.args[2];
console.log(`${joins} joins, ${messages} messages of 256 KiB; medians, ninth tenths and worst`);
console.log(`${"air".padEnd(22)}${"join".padEnd(38)}${"echo".padEnd(38)}guest to guest`);
for (const [name, air] of AIRS.filter(([name]) => name.includes(only ?? ""))) {
  const cells = [];
  const times = await Promise.allSettled(
    Array.from({ length: joins }, (_, seed) => joinTime(air, seed)),
  );
  cells.push(summary(times));
  using first = openLossyProxy(hub.port, onAir(air, 1001));
  using second = openLossyProxy(hub.port, onAir(air, 1002));
  const [a, b] = await Promise.all(
    [first, second].map((proxy) => joinAtLast(linkThrough(hub.link, proxy.port))),
  );
  const payload = "x".repeat(PAYLOAD);
  cells.push(
    summary(
      await sequence(async () => {
        a.send({ t: "echo", x: payload });
        await a.next((frame) => frame.t === "echo", GIVE_UP_MS);
      }),
    ),
  );
  cells.push(
    summary(
      await sequence(async () => {
        a.send({ t: "to", id: b.id, payload });
        await b.next((frame) => frame.t === "from", GIVE_UP_MS);
      }),
    ),
  );
  console.log(name.padEnd(22) + cells.map((cell) => cell.padEnd(38)).join("").trimEnd());
  for (const guest of [a, b]) guest.leave();
}
// libdatachannel's threads would keep the process alive.
Deno.exit(0);

async function joinTime(air: Air, seed: number): Promise<number> {
  using proxy = openLossyProxy(hub.port, onAir(air, seed));
  const guest = await Guest.join(linkThrough(hub.link, proxy.port));
  guest.leave();
  return guest.offerToIdMs;
}

/** As a browser does, which dials again when a join has come to nothing. */
async function joinAtLast(link: string): Promise<Guest> {
  return await Guest.join(link).catch(() => joinAtLast(link));
}

async function sequence(step: () => Promise<void>): Promise<PromiseSettledResult<number>[]> {
  const results = [];
  for (let i = 0; i < messages; i++) {
    const started = performance.now();
    results.push(...await Promise.allSettled([step().then(() => performance.now() - started)]));
    if (results.at(-1)?.status === "rejected") break;
  }
  return results;
}

function summary(results: readonly PromiseSettledResult<number>[]): string {
  const times = results.flatMap((r) => r.status === "fulfilled" ? [r.value] : []);
  const failed = results.length - times.length;
  return [0.5, 0.9, 1].map((q) => quantile(times, q)).map((ms) => (ms / 1000).toFixed(2)).join(
    " / ",
  ) + " s" +
    (failed > 0 ? `, ${failed} failed` : "");
}
