/** Small parts of mDNS: labels, the query for the computer's own name, messages, records. */

import { ComputerNameQuery } from "../../relaycore/mdns/computer_name_query.ts";
import { hubLabel, instanceName, shortHostLabel } from "../../relaycore/mdns/labels.ts";
import { decodeMessage, encodeMessage } from "../../relaycore/mdns/message.ts";
import {
  addressRecord,
  compareRecordSets,
  recordKey,
  serviceRecord,
  textRecord,
} from "../../relaycore/mdns/records.ts";
import { MdnsResponder } from "../../relaycore/mdns/responder.ts";
import { assert, assertEquals } from "../assert.ts";

const OWN = "192.168.1.20";
const RESPONDER = { address: OWN, port: 5353 };
const CARDS = [{ name: "wlan0", address: OWN, netmask: "255.255.255.0" }];

Deno.test("the hub's label is kbz- and the valid ones of the ufrag's first eight characters", () => {
  assertEquals(hubLabel("wbxlanhub01"), "kbz-wbxlanhu");
  assertEquals(hubLabel("Xk3VP9ab"), "kbz-xk3vp9ab");
  assertEquals(hubLabel("a+/B0123Z"), "kbz-ab0123");
  assertEquals(hubLabel("+/+/+/+/abc"), "kbz-relay");
  assertEquals(hubLabel(""), "kbz-relay");
});

Deno.test("a computer's label is its host name up to the first dot, if that is a valid label", () => {
  assertEquals(shortHostLabel("Cabin-Pi.lan"), "cabin-pi");
  assertEquals(shortHostLabel("Annas-MacBook-Pro.local"), "annas-macbook-pro");
  assertEquals(shortHostLabel("localhost"), undefined);
  assertEquals(shortHostLabel("my_laptop"), undefined);
  assertEquals(shortHostLabel("-pi"), undefined);
  assertEquals(shortHostLabel(""), undefined);
  assertEquals(shortHostLabel("a".repeat(64)), undefined);
});

Deno.test("the instance name contains the computer's name, and the port if it is not the usual one", () => {
  assertEquals(instanceName("cabin-pi", 4711), "Kibitz Offline on cabin-pi");
  assertEquals(instanceName("cabin-pi", 4712), "Kibitz Offline on cabin-pi port 4712");
  assertEquals(instanceName(undefined, 4711), "Kibitz Offline");
  const long = instanceName("p".repeat(63), 19711);
  assertEquals(long.length, 63);
  assert(long.endsWith("p port 19711"));
});

/** An answer to the query's name. */
function answer(address: string, ttl = 120, name = "cabin-pi.local"): Uint8Array {
  return encodeMessage({ isResponse: true, answers: [{ ...addressRecord(name, address), ttl }] });
}

/** The times at which a query asks within `ms`, counted from its start at 0. */
function asks(query: ComputerNameQuery, from: number, ms: number): number[] {
  const times: number[] = [];
  while ((query.nextDeadline ?? Infinity) <= from + ms) {
    const now = Math.max(from, query.nextDeadline!);
    if (query.poll(now).length > 0) times.push(now);
  }
  return times;
}

Deno.test("the computer's own name is asked for at once, after 1, 3 and 7 s, and then each minute", () => {
  const query = new ComputerNameQuery("cabin-pi.local");
  assertEquals(query.nextDeadline, undefined);
  query.setInterfaces(CARDS, 0);
  assertEquals(asks(query, 0, 130_000), [0, 1000, 3000, 7000, 67_000, 127_000]);
  assert(!query.answered);
});

Deno.test("an answer with one of this computer's addresses is valid until it expires, and is asked for again before", () => {
  const query = new ComputerNameQuery("cabin-pi.local");
  query.setInterfaces(CARDS, 0);
  asks(query, 0, 10);
  query.receive(answer(OWN, 120, "Cabin-Pi.local"), RESPONDER, 10);
  assert(query.answered);
  const [again] = asks(query, 10, 100_000);
  assertEquals(again, 96_010);
  assert(query.answered);
  query.poll(120_010);
  assert(!query.answered);
});

Deno.test("a goodbye ends the answer at once, and a changed network after some seconds", () => {
  const query = new ComputerNameQuery("cabin-pi.local");
  query.setInterfaces(CARDS, 0);
  query.receive(answer(OWN), RESPONDER, 10);
  query.receive(answer(OWN, 0), RESPONDER, 20);
  assert(!query.answered);
  query.receive(answer(OWN), RESPONDER, 30);
  query.setInterfaces([{ ...CARDS[0], address: "192.168.1.99" }], 1000);
  assert(query.answered, "most likely it is answered again in a moment");
  asks(query, 1000, 10_000);
  assert(!query.answered);
});

Deno.test("an answer with a foreign address or from another port is ignored", () => {
  const query = new ComputerNameQuery("cabin-pi.local");
  query.setInterfaces(CARDS, 0);
  query.receive(answer("192.168.1.66"), { address: "192.168.1.66", port: 5353 }, 10);
  query.receive(answer(OWN), { address: OWN, port: 40_000 }, 10);
  query.receive(answer(OWN, 120, "printer.local"), RESPONDER, 10);
  assert(!query.answered);
});

Deno.test("records are equal if only TTL or case differ, but not if a bit of the data differs", () => {
  const service = serviceRecord("Hub._kibitz._udp.local", 4711, "KBZ-a.local");
  assertEquals(
    recordKey(service),
    recordKey({ ...serviceRecord("hub._KIBITZ._udp.local", 4711, "kbz-A.local"), ttl: 1 }),
  );
  assert(
    recordKey(service) !== recordKey(serviceRecord("Hub._kibitz._udp.local", 4712, "kbz-a.local")),
  );
});

Deno.test("sets of records are ordered by class, type and data, byte by byte (RFC 6762 §8.2.1)", () => {
  const a = (address: string) => addressRecord("x.local", address);
  // The RFC's own example: 169.254.200.50 is later than 169.254.99.200.
  assert(compareRecordSets([a("169.254.99.200")], [a("169.254.200.50")]) < 0);
  assert(compareRecordSets([a("169.254.200.50")], [a("169.254.99.200")]) > 0);
  assertEquals(compareRecordSets([a("10.0.0.1")], [a("10.0.0.1")]), 0);
  assert(compareRecordSets([a("10.0.0.1")], [a("10.0.0.1"), a("10.0.0.2")]) < 0);
  assert(compareRecordSets([a("200.0.0.1")], [textRecord("x.local", ["a"])]) < 0, "A before TXT");
});

Deno.test("compressed names are read (RFC 1035 §4.1.4)", () => {
  const header = [0, 0, 0x84, 0, 0, 0, 0, 2, 0, 0, 0, 0];
  const name = [2, 0x76, 0x6d, 5, 0x6c, 0x6f, 0x63, 0x61, 0x6c, 0]; // vm.local, at 12
  const first = [...name, 0, 1, 0x80, 1, 0, 0, 0, 120, 0, 4, 192, 168, 77, 1];
  const second = [3, 0x68, 0x75, 0x62, 0xc0, 15, 0, 1, 0, 1, 0, 0, 0, 10, 0, 4, 10, 0, 0, 1];
  assertEquals(decodeMessage(Uint8Array.from([...header, ...first, ...second]))?.answers, [
    { name: "vm.local", type: "A", ttl: 120, flush: true, data: "192.168.77.1" },
    { name: "hub.local", type: "A", ttl: 10, flush: false, data: "10.0.0.1" },
  ]);
});

Deno.test("other opcodes, names that point at themselves and absurd counts are refused", () => {
  const query = encodeMessage({ questions: [{ name: "x.local", type: "A", unicast: false }] });
  assert(decodeMessage(query) !== undefined);
  assertEquals(
    decodeMessage(Uint8Array.from(query, (byte, i) => i === 2 ? byte | 0x28 : byte)),
    undefined,
  );
  assertEquals(decodeMessage(Uint8Array.from(query, (byte, i) => i === 4 ? 255 : byte)), undefined);
  const loop = Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1);
  assertEquals(decodeMessage(loop), undefined);
});

Deno.test("random packets never make the responder or the query throw or pile up work", () => {
  const responder = new MdnsResponder(
    { hostLabel: "kbz-cabin", instance: "Kibitz Offline", port: 4711, txt: ["version=1"] },
    () => 0.5,
  );
  const query = new ComputerNameQuery("cabin-pi.local");
  responder.setInterfaces(CARDS, 0);
  responder.setPagePort(8080, 0);
  query.setInterfaces(CARDS, 0);
  const seeds = [
    answer("192.168.1.66", 120, "kbz-cabin.local"),
    encodeMessage({
      questions: [
        { name: "_kibitz._udp.local", type: "PTR", unicast: false },
        { name: "kbz-cabin.local", type: "ANY", unicast: false },
      ],
      authorities: [serviceRecord("Kibitz Offline._kibitz._udp.local", 1, "x.local")],
    }),
    encodeMessage({
      isResponse: true,
      answers: [textRecord("Kibitz Offline._http._tcp.local", ["a", "b"])],
      additionals: [serviceRecord("Kibitz Offline._http._tcp.local", 1, "x.local")],
    }),
  ];
  let state = 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  let packets = 0;
  for (let i = 0; i < 20_000; i++) {
    const bytes = Uint8Array.from(seeds[random(seeds.length)]);
    for (let flips = random(4); flips > 0; flips--) bytes[random(bytes.length)] = random(256);
    const cut = random(4) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
    const from = { address: `192.168.1.${2 + random(200)}`, port: random(3) === 0 ? 1024 : 5353 };
    responder.receive(cut, from, i);
    query.receive(cut, from, i);
    packets += responder.poll(i).length + query.poll(i).length;
  }
  assert(packets < 20 * 100, `${packets} packets in 20 s`);
});
