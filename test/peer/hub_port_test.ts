/**
 * What is said of a port that cannot be had.
 */

import { HubStartError } from "../../relaycore/mod.ts";
import { openHubSocket } from "../../relaycore/net/hub_port.ts";
import { assertMatch, assertRejects } from "../assert.ts";
import { freeUdpPort } from "../support/ports.ts";

const KNOWN = [{ ufrag: "aB3dE6gH", pwd: "ABCDEFGHIJKLMNOPQRSTUVWX" }];

Deno.test("a STUN server that answers everyone is not mistaken for a hub", async () => {
  const server = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const { port } = server.addr as Deno.NetAddr;
  let answered = 0;
  const serving = (async () => {
    for await (const [request, from] of server) {
      // A success response without attributes (RFC 8489 §5): what matters is that it is one.
      const response = request.slice(0, 20);
      response.set([0x01, 0x01, 0, 0]);
      answered += await server.send(response, from);
    }
  })();
  try {
    const error = await assertRejects(() => openHubSocket(port, undefined, KNOWN), HubStartError);
    assertMatch(error.message, /another program/);
    assertMatch(String(answered), /^[1-9]/);
  } finally {
    server.close();
    await serving;
  }
});

Deno.test("a hub without network permission says how to give it", {
  permissions: { net: false },
}, async () => {
  for (const asked of [undefined, 4711]) {
    const error = await assertRejects(
      () => openHubSocket(asked, undefined, KNOWN),
      HubStartError,
    );
    assertMatch(error.message, /--allow-net/);
  }
});

const permitted = freeUdpPort();
Deno.test("a taken port is named, even if only that port is permitted", {
  permissions: { net: [`0.0.0.0:${permitted}`] },
}, async () => {
  const other = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: permitted });
  try {
    const error = await assertRejects(
      () => openHubSocket(permitted, undefined, KNOWN),
      HubStartError,
    );
    assertMatch(error.message, /is taken/);
  } finally {
    other.close();
  }
});
