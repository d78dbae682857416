/**
 * Allocate and Refresh (RFC 8656 §7, §8), quotas, and the relayed transport addresses.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "../assert.ts";
import { decodeXorAddress } from "../../relaycore/stun/attributes.ts";
import { decodeStun } from "../../relaycore/stun/message.ts";
import { Attribute, Method } from "../../relaycore/stun/registry.ts";
import { TURN_MAX_ALLOCATIONS, TURN_RELAYED_PORTS } from "../../relaycore/limits.ts";
import { AllocationTable } from "../../relaycore/turn/allocation_table.ts";
import { HubAddresses } from "../../relaycore/turn/hub_addresses.ts";
import { attribute, codeOf, Conversation } from "../support/turn_conversation.ts";
import { UDP, uint32 } from "../support/turn_session.ts";

const PHONE = "192.168.1.20";

Deno.test("Allocate returns a relayed address, the lifetime and the mapped address", () => {
  const client = new Conversation().client(PHONE, 51_234);
  const response = client.allocate();
  const relayed = decodeXorAddress(attribute(response, Attribute.xorRelayedAddress))!;
  assertEquals(relayed.address, "192.168.1.5");
  assert(relayed.port >= 49_152 && relayed.port <= 65_535);
  assertEquals(attribute(response, Attribute.lifetime), uint32(600));
  assertEquals(decodeXorAddress(attribute(response, Attribute.xorMappedAddress)), {
    address: PHONE,
    port: 51_234,
  });
});

Deno.test("each client sees the hub's address on its own subnet", () => {
  const conversation = new Conversation();
  assertEquals(conversation.allocated("192.168.1.20").relayed.address, "192.168.1.5");
  assertEquals(conversation.allocated("10.9.9.9").relayed.address, "10.0.0.5");
  assertEquals(conversation.allocated("127.0.0.1").relayed.address, "127.0.0.1");
  assertEquals(conversation.allocated("10.0.0.5").relayed.address, "10.0.0.5", "the hub itself");
  assertEquals(conversation.allocated("172.16.0.9").relayed.address, "192.168.1.5", "routed");
});

Deno.test("if several subnets contain a client, the smallest one is used", () => {
  const addresses = new HubAddresses([
    { address: "10.0.0.5", netmask: "255.0.0.0" },
    { address: "10.1.2.5", netmask: "255.255.255.0" },
  ]);
  assertEquals(addresses.facing("10.1.2.99"), "10.1.2.5");
  assertEquals(addresses.facing("10.1.3.99"), "10.0.0.5");
});

Deno.test("new addresses are used for new allocations, and old allocations keep theirs", () => {
  const conversation = new Conversation();
  const before = conversation.allocated(PHONE, 1000);
  const { address } = before.relayed;
  conversation.server.hubAddresses = new HubAddresses([
    { address: "192.168.1.77", netmask: "255.255.255.0" },
  ]);
  const after = conversation.allocated(PHONE, 1001);
  assertEquals(after.relayed.address, "192.168.1.77");
  assertEquals(codeOf(after.createPermission({ address, port: 0 })), undefined);
  assertEquals(codeOf(before.createPermission(after.relayed)), undefined);
});

Deno.test("relayed ports are unique as long as their allocations exist", () => {
  const conversation = new Conversation();
  const ports = new Set<number>();
  for (let host = 1; host <= 10; host++) {
    for (let port = 1; port <= 50; port++) {
      ports.add(conversation.allocated(`10.0.1.${host}`, port).relayed.port);
    }
  }
  assertEquals(ports.size, 500);
  assertEquals(conversation.server.allocations, 500);
});

Deno.test("a retransmitted Allocate gets the same answer and allocates nothing", () => {
  const conversation = new Conversation();
  const client = conversation.client(PHONE).hello();
  const request = client.encode(Method.allocate, [UDP]);
  const first = client.datagram(request.slice())!;
  conversation.now += 500;
  assertEquals(client.datagram(request.slice()), first);
  assertEquals(conversation.server.allocations, 1);
});

Deno.test("a second Allocate on the same 5-tuple gets 437", () => {
  const client = new Conversation().allocated(PHONE);
  assertEquals(codeOf(client.request(Method.allocate, [UDP])), 437);
});

Deno.test("Allocate without REQUESTED-TRANSPORT, or with a malformed one, gets 400", () => {
  const client = new Conversation().client(PHONE).hello();
  assertEquals(codeOf(client.request(Method.allocate, [])), 400);
  const short = [Attribute.requestedTransport, Uint8Array.of(17)] as const;
  assertEquals(codeOf(client.request(Method.allocate, [short])), 400);
});

Deno.test("a transport that is not UDP gets 442", () => {
  const client = new Conversation().client(PHONE).hello();
  const tcp = [Attribute.requestedTransport, Uint8Array.of(6, 0, 0, 0)] as const;
  assertEquals(codeOf(client.request(Method.allocate, [tcp])), 442);
});

Deno.test("another address family than IPv4 gets 440", () => {
  const client = new Conversation().client(PHONE).hello();
  const family = (value: number) =>
    [Attribute.requestedAddressFamily, Uint8Array.of(value, 0, 0, 0)] as const;
  assertEquals(codeOf(client.request(Method.allocate, [UDP, family(2)])), 440);
  assertEquals(codeOf(client.request(Method.allocate, [UDP, family(9)])), 440);
  assertEquals(codeOf(client.request(Method.allocate, [UDP, family(1)])), undefined);
});

Deno.test("EVEN-PORT gives an even port, and reserving the next one gets 508", () => {
  const conversation = new Conversation();
  for (let port = 1; port <= 20; port++) {
    const client = conversation.client(PHONE, port);
    client.allocate([UDP, [Attribute.evenPort, Uint8Array.of(0)]]);
    assertEquals(client.relayed.port % 2, 0);
  }
  const client = conversation.client(PHONE, 21).hello();
  const pair = [Attribute.evenPort, Uint8Array.of(0x80)] as const;
  assertEquals(codeOf(client.request(Method.allocate, [UDP, pair])), 508);
});

Deno.test("a RESERVATION-TOKEN gets 508, or 400 where it is not allowed", () => {
  const client = new Conversation().client(PHONE).hello();
  const token = [Attribute.reservationToken, new Uint8Array(8)] as const;
  const evenPort = [Attribute.evenPort, Uint8Array.of(0)] as const;
  assertEquals(codeOf(client.request(Method.allocate, [UDP, token])), 508);
  assertEquals(codeOf(client.request(Method.allocate, [UDP, token, evenPort])), 400);
});

Deno.test("the lifetime is the requested one, but between 10 minutes and an hour", () => {
  const conversation = new Conversation();
  const granted = (seconds: number, port: number) =>
    attribute(
      conversation.client(PHONE, port).allocate([UDP, [Attribute.lifetime, uint32(seconds)]]),
      Attribute.lifetime,
    );
  assertEquals(granted(1, 1), uint32(600));
  assertEquals(granted(1200, 2), uint32(1200));
  assertEquals(granted(0xffffffff, 3), uint32(3600));
});

Deno.test("an allocation ends with its lifetime, and its 5-tuple is free at once", () => {
  const conversation = new Conversation();
  const client = conversation.allocated(PHONE);
  const { relayed } = client;
  conversation.now += 599_999;
  assertEquals(codeOf(client.createPermission(relayed)), undefined);
  conversation.now += 1;
  assertEquals(codeOf(client.createPermission(relayed)), 437);
  client.allocate();
  assertNotEquals(client.relayed, relayed);
  assertEquals(conversation.server.allocations, 1);
});

Deno.test("sweeping frees only what has expired", () => {
  const conversation = new Conversation();
  conversation.allocated(PHONE, 1);
  conversation.now += 300_000;
  conversation.allocated(PHONE, 2);
  conversation.now += 300_000;
  conversation.server.sweep(conversation.now);
  assertEquals(conversation.server.allocations, 1);
  conversation.now += 300_000;
  conversation.server.sweep(conversation.now);
  assertEquals(conversation.server.allocations, 0);
});

Deno.test("Refresh extends the allocation from the time of the request", () => {
  const conversation = new Conversation();
  const client = conversation.allocated(PHONE);
  conversation.now += 500_000;
  assertEquals(attribute(client.refresh(), Attribute.lifetime), uint32(600));
  conversation.now += 599_999;
  assertEquals(attribute(client.refresh(7200), Attribute.lifetime), uint32(3600));
  conversation.now += 1_000_000;
  client.refresh();
  conversation.now += 600_000;
  client.hello();
  assertEquals(codeOf(client.refresh()), 437);
});

Deno.test("Refresh with lifetime 0 ends the allocation, and the next one gets 437", () => {
  const conversation = new Conversation();
  const client = conversation.allocated(PHONE);
  assertEquals(attribute(client.refresh(0), Attribute.lifetime), uint32(0));
  assertEquals(conversation.server.allocations, 0);
  assertEquals(codeOf(client.refresh(0)), 437);
});

Deno.test("Refresh of another family gets 443, a malformed lifetime 400", () => {
  const client = new Conversation().allocated(PHONE);
  const ipv6 = [Attribute.requestedAddressFamily, Uint8Array.of(2, 0, 0, 0)] as const;
  assertEquals(codeOf(client.request(Method.refresh, [ipv6])), 443);
  const short = [Attribute.lifetime, new Uint8Array(3)] as const;
  assertEquals(codeOf(client.request(Method.refresh, [short])), 400);
});

Deno.test("another user's requests on an allocation get 441", () => {
  const users = new Map([["user", "secret"], ["other", "word"]]);
  const client = new Conversation(users).allocated(PHONE);
  const { relayed } = client;
  Object.assign(client, { username: "other", password: "word" });
  assertEquals(codeOf(client.refresh(0)), 441);
  assertEquals(codeOf(client.createPermission(relayed)), 441);
  assertEquals(codeOf(client.channelBind(0x4000, relayed)), 441);
});

/** Fills the table with allocations of one client address, made one after the other. */
function fill(conversation: Conversation, address: string, count: number): void {
  for (let port = 1; port <= count; port++) {
    conversation.now += 30; // within the rate of answers to strangers
    conversation.allocated(address, port);
  }
}

Deno.test("a call of eight guests behind one router gets all its allocations", () => {
  const conversation = new Conversation();
  const needed = 8 * 7 * 3;
  fill(conversation, PHONE, needed);
  assertEquals(conversation.server.allocations, needed);
});

Deno.test("in a full table the address with the most loses its least recently used allocation", () => {
  const conversation = new Conversation();
  fill(conversation, PHONE, TURN_MAX_ALLOCATIONS);
  conversation.client(PHONE, 1).hello(); // the oldest is in use
  const late = conversation.allocated("192.168.1.21");
  assertEquals(conversation.server.allocations, TURN_MAX_ALLOCATIONS);
  assertEquals(codeOf(late.refresh(600)), undefined);
  assertEquals(codeOf(conversation.client(PHONE, 1).hello().refresh(600)), undefined);
  assertEquals(codeOf(conversation.client(PHONE, 2).hello().refresh(600)), 437);
  assertEquals(conversation.server.counters()["turn-allocation-yielded"], 1);
});

Deno.test("in a full table an address with as many as any other gets 486", () => {
  const conversation = new Conversation();
  const half = TURN_MAX_ALLOCATIONS / 2;
  fill(conversation, PHONE, half);
  fill(conversation, "192.168.1.21", half);
  const more = conversation.client(PHONE, 50_000).hello();
  assertEquals(codeOf(more.request(Method.allocate, [UDP])), 486);
  conversation.now += 600_000;
  conversation.server.sweep(conversation.now);
  more.hello().allocate();
});

Deno.test("if all relayed ports are taken, Allocate is refused", () => {
  const table = new AllocationTable(() => 0.5);
  const count = TURN_RELAYED_PORTS.last - TURN_RELAYED_PORTS.first + 1;
  for (let index = 0; index < count; index++) {
    const port = table.freePort(false);
    assert(port !== undefined);
    table.add({
      client: { address: "10.0.0.1", port: index },
      relayed: { address: "10.0.0.5", port },
      username: "user",
      transactionId: new Uint8Array(12),
      lifetimeMs: 1000,
    }, 0);
  }
  assertEquals(table.freePort(false), undefined);
  assertEquals(table.size, count);
  table.sweep(1000);
  assertEquals(table.size, 0);
  assertEquals(table.hasRelayedAddress("10.0.0.5"), false);
});

Deno.test("the answer to Allocate is exactly one message", () => {
  const client = new Conversation().client(PHONE).hello();
  assert(decodeStun(client.datagram(client.encode(Method.allocate, [UDP]))!.bytes) !== undefined);
});
