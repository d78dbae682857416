/**
 * Which media relay a hub has, as its blob and its status say.
 */

import type { Hub, HubConfig } from "../../relaycore/mod.ts";
import { parseBlob } from "../../relaycore/join_link/blob.ts";
import { assert, assertEquals, assertMatch, assertNotEquals } from "../assert.ts";
import { occupy } from "./support/free_port.ts";
import { keepingLog, startTestHub } from "./support/hub.ts";

const WELL_KNOWN = { username: "wblan", password: "Sp64SHsXMZOdzT6rgYcF" };

/** Starts a hub, asks it something, stops it; gives the answer and the warnings. */
async function ask<T>(
  change: Partial<HubConfig>,
  question: (hub: Hub) => T,
): Promise<{ answer: T; warnings: string[] }> {
  const { sentences, log } = keepingLog();
  await using hub = await startTestHub({ turn: undefined, log, ...change });
  return { answer: question(hub), warnings: sentences };
}

Deno.test("the well-known hub relays with the credentials that browsers have built in", async () => {
  const { answer } = await ask({ fixedId: true }, ({ blob }) => parseBlob(blob)!.turn!);
  assertEquals({ username: answer.username, password: answer.password }, WELL_KNOWN);
});

Deno.test("a well-known hub whose TURN port is taken relays on another, and says what that means", async () => {
  using _held = occupy(3478);
  const { answer, warnings } = await ask({ fixedId: true }, ({ blob }) => parseBlob(blob)?.turn);
  assertNotEquals(answer?.port, 3478);
  assertEquals(answer?.username, WELL_KNOWN.username);
  assertMatch(warnings.join("\n"), /UDP port 3478 is taken.*found the hub by themselves have none/);
});

Deno.test("a hub of its own draws new TURN credentials in every run", async () => {
  const turnOf = async () => (await ask({}, ({ blob }) => parseBlob(blob)!.turn!)).answer;
  const [one, two] = [await turnOf(), await turnOf()];
  for (const { username, password } of [one, two]) {
    assertMatch(username, /^[A-Za-z0-9]{8}$/);
    assertMatch(password, /^[A-Za-z0-9]{24}$/);
  }
  assertNotEquals([one.username, one.password], [two.username, two.password]);
});

Deno.test("the relay's port in the blob is the one it has, and status shows it", async () => {
  const { answer } = await ask({}, (hub) => ({
    blob: parseBlob(hub.blob)!.turn!.port,
    status: hub.status(),
  }));
  assertEquals(answer.status.turn, {
    port: answer.blob,
    allocations: 0,
    relayedPackets: 0,
    relayedBytes: 0,
  });
  assert(answer.status.limits.turnAllocations > 0);
});

Deno.test("without a relay the blob is a g1; another's relay stands in the blob as it was given", async () => {
  const off = await ask({ turn: "off" }, (hub) => [hub.blob.slice(0, 3), hub.status().turn]);
  assertEquals(off.answer, ["g1|", null]);
  const turn = { port: 13478, username: "cabin", password: "secret" };
  const other = await ask({ turn }, (hub) => [parseBlob(hub.blob)?.turn, hub.status().turn]);
  assertEquals(other.answer, [turn, null]);
});

Deno.test("stopping the hub frees the relay's port", async () => {
  const { answer: port } = await ask({}, ({ blob }) => parseBlob(blob)!.turn!.port);
  using free = occupy(port);
  assert(free !== undefined);
});
