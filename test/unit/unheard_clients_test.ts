/** Clients that open a page but are not heard by UDP. */

import { UnheardClients } from "../../http/unheard_clients.ts";
import { HeardAddresses } from "../../relaycore/guests/heard_addresses.ts";
import { MAX_HEARD_ADDRESSES, UNHEARD_CLIENT } from "../../relaycore/limits.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { shownHub } from "../support/shown_hub.ts";

const { afterMs, max } = UNHEARD_CLIENT;

function observed() {
  const heard = new Set<string>();
  const told: string[] = [];
  const hub = shownHub({ port: 19_711, hasHeardFrom: (address: string) => heard.has(address) });
  const clients = new UnheardClients(hub, (sentence) => told.push(sentence));
  return { heard, told, clients };
}

Deno.test("a client that is never heard is reported once, with advice about the port", () => {
  const { clients, told } = observed();
  clients.checks("192.168.1.7", 1000);
  assertEquals(clients.nextDeadline, 1000 + afterMs);
  clients.look(1000 + afterMs - 1);
  assertEquals(told, []);
  clients.look(1000 + afterMs);
  assertEquals(told.length, 1);
  assertMatch(told[0], /192\.168\.1\.7 .*UDP port 19711.*firewall/s);
  for (const client of ["192.168.1.7", "192.168.1.8"]) clients.checks(client, 2 * afterMs);
  assertEquals(clients.nextDeadline, Infinity);
});

Deno.test("a client that is heard before or meanwhile is not reported, nor is this computer", () => {
  const { clients, heard, told } = observed();
  heard.add("192.168.1.7");
  clients.checks("192.168.1.7", 0);
  clients.checks("127.0.0.1", 0);
  assertEquals(clients.nextDeadline, Infinity);
  clients.checks("192.168.1.8", 0);
  heard.add("192.168.1.8");
  clients.look(afterMs);
  assertEquals([told, clients.nextDeadline], [[], Infinity]);
});

Deno.test("of several clients, the one that is not heard is found", () => {
  const { clients, heard, told } = observed();
  clients.checks("192.168.1.7", 0);
  clients.checks("192.168.1.8", 5);
  heard.add("192.168.1.7");
  clients.look(afterMs);
  assertEquals([told, clients.nextDeadline], [[], afterMs + 5]);
  clients.look(afterMs + 5);
  assertMatch(told[0], /192\.168\.1\.8 /);
});

Deno.test("only a limited number of clients is watched", () => {
  const { clients, heard } = observed();
  for (let i = 0; i < 3000; i++) clients.checks(`10.0.${(i % 1000) >> 8}.${i & 255}`, i);
  let waited = 0;
  for (let i = 0; i < 256 * 4; i++) heard.add(`10.0.${i >> 8}.${i & 255}`);
  for (let now = 0; now < 3000 + afterMs; now++) {
    const before = clients.nextDeadline;
    clients.look(now);
    if (clients.nextDeadline !== before) waited++;
  }
  assert(waited <= max, `${waited}`);
  assertEquals(clients.nextDeadline, Infinity);
});

Deno.test("heard addresses are remembered, and the oldest is forgotten first", () => {
  const heard = new HeardAddresses();
  for (let i = 0; i < MAX_HEARD_ADDRESSES; i++) heard.add(`a${i}`);
  heard.add("a0"); // known already: nothing is forgotten for it
  assert(heard.has("a0") && heard.has(`a${MAX_HEARD_ADDRESSES - 1}`));
  heard.add("one more");
  assertEquals([heard.has("a0"), heard.has("a1"), heard.has("one more")], [false, true, true]);
});
