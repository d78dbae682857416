/**
 * Permissions, channels and the packets that go through them (RFC 8656 §9–§12). The relay is closed:
 * peers can only be its own clients.
 *
 * @module
 */

import { assert, assertEquals } from "../assert.ts";
import { decodeXorAddress, encodeXorAddress } from "../../relaycore/stun/attributes.ts";
import { decodeStun, encodeStun } from "../../relaycore/stun/message.ts";
import { HubAddresses } from "../../relaycore/turn/hub_addresses.ts";
import { Attribute, MessageClass, Method } from "../../relaycore/stun/registry.ts";
import {
  TURN_MAX_CHANNELS,
  TURN_MAX_PACKETS_PER_SECOND,
  TURN_SILENCE,
} from "../../relaycore/limits.ts";
import {
  attribute,
  type Client,
  codeOf,
  Conversation,
  type Sent,
} from "../support/turn_conversation.ts";
import { channelData } from "../support/turn_session.ts";

const DATA = Uint8Array.from({ length: 41 }, (_, index) => index + 1);

/** Two clients on two networks of the hub, which have permitted each other. */
function pair(): { conversation: Conversation; wifi: Client; cable: Client } {
  const conversation = new Conversation();
  const wifi = conversation.allocated("192.168.1.20");
  const cable = conversation.allocated("10.0.0.20");
  wifi.createPermission(cable.relayed);
  cable.createPermission(wifi.relayed);
  return { conversation, wifi, cable };
}

function assertDataIndication(sent: Sent | undefined, to: Client, from: Client, data: Uint8Array) {
  assert(sent !== undefined, "dropped");
  assertEquals(sent.to, to.address);
  const message = decodeStun(sent.bytes);
  assert(message !== undefined, "not STUN");
  assertEquals(message.method, Method.data);
  assertEquals(message.messageClass, MessageClass.indication);
  assertEquals(decodeXorAddress(attribute(message, Attribute.xorPeerAddress)), from.relayed);
  assertEquals(attribute(message, Attribute.data), data);
}

function assertChannelData(sent: Sent | undefined, to: Client, number: number, data: Uint8Array) {
  assert(sent !== undefined, "dropped");
  assertEquals(sent.to, to.address);
  assertEquals(sent.bytes, channelData(number, data));
}

Deno.test("Send becomes a Data indication that names the sender's relayed address", () => {
  const { wifi, cable } = pair();
  for (let length = 0; length < 8; length++) {
    const data = DATA.subarray(0, length);
    assertDataIndication(wifi.send(cable.relayed, data), cable, wifi, data);
    assertDataIndication(cable.send(wifi.relayed, data), wifi, cable, data);
  }
});

Deno.test("ChannelData becomes a Data indication if the receiver has no channel", () => {
  const { wifi, cable } = pair();
  wifi.channelBind(0x4001, cable.relayed);
  for (let length = 0; length < 8; length++) {
    const data = DATA.subarray(0, length);
    assertDataIndication(wifi.channelData(0x4001, data), cable, wifi, data);
  }
});

Deno.test("Send becomes ChannelData if the receiver has a channel", () => {
  const { wifi, cable } = pair();
  cable.channelBind(0x4abc, wifi.relayed);
  for (let length = 0; length < 8; length++) {
    const data = DATA.subarray(0, length);
    assertChannelData(wifi.send(cable.relayed, data), cable, 0x4abc, data);
  }
});

Deno.test("ChannelData becomes ChannelData with the receiver's number", () => {
  const { wifi, cable } = pair();
  wifi.channelBind(0x4001, cable.relayed);
  cable.channelBind(0x7fff, wifi.relayed);
  assertChannelData(wifi.channelData(0x4001, DATA), cable, 0x7fff, DATA);
  assertChannelData(cable.channelData(0x7fff, DATA), wifi, 0x4001, DATA);
  assertChannelData(wifi.channelData(0x4001, new Uint8Array()), cable, 0x7fff, new Uint8Array());
});

Deno.test("padding after ChannelData, which some clients add on UDP, is not passed on", () => {
  const { wifi, cable } = pair();
  wifi.channelBind(0x4001, cable.relayed);
  cable.channelBind(0x4002, wifi.relayed);
  const padded = new Uint8Array(48);
  padded.set(channelData(0x4001, DATA));
  assertChannelData(wifi.datagram(padded), cable, 0x4002, DATA);
});

Deno.test("relayed packets and their payload are counted", () => {
  const { conversation, wifi, cable } = pair();
  wifi.send(cable.relayed, DATA);
  wifi.channelBind(0x4001, cable.relayed);
  wifi.channelData(0x4001, DATA);
  assertEquals(conversation.server.relayedPackets, 2);
  assertEquals(conversation.server.relayedBytes, 2 * DATA.length);
});

Deno.test("nothing passes without the sender's permission or channel", () => {
  const conversation = new Conversation();
  const wifi = conversation.allocated("192.168.1.20");
  const cable = conversation.allocated("10.0.0.20");
  cable.createPermission(wifi.relayed);
  assertEquals(wifi.send(cable.relayed, DATA), undefined);
  assertEquals(wifi.channelData(0x4001, DATA), undefined);
  assertEquals(conversation.server.counters()["turn-no-permission"], 1);
  assertEquals(conversation.server.counters()["turn-no-channel"], 1);
});

Deno.test("nothing passes without the receiver's permission", () => {
  const conversation = new Conversation();
  const wifi = conversation.allocated("192.168.1.20");
  const cable = conversation.allocated("10.0.0.20");
  wifi.channelBind(0x4001, cable.relayed);
  assertEquals(wifi.send(cable.relayed, DATA), undefined);
  assertEquals(wifi.channelData(0x4001, DATA), undefined);
  assertEquals(conversation.server.counters()["turn-no-permission"], 2);
});

Deno.test("a permission lasts five minutes from its last refresh", () => {
  const { conversation, wifi, cable } = pair();
  conversation.now += 200_000;
  wifi.createPermission(cable.relayed);
  cable.createPermission(wifi.relayed);
  conversation.now += 299_999;
  assert(wifi.send(cable.relayed, DATA) !== undefined);
  conversation.now += 1;
  assertEquals(wifi.send(cable.relayed, DATA), undefined);
});

Deno.test("a channel outlives its permission: it can still send, but no longer receive", () => {
  const conversation = new Conversation();
  const wifi = conversation.allocated("192.168.1.20");
  const cable = conversation.allocated("10.0.0.20");
  wifi.channelBind(0x4001, cable.relayed);
  cable.channelBind(0x4002, wifi.relayed);
  assertChannelData(wifi.channelData(0x4001, DATA), cable, 0x4002, DATA);
  conversation.now += 300_000;
  cable.createPermission(wifi.relayed);
  assertChannelData(wifi.channelData(0x4001, DATA), cable, 0x4002, DATA);
  assertEquals(cable.channelData(0x4002, DATA), undefined);
});

Deno.test("a channel lasts ten minutes from its last refresh", () => {
  const conversation = new Conversation();
  const wifi = conversation.allocated("192.168.1.20");
  const cable = conversation.allocated("10.0.0.20");
  wifi.refresh(3600);
  cable.refresh(3600);
  wifi.channelBind(0x4001, cable.relayed);
  conversation.now += 599_000;
  cable.createPermission(wifi.relayed);
  assert(wifi.channelData(0x4001, DATA) !== undefined);
  wifi.channelBind(0x4001, cable.relayed);
  conversation.now += 299_000;
  assert(wifi.channelData(0x4001, DATA) !== undefined);
  conversation.now += 301_000;
  assertEquals(wifi.channelData(0x4001, DATA), undefined);
  assertEquals(conversation.server.counters()["turn-no-channel"], 1);
});

Deno.test("an expired channel's number and peer can be bound anew", () => {
  const conversation = new Conversation();
  const [a, b, c] = [20, 21, 22].map((host) => conversation.allocated(`192.168.1.${host}`));
  for (const client of [a, b, c]) client.refresh(3600);
  a.channelBind(0x4001, b.relayed);
  conversation.now += 600_000;
  assertEquals(codeOf(a.channelBind(0x4001, c.relayed)), undefined);
  assertEquals(codeOf(a.channelBind(0x4002, b.relayed)), undefined);
  c.createPermission(a.relayed);
  b.createPermission(a.relayed);
  assertDataIndication(a.channelData(0x4001, DATA), c, a, DATA);
  assertDataIndication(a.channelData(0x4002, DATA), b, a, DATA);
});

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
  const { wifi, cable } = pair();
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
  const { wifi } = pair();
  assertEquals(codeOf(wifi.createPermission()), 400);
  const ipv6 = new Uint8Array(20);
  ipv6[1] = 2;
  const peer = [Attribute.xorPeerAddress, ipv6] as const;
  assertEquals(codeOf(wifi.request(Method.createPermission, [peer])), 443);
  const number = [Attribute.channelNumber, Uint8Array.of(0x40, 1, 0, 0)] as const;
  assertEquals(codeOf(wifi.request(Method.channelBind, [number, peer])), 443);
});

Deno.test("every address that is not the relay's own gets 403, for permissions and channels", () => {
  const { wifi, cable } = pair();
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
  const { conversation, wifi, cable } = pair();
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

Deno.test("clients on loopback can relay only among themselves", () => {
  const conversation = new Conversation();
  const a = conversation.allocated("127.0.0.1", 1);
  const b = conversation.allocated("127.0.0.1", 2);
  const wifi = conversation.allocated("192.168.1.20");
  assertEquals(codeOf(a.createPermission(b.relayed)), undefined);
  assertEquals(codeOf(b.createPermission(a.relayed)), undefined);
  assertDataIndication(a.send(b.relayed, DATA), b, a, DATA);
  assertEquals(codeOf(wifi.createPermission(a.relayed)), 403);
  assertEquals(codeOf(a.channelBind(0x4000, { address: "127.0.0.1", port: 3480 })), 403);
});

Deno.test("a relayed address can be permitted as long as an allocation has it", () => {
  const conversation = new Conversation();
  const [a, b, c] = [1, 2, 3].map((port) => conversation.allocated("127.0.0.1", port));
  c.refresh(0);
  assertEquals(codeOf(a.createPermission(b.relayed)), undefined);
  // Also for addresses that the hub no longer has.
  conversation.server.hubAddresses = new HubAddresses([]);
  b.refresh(0);
  a.refresh(0);
  const wifi = conversation.allocated("192.168.1.20");
  assertEquals(codeOf(wifi.createPermission({ address: "192.168.1.5", port: 0 })), 403);
});

Deno.test("a channel does not reach a new allocation with its peer's port", () => {
  // Every allocation gets the first port that is free.
  const conversation = new Conversation(undefined, () => 0);
  const wifi = conversation.allocated("192.168.1.20");
  const cable = conversation.allocated("10.0.0.20");
  wifi.channelBind(0x4001, cable.relayed);
  const { port } = cable.relayed;
  cable.refresh(0);
  const other = conversation.allocated("192.168.1.21");
  assertEquals(other.relayed, { address: "192.168.1.5", port });
  other.createPermission(wifi.relayed);
  assertEquals(wifi.channelData(0x4001, DATA), undefined);
  assertEquals(conversation.server.counters()["turn-not-a-relayed-address"], 1);
});

Deno.test("an allocation that ended takes its channels and permissions with it", () => {
  const { conversation, wifi, cable } = pair();
  const { relayed } = cable;
  wifi.channelBind(0x4001, relayed);
  cable.refresh(0);
  assertEquals(wifi.channelData(0x4001, DATA), undefined);
  assertEquals(wifi.send(relayed, DATA), undefined);
  assertEquals(cable.send(wifi.relayed, DATA), undefined);
  const counters = conversation.server.counters();
  assertEquals(counters["turn-not-a-relayed-address"], 2);
  assertEquals(counters["turn-no-allocation"], 1);
});

Deno.test("an expired receiver gets nothing, even before the sweep", () => {
  const { conversation, wifi, cable } = pair();
  wifi.refresh(3600);
  conversation.now += 599_000;
  wifi.channelBind(0x4001, cable.relayed);
  conversation.now += 1000;
  assertEquals(wifi.channelData(0x4001, DATA), undefined);
});

Deno.test("packets from clients without an allocation are dropped without an answer", () => {
  const { conversation, wifi, cable } = pair();
  const stranger = conversation.client("192.168.1.99");
  assertEquals(stranger.send(cable.relayed, DATA), undefined);
  assertEquals(stranger.channelData(0x4000, DATA), undefined);
  const otherPort = conversation.client(wifi.address.address, wifi.address.port + 1);
  assertEquals(otherPort.send(cable.relayed, DATA), undefined);
  assertEquals(conversation.server.counters(), {
    "turn-no-allocation": 3,
    "turn-error-401": 2,
  });
});

Deno.test("malformed ChannelData is dropped", () => {
  const { conversation, wifi, cable } = pair();
  wifi.channelBind(0x4001, cable.relayed);
  const whole = channelData(0x4001, DATA);
  for (let length = 1; length < whole.length; length++) {
    assertEquals(wifi.datagram(whole.subarray(0, length)), undefined, `${length} bytes`);
  }
  assertEquals(conversation.server.relayedPackets, 0);
});

Deno.test("malformed Send indications are dropped", () => {
  const { conversation, wifi, cable } = pair();
  const build = (attributes: (readonly [number, Uint8Array])[]) =>
    encodeStun({
      method: Method.send,
      messageClass: MessageClass.indication,
      transactionId: new Uint8Array(12),
      attributes,
    });
  const peer = [Attribute.xorPeerAddress, encodeXorAddress(cable.relayed)] as const;
  const data = [Attribute.data, DATA] as const;
  const whole = build([peer, data]);
  assert(wifi.datagram(whole.slice()) !== undefined);
  for (let length = 1; length < whole.length; length++) {
    assertEquals(wifi.datagram(whole.slice(0, length)), undefined, `${length} bytes`);
  }
  const overrun = whole.slice();
  overrun[35] = 200; // The length of DATA.
  const longer = new Uint8Array(whole.length + 4);
  longer.set(whole);
  const wrong = [
    overrun,
    longer,
    build([peer]),
    build([data]),
    build([[Attribute.xorPeerAddress, new Uint8Array(20)], data]),
    build([peer, [Attribute.dontFragment, new Uint8Array()], data]),
    build([[0x7f00, new Uint8Array()], peer, data]),
  ];
  for (const bytes of wrong) assertEquals(wifi.datagram(bytes), undefined);
  assertEquals(conversation.server.relayedPackets, 1);
  // Another order and optional attributes make no difference.
  assertDataIndication(wifi.datagram(build([data, peer])), cable, wifi, DATA);
  assertDataIndication(
    wifi.datagram(build([[Attribute.software, DATA], peer, data])),
    cable,
    wifi,
    DATA,
  );
});

Deno.test("a client address that floods is limited to its share, without effect on others", () => {
  const { conversation, wifi, cable } = pair();
  wifi.channelBind(0x4001, cable.relayed);
  cable.channelBind(0x4001, wifi.relayed);
  const packet = channelData(0x4001, DATA);
  let passed = 0;
  for (let i = 0; i < TURN_MAX_PACKETS_PER_SECOND + 500; i++) {
    if (wifi.datagram(packet) !== undefined) passed++;
  }
  assertEquals(passed, TURN_MAX_PACKETS_PER_SECOND);
  assertEquals(conversation.server.counters()["turn-too-many-packets"], 500);
  assert(cable.datagram(packet) !== undefined);
  conversation.now += 1000;
  assert(wifi.datagram(packet) !== undefined);
});

Deno.test("a silent client address gets only a few packets until it is heard again", () => {
  const { conversation, wifi, cable } = pair();
  const second = conversation.allocated("10.0.0.20", 41_000);
  second.createPermission(wifi.relayed);
  const passed = (peers: readonly Client[]) => {
    let count = 0;
    for (let i = 0; i < 50; i++) {
      for (const peer of peers) if (wifi.send(peer.relayed, DATA) !== undefined) count++;
    }
    return count;
  };
  conversation.now += TURN_SILENCE.afterMs - 1;
  assertEquals(passed([cable, second]), 100);
  conversation.now += 1;
  assertEquals(passed([cable, second]), TURN_SILENCE.packetsPerSecond, "both of one address");
  conversation.now += 1000;
  assertEquals(passed([cable]), TURN_SILENCE.packetsPerSecond, "every second");
  const drops = conversation.server.counters()["turn-silent-receiver"];
  assertEquals(drops, 150 - 2 * TURN_SILENCE.packetsPerSecond);
  // Any packet from that address is enough.
  second.refresh();
  assertEquals(passed([cable]), 50);
});

Deno.test("random packets on a bound channel never throw, and never go to a stranger", () => {
  const { wifi, cable } = pair();
  wifi.channelBind(0x4001, cable.relayed);
  let state = 3;
  const random = () => (state = (state * 48271) % 0x7fffffff);
  const known = new Set([wifi.address.address, cable.address.address]);
  for (let round = 0; round < 5000; round++) {
    const bytes = Uint8Array.from({ length: random() % 120 }, () => random() & 255);
    const head = round % 2 === 0 ? [0x40, 1, 0, random() & 63] : [0, 0x16, 0, bytes.length - 20];
    if (bytes.length >= 20) bytes.set([...head, 0x21, 0x12, 0xa4, 0x42]);
    const sent = wifi.datagram(bytes);
    if (sent !== undefined) assert(known.has(sent.to.address));
  }
});
