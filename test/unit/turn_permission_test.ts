/**
 * Requests for permissions and channels, and whom they are refused for (RFC 8656 §9, §10, §12). The relay
 * is closed: peers can only be its own clients.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { encodeXorAddress } from "../../relaycore/stun/attributes.ts";
import { Attribute, Method } from "../../relaycore/stun/registry.ts";
import { TURN_MAX_CHANNELS } from "../../relaycore/limits.ts";
import { codeOf, Conversation, permittedPair } from "../support/turn_conversation.ts";

const DATA = Uint8Array.from({ length: 41 }, (_, index) => index + 1);

Deno.test("a channel number for a second peer, or a second number for a peer, gets 400", () => {
  const conversation = new Conversation();
  const [a, b, c] = [20, 21, 22].map((host) => conversation.allocated(`192.168.1.${host}`));
  assertEquals(codeOf(a.channelBind(0x4001, b.relayed)), undefined);
  assertEquals(codeOf(a.channelBind(0x4001, b.relayed)), undefined, "the same again");
  assertEquals(codeOf(a.channelBind(0x4001, c.relayed)), 400);
  assertEquals(codeOf(a.channelBind(0x4002, b.relayed)), 400);
  assertEquals(codeOf(b.channelBind(0x4001, c.relayed)), undefined, "another allocation");
});

Deno.test("channel numbers out of range, and missing or malformed attributes, get 400", () => {
  const { wifi, cable } = permittedPair();
  for (const number of [0, 0x3fff, 0x8000, 0xffff]) {
    assertEquals(codeOf(wifi.channelBind(number, cable.relayed)), 400, number.toString(16));
  }
  const peer = [Attribute.xorPeerAddress, encodeXorAddress(cable.relayed)] as const;
  const number = [Attribute.channelNumber, Uint8Array.of(0x40, 1, 0, 0)] as const;
  const short = [Attribute.channelNumber, Uint8Array.of(0x40, 1)] as const;
  const cut = [Attribute.xorPeerAddress, peer[1].subarray(0, 7)] as const;
  for (const attributes of [[peer], [number], [short, peer], [number, cut]]) {
    assertEquals(codeOf(wifi.request(Method.channelBind, attributes)), 400);
  }
});

Deno.test("a request for too many channels gets 508", () => {
  const conversation = new Conversation();
  const client = conversation.allocated("192.168.1.20");
  for (let index = 0; index <= TURN_MAX_CHANNELS; index++) {
    const peer = conversation.allocated("192.168.1.21", 1 + index);
    const expected = index < TURN_MAX_CHANNELS ? undefined : 508;
    assertEquals(codeOf(client.channelBind(0x4000 + index, peer.relayed)), expected);
  }
});

Deno.test("CreatePermission and ChannelBind without an allocation get 437", () => {
  const conversation = new Conversation();
  const peer = conversation.allocated("192.168.1.20");
  const client = conversation.client("192.168.1.21").hello();
  assertEquals(codeOf(client.createPermission(peer.relayed)), 437);
  assertEquals(codeOf(client.channelBind(0x4000, peer.relayed)), 437);
});

Deno.test("CreatePermission without a peer gets 400, and with an IPv6 peer 443", () => {
  const { wifi } = permittedPair();
  assertEquals(codeOf(wifi.createPermission()), 400);
  const ipv6 = new Uint8Array(20);
  ipv6[1] = 2;
  const peer = [Attribute.xorPeerAddress, ipv6] as const;
  assertEquals(codeOf(wifi.request(Method.createPermission, [peer])), 443);
  const number = [Attribute.channelNumber, Uint8Array.of(0x40, 1, 0, 0)] as const;
  assertEquals(codeOf(wifi.request(Method.channelBind, [number, peer])), 443);
});

Deno.test("every address that is not the relay's own gets 403, for permissions and channels", () => {
  const { wifi, cable } = permittedPair();
  const foreign = [
    "0.0.0.0",
    "0.1.2.3",
    "127.0.0.1",
    "127.1.2.3",
    "10.0.0.6",
    "10.0.0.20", // A client's own address, which is not its relayed address.
    "192.168.1.1",
    "192.168.1.255",
    "169.254.1.1",
    "172.17.0.1",
    "8.8.8.8",
    "224.0.0.251",
    "240.0.0.1",
    "255.255.255.255",
  ];
  for (const address of foreign) {
    const peer = { address, port: cable.relayed.port };
    assertEquals(codeOf(wifi.createPermission(peer)), 403, address);
    assertEquals(codeOf(wifi.channelBind(0x4000, peer)), 403, address);
    assertEquals(wifi.send(peer, DATA), undefined, address);
  }
});

Deno.test("the hub's own services and unused ports cannot be reached", () => {
  const { conversation, wifi, cable } = permittedPair();
  const { address, port } = cable.relayed;
  for (const closed of [22, 53, 80, 3478, 4711, 8080, 49_151, port ^ 1]) {
    assertEquals(codeOf(wifi.channelBind(0x4000, { address, port: closed })), 403);
    assertEquals(wifi.send({ address, port: closed }, DATA), undefined);
  }
  // The same port at another address of the hub does not belong to an allocation either.
  const other = { address: wifi.relayed.address, port };
  assertEquals(codeOf(wifi.channelBind(0x4000, other)), 403);
  assertEquals(wifi.send(other, DATA), undefined);
  assertEquals(conversation.server.counters()["turn-not-a-relayed-address"], 9);
});

Deno.test("CreatePermission permits all of its addresses or none", () => {
  const conversation = new Conversation();
  const wifi = conversation.allocated("192.168.1.20");
  const cable = conversation.allocated("10.0.0.20");
  cable.createPermission(wifi.relayed);
  assertEquals(
    codeOf(wifi.createPermission(cable.relayed, { address: "8.8.8.8", port: 1 })),
    403,
  );
  assertEquals(wifi.send(cable.relayed, DATA), undefined);
  assertEquals(codeOf(wifi.createPermission(cable.relayed, wifi.relayed)), undefined);
  assert(wifi.send(cable.relayed, DATA) !== undefined);
});
