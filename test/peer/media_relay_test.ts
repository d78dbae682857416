/**
 * Which media relay a hub has, as its blob and its status say.
 */

import { type Hub, type HubConfig, HubStartError } from "../../relaycore/mod.ts";
import { parseBlob } from "../../relaycore/join_link/blob.ts";
import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "../assert.ts";
import { freeUdpPort, holdUdpPort } from "../support/ports.ts";
import { keepingLog, startTestHub } from "../support/test_hub.ts";

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
  using _held = holdUdpPort(3478);
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

Deno.test("the fallbacks of the relay's port are a short list that a firewall can name", async () => {
  const held = [3478, 3479].map(holdUdpPort);
  const { answer } = await ask({}, ({ blob }) => parseBlob(blob)!.turn!.port);
  assertEquals(answer, 3480);
  for (const socket of held) socket?.[Symbol.dispose]();
});

Deno.test("a port for the relay is taken as it is asked for, with credentials of the hub's", async () => {
  const turn = freeUdpPort();
  const { answer } = await ask(
    { turn },
    (hub) => [hub.status().turn?.port, parseBlob(hub.blob)!.turn],
  );
  assertEquals(answer[0], turn);
  assertEquals((answer[1] as { port: number }).port, turn);
  const { warnings } = await ask({ turn, fixedId: true }, () => {});
  assertMatch(warnings.join("\n"), /start again without --turn/);
});

Deno.test("a relay's port that is asked for and taken stops the hub, and leaves no port open", async () => {
  const [port, turn] = [freeUdpPort(), freeUdpPort()];
  using _held = holdUdpPort(turn);
  await assertRejects(
    () => startTestHub({ port, turn }),
    HubStartError,
    `UDP port ${turn}, for the media relay, is taken; choose another with --turn`,
  );
  using free = holdUdpPort(port);
  assert(free !== undefined);
  await assertRejects(() => startTestHub({ turn: 70_000 }), HubStartError, "from 1 to 65535");
});

Deno.test("stopping the hub frees the relay's port", async () => {
  const { answer: port } = await ask({}, ({ blob }) => parseBlob(blob)!.turn!.port);
  using free = holdUdpPort(port);
  assert(free !== undefined);
});
