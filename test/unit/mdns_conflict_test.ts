/** Two hubs that want one name (RFC 6762 §8, §9). In the end exactly one of them has it. */

import { encodeMessage } from "../../relaycore/mdns/message.ts";
import { assert, assertEquals } from "../assert.ts";
import { type MdnsHub, MdnsNetwork } from "./support/mdns_network.ts";

const FIRST = "192.168.1.20";
const SECOND = "192.168.1.30";
const SETTLE_MS = 10_000;
const RECLAIM_MS = 60_000;

function states(...hubs: MdnsHub[]): string[] {
  return hubs.map(({ responder }) => responder.hubName.state);
}

Deno.test("the later hub learns who has the name, and the first one keeps it", () => {
  const network = new MdnsNetwork();
  const first = network.add([FIRST]);
  network.run(SETTLE_MS);
  const second = network.add([SECOND]);
  network.run(SETTLE_MS);
  assertEquals(states(first, second), ["held", "taken"]);
  assertEquals(second.responder.hubName.takenBy, FIRST);
  network.run(10 * RECLAIM_MS);
  assertEquals(states(first, second), ["held", "taken"], "and so it stays");
});

Deno.test("of two hubs that start at once, the one with the later address gets the name", () => {
  for (const [one, other] of [[0.5, 0.5], [0, 0.9], [0.9, 0], [0.1, 0.2]]) {
    const network = new MdnsNetwork();
    const first = network.add([FIRST], one);
    const second = network.add([SECOND], other);
    network.run(SETTLE_MS);
    assertEquals(states(first, second), ["taken", "held"], `by chance ${one} and ${other}`);
  }
});

Deno.test("browsing also finds the later hub, under other names", () => {
  const network = new MdnsNetwork();
  network.add([FIRST]);
  network.run(SETTLE_MS);
  network.add([SECOND]);
  network.run(SETTLE_MS);
  const began = network.now;
  const questions = [{ name: "_kibitz._udp.local", type: "PTR", unicast: false }];
  network.inject(encodeMessage({ questions }), { address: "192.168.1.7", port: 5353 });
  network.run(999);
  const found = network.since(began).flatMap(({ additionals }) => additionals)
    .filter(({ type }) => type === "SRV" || type === "A")
    .map(({ name, data }) =>
      `${name.split(".")[0]} ${
        typeof data === "string" ? data : (data as { target: string }).target
      }`
    );
  assertEquals(
    found.sort(),
    [
      "Kibitz Offline (2) kbz-cabin-2.local",
      "Kibitz Offline kbz-cabin.local",
      `kbz-cabin ${FIRST}`,
      `kbz-cabin-2 ${SECOND}`,
    ].sort(),
  );
});

for (const goodbye of [true, false]) {
  Deno.test(`a hub that leaves ${goodbye ? "with" : "without"} goodbye leaves the name to the other`, () => {
    const network = new MdnsNetwork();
    const first = network.add([FIRST]);
    network.run(SETTLE_MS);
    const second = network.add([SECOND]);
    network.run(SETTLE_MS);
    network.remove(first, { goodbye });
    network.run(goodbye ? SETTLE_MS : RECLAIM_MS + SETTLE_MS);
    assertEquals(states(second), ["held"]);
  });
}

Deno.test("if two networks become one, one of the two hubs keeps the name", () => {
  const network = new MdnsNetwork();
  network.reaches = (from, to) => from === to;
  const first = network.add([FIRST]);
  const second = network.add([SECOND]);
  network.run(SETTLE_MS);
  assertEquals(states(first, second), ["held", "held"]);
  network.reaches = () => true;
  // The conflict is noticed only when the name is announced again.
  const questions = [{ name: "kbz-cabin.local", type: "A", unicast: false }];
  network.inject(encodeMessage({ questions }), { address: "192.168.1.7", port: 5353 });
  network.run(SETTLE_MS);
  assertEquals(states(first, second).sort(), ["held", "taken"]);
});

Deno.test("a hub with two interfaces in one network does not conflict with itself", () => {
  const network = new MdnsNetwork();
  const hub = network.add([FIRST, SECOND]);
  network.run(RECLAIM_MS);
  assertEquals(states(hub), ["held"]);
  assertEquals(hub.responder.counters["mdns-conflicts"], undefined);
});

Deno.test("hubs with different identities conflict only in the name that people see", () => {
  const network = new MdnsNetwork();
  const first = network.add([FIRST], 0.5, "kbz-aaaa");
  const second = network.add([SECOND], 0.5, "kbz-bbbb");
  network.run(SETTLE_MS);
  assertEquals(states(first, second), ["held", "held"]);
});

Deno.test("a host that contradicts every name does not cause a flood of probes", () => {
  const network = new MdnsNetwork();
  const hub = network.add([FIRST]);
  const began = network.now;
  for (let i = 0; i < 600; i++) {
    const asked = network.since(network.now - 100).flatMap(({ questions }) => questions);
    const answers = asked.map(({ name }) => ({
      name,
      type: "A",
      ttl: 120,
      flush: true,
      data: "192.168.1.66",
    }));
    if (answers.length > 0) {
      network.inject(encodeMessage({ isResponse: true, answers }), {
        address: "192.168.1.66",
        port: 5353,
      });
    }
    network.run(100);
  }
  assertEquals(states(hub), ["taken"]);
  const perSecond = network.since(began).length / 60;
  assert(perSecond < 5, `${perSecond} packets a second`);
});
