/**
 * What is said of a port that cannot be had.
 */

import { HubStartError } from "../../relaycore/mod.ts";
import { openHubSocket } from "../../relaycore/net/hub_port.ts";
import { encodeStun } from "../../relaycore/stun/message.ts";
import { MessageClass, Method } from "../../relaycore/stun/registry.ts";
import { assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { freeUdpPort } from "../support/ports.ts";

const KNOWN = [{ ufrag: "aB3dE6gH", pwd: "ABCDEFGHIJKLMNOPQRSTUVWX" }];

Deno.test("a STUN server that answers everybody is not taken for a hub", async () => {
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

Deno.test("a hub that is about to end is waited for, and its port is taken over", async () => {
  const stopping = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const { port } = stopping.addr as Deno.NetAddr;
  // It answers as a hub, and then it is gone.
  const serving = answerOneCheck(stopping, KNOWN[0].pwd).finally(() => stopping.close());
  const { socket, port: opened } = await openHubSocket(port, undefined, KNOWN);
  socket.close();
  await serving;
  assertEquals(opened, port);
});

Deno.test("a hub that stays is named, and the other one is refused", async () => {
  const running = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const { port } = running.addr as Deno.NetAddr;
  const serving = answerOneCheck(running, KNOWN[0].pwd);
  try {
    const error = await assertRejects(() => openHubSocket(port, undefined, KNOWN), HubStartError);
    assertMatch(error.message, /another Kibitz hub runs on this computer/);
  } finally {
    running.close();
    await serving;
  }
});

/** Answers a connectivity check as the hub with this password does. */
async function answerOneCheck(socket: Deno.DatagramConn, pwd: string): Promise<void> {
  const [request, from] = await socket.receive();
  const response = encodeStun({
    method: Method.binding,
    messageClass: MessageClass.success,
    transactionId: request.slice(8, 20),
    attributes: [],
    integrityKey: new TextEncoder().encode(pwd),
    fingerprint: true,
  });
  await socket.send(response, from);
}

Deno.test("a hub that may open no port says how to let it", {
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
Deno.test("a port that is taken is named, also where nothing but that port is permitted", {
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
