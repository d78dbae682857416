/**
 * Starting: ports, state files, the link file.
 */

import { PREFERRED_PORTS } from "../../relaycore/limits.ts";
import { type Hub, type HubConfig, HubStartError, startHub } from "../../relaycore/mod.ts";
import { openHubSocket } from "../../relaycore/net/hub_port.ts";
import { parseBlob } from "../../relaycore/join_link/blob.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { folderOfProcess } from "../support/folder.ts";
import { EARLIER_FINGERPRINT, EARLIER_HUB } from "../support/identities.ts";
import { freeUdpPort, holdUdpPort } from "../support/ports.ts";
import { testConfig } from "../support/test_hub.ts";

async function stateOf(config: HubConfig): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(config.statePath));
}

/** Runs a hub just long enough to ask it something. */
async function during<T>(config: HubConfig, ask: (hub: Hub) => T): Promise<T> {
  await using hub = await startHub(config);
  return ask(hub);
}

Deno.test("an own identity is made once and kept, with its port", async () => {
  const config = testConfig();
  const first = await during(config, ({ link }) => link);
  assertEquals((await stateOf(config)).port, config.port);
  assertEquals(await during({ ...config, port: undefined }, ({ link }) => link), first);
});

Deno.test("a new port is saved, and the identity stays", async () => {
  const config = testConfig();
  const before = await during(config, () => stateOf(config));
  const port = freeUdpPort();
  const after = await during({ ...config, port }, () => stateOf(config));
  assertEquals(after, { ...before, port });
});

Deno.test("the blob from an earlier hub's state file has the same identity", async () => {
  const config = testConfig();
  await Deno.writeTextFile(config.statePath, JSON.stringify(EARLIER_HUB));
  const blob = await during(config, ({ blob }) => blob);
  const { ufrag, pwd } = EARLIER_HUB;
  assertEquals(
    blob,
    `g1|${ufrag}|${pwd}|${EARLIER_FINGERPRINT}|127.0.0.1~${config.port}`,
  );
});

Deno.test("a saved port that is taken stops the hub, and the state file stays", async () => {
  const config = testConfig();
  await during(config, () => {});
  const before = await Deno.readTextFile(config.statePath);
  using _other = holdUdpPort(config.port!)!;
  const error = await assertRejects(
    () => startHub({ ...config, port: undefined }),
    HubStartError,
    `UDP port ${config.port}, which printed codes of this hub use, is taken`,
  );
  assertMatch(error.message, /another program/);
  assertEquals(await Deno.readTextFile(config.statePath), before);
});

Deno.test("a port that another hub holds is distinguished from one that another program holds", async () => {
  for (const fixedId of [true, false]) {
    const config = testConfig({ fixedId });
    await using _running = await startHub(config);
    const error = await assertRejects(() => startHub(config), HubStartError);
    assertMatch(error.message, /^UDP port \d+ is taken: another Kibitz hub .* --port\.$/);
  }
  const port = freeUdpPort();
  using _other = holdUdpPort(port)!;
  const config = testConfig({ port });
  const error = await assertRejects(() => startHub(config), HubStartError);
  assertMatch(error.message, /^UDP port \d+ is taken: another program .* --port\.$/);
});

Deno.test("without a port the first free preferred one is used, or else any", async () => {
  const held: (Disposable | undefined)[] = [];
  try {
    for (const port of [...PREFERRED_PORTS, 0]) {
      const { socket, port: taken } = await openHubSocket(undefined, undefined, []);
      socket.close();
      const next = PREFERRED_PORTS.find((p) => p >= port && isFree(p));
      if (port !== 0 && next !== undefined) assertEquals(taken, next);
      if (port === 0) assert(!PREFERRED_PORTS.includes(taken) && taken > 0);
      if (port !== 0) held.push(holdUdpPort(port));
    }
  } finally {
    for (const socket of held) socket?.[Symbol.dispose]();
  }
});

function isFree(port: number): boolean {
  using socket = holdUdpPort(port);
  return socket !== undefined;
}

Deno.test("invalid settings stop the hub before anything is opened or written", async () => {
  const wrong: Partial<HubConfig>[] = [{ base: "kibitz.chat" }, { advertise: ["a|b"] }, {
    turn: { port: 3478, username: "a,b", password: "c" },
  }];
  for (const change of wrong) {
    const config = testConfig(change);
    await assertRejects(() => startHub(config), HubStartError);
    await assertRejects(() => Deno.stat(config.statePath), Deno.errors.NotFound);
  }
});

Deno.test("a state file with the name of another file of the hub is refused, not overwritten", async () => {
  for (const name of ["relay-link.txt", "Relay-Link.TXT", "relay-call.pem"]) {
    const statePath = `${folderOfProcess()}/${name}`;
    await Deno.writeTextFile(statePath, "precious");
    for (const fixedId of [true, false]) {
      const config = testConfig({ statePath, fixedId });
      await assertRejects(() => startHub(config), HubStartError, name.toLowerCase());
    }
    assertEquals(await Deno.readTextFile(statePath), "precious");
    await Deno.remove(statePath);
  }
});

Deno.test("an own identity that cannot be saved stops the hub and frees its port", async () => {
  const port = freeUdpPort();
  const statePath = `${folderOfProcess()}/nowhere/relay-state.json`;
  const config = testConfig({ port, statePath });
  await assertRejects(() => startHub(config), HubStartError, "cannot be written");
  assert(isFree(port));
});

Deno.test("the link file is beside the state file, and an error there is a warning", async () => {
  const config = testConfig({ fixedId: true });
  const link = await during(config, ({ link }) => link);
  const linkFile = config.statePath.replace("relay-state.json", "relay-link.txt");
  assertEquals(await Deno.readTextFile(linkFile), `${link}\n`);
  await assertRejects(() => Deno.stat(config.statePath), Deno.errors.NotFound);

  const warnings: string[] = [];
  const nowhere = `${await Deno.makeTempFile({ dir: folderOfProcess() })}/relay-state.json`;
  const log = { warn: (s: string) => warnings.push(s), info: () => {}, debug: () => {} };
  await during({ ...config, statePath: nowhere, log }, () => {});
  assertEquals(warnings.filter((warning) => warning.includes("relay-link.txt")).length, 1);
});

Deno.test("a well-known hub on another port than 4711 says that it will not be found", async () => {
  const warnings: string[] = [];
  const log = { warn: (s: string) => warnings.push(s), info: () => {}, debug: () => {} };
  const config = testConfig({ fixedId: true, log });
  const discovery = await during(config, (hub) => hub.status().discovery);
  assertEquals(discovery, false);
  assertMatch(warnings.join(), /will not be found by itself\. The link and the QR code work/);
});

Deno.test("a name that browsers may ignore is advertised with a warning", async () => {
  const warnings: string[] = [];
  const log = { warn: (s: string) => warnings.push(s), info: () => {}, debug: () => {} };
  const advertise = ["cabin", "cabin.local", "10.0.0.1"];
  const config = testConfig({ advertise, log });
  const blob = await during(config, ({ blob }) => blob);
  const advertised = parseBlob(blob)!.endpoints.map(({ host }) => host);
  assertEquals(advertised[0], "10.0.0.1");
  assertEquals(advertised.slice(-2), ["cabin", "cabin.local"]);
  assertEquals(warnings.filter((warning) => warning.includes("cabin:")).length, 1);
});
