/** The mDNS responder by the rules of RFC 6762 and 6763, with a fake clock. */

import { encodeMessage, type ResourceRecord } from "../../relaycore/mdns/message.ts";
import { pointerRecord } from "../../relaycore/mdns/records.ts";
import { assert, assertEquals } from "../assert.ts";
import { type MdnsHub, MdnsNetwork, type SentMessage } from "./support/mdns_network.ts";

const NAME = "kbz-cabin.local";
const HUBS = "_kibitz._udp.local";
const INSTANCE = `Kibitz Offline.${HUBS}`;
const HUB = "192.168.1.20";
const ASKER = { address: "192.168.1.7", port: 5353 };
/** Probing and both announcements. */
const SETTLE_MS = 5000;

/** A network with one hub that holds its names. */
function settled(addresses = [HUB]): { network: MdnsNetwork; hub: MdnsHub } {
  const network = new MdnsNetwork();
  const hub = network.add(addresses);
  network.run(SETTLE_MS);
  network.sent.length = 0;
  return { network, hub };
}

/** The answers to a question within a second. */
function ask(
  network: MdnsNetwork,
  name: string,
  type: string,
  { from = ASKER, answers = [] as ResourceRecord[], unicast = false, id = 0 } = {},
): SentMessage[] {
  const began = network.now;
  const bytes = encodeMessage({ id, questions: [{ name, type, unicast: false }], answers });
  // The library writes no QU bit: it is the top bit of the class, the last two bytes of a question.
  if (unicast) bytes[12 + name.length + 2 + 2] |= 0x80;
  network.inject(bytes, from);
  network.run(999);
  return network.since(began);
}

function texts(records: readonly ResourceRecord[]): string[] {
  return records.map(({ name, type, data }) => `${name} ${type} ${text(data)}`).sort();
}

function text(data: unknown): string {
  if (typeof data === "string") return data;
  if (Array.isArray(data)) return data.map((part) => new TextDecoder().decode(part)).join();
  const { target, port, rrtypes } = data as { target?: string; port?: number; rrtypes?: string[] };
  return rrtypes === undefined ? `${target}:${port}` : rrtypes.join();
}

Deno.test("the name is announced twice, after three probes 250 ms apart", () => {
  const network = new MdnsNetwork();
  const began = network.now;
  const { responder } = network.add([HUB], 0.5);
  assertEquals(responder.hubName.state, "probing");
  network.run(SETTLE_MS);
  assertEquals(responder.hubName.state, "held");
  const times = (isResponse: boolean) =>
    network.sent.filter((message) => message.isResponse === isResponse)
      .map(({ at }) => at - began);
  assertEquals(times(false), [125, 375, 625]);
  assertEquals(times(true), [875, 1875]);
  const [probe] = network.sent;
  assertEquals(probe.questions.map(({ name, type }) => `${name} ${type}`), [
    `${NAME} ANY`,
    `${INSTANCE} ANY`,
  ]);
  assertEquals(texts(probe.authorities), [
    `${INSTANCE} SRV ${NAME}:4711`,
    `${INSTANCE} TXT version=1.2.3,discovery=1`,
    `${NAME} A ${HUB}`,
  ]);
  assertEquals(
    network.sent.map(({ to }) => `${to.address}:${to.port}`),
    Array(5).fill("224.0.0.251:5353"),
  );
});

Deno.test("unique records have the cache-flush bit and 120 s, and shared ones do not", () => {
  const network = new MdnsNetwork();
  network.add([HUB]);
  network.run(SETTLE_MS);
  const [announcement] = network.sent.filter(({ isResponse }) => isResponse);
  const facts = announcement.answers.map(({ type, flush, ttl }) => `${type} ${flush} ${ttl}`)
    .sort();
  assertEquals(facts, [
    "A true 120",
    "PTR false 4500",
    "PTR false 4500",
    "SRV true 120",
    "TXT true 4500",
  ]);
});

Deno.test("a question for the address is answered at once by multicast, in any case of letters", () => {
  const { network } = settled();
  const asked = network.now;
  const [answer, ...more] = ask(network, "KBZ-Cabin.LOCAL", "A");
  assertEquals(more, []);
  assertEquals([answer.at - asked, answer.to.address, answer.id], [0, "224.0.0.251", 0]);
  assertEquals(answer.questions, []);
  assertEquals(texts(answer.answers), [`${NAME} A ${HUB}`]);
});

Deno.test("each network gets the hub's address in that network", () => {
  const { network } = settled([HUB, "10.0.0.5"]);
  assertEquals(texts(ask(network, NAME, "A")[0].answers), [`${NAME} A ${HUB}`]);
  const [answer] = ask(network, NAME, "A", { from: { address: "10.0.0.99", port: 5353 } });
  assertEquals([answer.from, ...texts(answer.answers)], ["10.0.0.5", `${NAME} A 10.0.0.5`]);
});

Deno.test("a sender outside the hub's networks gets no answer", () => {
  const { network, hub } = settled();
  assertEquals(ask(network, NAME, "A", { from: { address: "8.8.8.8", port: 5353 } }), []);
  assertEquals(hub.responder.counters["mdns-foreign"], 1);
});

Deno.test("a question for a missing type is answered with the types that exist", () => {
  const { network } = settled();
  assertEquals(texts(ask(network, NAME, "AAAA")[0].answers), [`${NAME} NSEC A`]);
});

Deno.test("questions for other names are not answered", () => {
  const { network } = settled();
  assertEquals(ask(network, "printer.local", "A"), []);
  assertEquals(ask(network, "_ipp._tcp.local", "PTR"), []);
});

Deno.test("browsing finds the hub and its additional records, after 20 to 120 ms", () => {
  const { network } = settled();
  const asked = network.now;
  const [answer, ...more] = ask(network, HUBS, "PTR");
  assertEquals(more, []);
  assertEquals(answer.at - asked, 70, "half way, by chance");
  assertEquals(texts(answer.answers), [`${HUBS} PTR ${INSTANCE}`]);
  assertEquals(texts(answer.additionals), [
    `${INSTANCE} SRV ${NAME}:4711`,
    `${INSTANCE} TXT version=1.2.3,discovery=1`,
    `${NAME} A ${HUB}`,
  ]);
});

Deno.test("browsing finds the QR page once there is one, also in the list of service types", () => {
  const { network, hub } = settled();
  assertEquals(ask(network, "_http._tcp.local", "PTR"), []);
  hub.responder.setPagePort(8080, network.now);
  network.run(SETTLE_MS);
  const [page] = ask(network, "_http._tcp.local", "PTR");
  assertEquals(texts(page.additionals), [
    `Kibitz Offline._http._tcp.local SRV ${NAME}:8080`,
    "Kibitz Offline._http._tcp.local TXT path=/",
    `${NAME} A ${HUB}`,
  ]);
  const [kinds] = ask(network, "_services._dns-sd._udp.local", "PTR");
  assertEquals(texts(kinds.answers).map((line) => line.split(" ")[2]), ["_http._tcp.local", HUBS]);
});

Deno.test("a host that knows the answer for long enough gets none", () => {
  const { network } = settled();
  const known = (ttl: number) => ({ answers: [{ ...pointerRecord(HUBS, INSTANCE), ttl }] });
  assertEquals(ask(network, HUBS, "PTR", known(2250)), []);
  assertEquals(ask(network, HUBS, "PTR", known(2249)).length, 1);
});

Deno.test("the answer waits if more known answers will follow", () => {
  const { network } = settled();
  const questions = [{ name: HUBS, type: "PTR", unicast: false }];
  const began = network.now;
  network.inject(encodeMessage({ questions, isTruncated: true }), ASKER);
  network.run(300);
  network.inject(encodeMessage({ answers: [pointerRecord(HUBS, INSTANCE)] }), ASKER);
  network.run(999);
  assertEquals(network.since(began), []);
  network.inject(encodeMessage({ questions, isTruncated: true }), ASKER);
  const asked = network.now;
  network.run(999);
  assertEquals(network.since(asked).map(({ at }) => at - asked), [450]);
});

Deno.test("a record is multicast at most once a second, and a later question waits", () => {
  const { network } = settled();
  const began = network.now;
  const question = encodeMessage({ questions: [{ name: NAME, type: "A", unicast: false }] });
  for (let i = 0; i < 50; i++) {
    network.inject(question, ASKER);
    network.run(100);
  }
  assertEquals(network.since(began).map(({ at }) => at - began), [0, 1000, 2000, 3000, 4000, 5000]);
});

Deno.test("a question for a unicast answer gets one, unless the last multicast was long ago", () => {
  const { network } = settled();
  const [first] = ask(network, NAME, "A", { unicast: true });
  assertEquals(first.to, ASKER);
  assertEquals(texts(first.answers), [`${NAME} A ${HUB}`]);
  network.run(31_000); // a quarter of 120 s after the last announcement
  assertEquals(ask(network, NAME, "A", { unicast: true })[0].to.address, "224.0.0.251");
});

Deno.test("a plain DNS client gets its question back, and an answer with at most 10 s", () => {
  const { network } = settled();
  const from = { address: "192.168.1.7", port: 50_000 };
  const [answer, ...more] = ask(network, NAME, "A", { from, id: 4242 });
  assertEquals(more, []);
  assertEquals([answer.to, answer.id], [from, 4242]);
  assertEquals(answer.questions.map(({ name }) => name), [NAME]);
  assertEquals(answer.answers.map(({ ttl, flush }) => [ttl, flush]), [[10, false]]);
});

Deno.test("the replies to one host are limited, and other hosts still get theirs", () => {
  const { network } = settled();
  const began = network.now;
  const question = encodeMessage({ questions: [{ name: NAME, type: "A", unicast: false }] });
  for (let i = 0; i < 1000; i++) {
    network.inject(question, { address: "192.168.1.7", port: 1024 + i });
  }
  network.inject(question, { address: "192.168.1.8", port: 1024 });
  network.run(0);
  const replies = network.since(began).map(({ to }) => to.address);
  assertEquals(replies.filter((address) => address === "192.168.1.7").length, 20);
  assertEquals(replies.filter((address) => address === "192.168.1.8").length, 1);
});

Deno.test("a reply repeats only the questions that it answers, each once", () => {
  const { network } = settled();
  const began = network.now;
  const question = (name: string) => ({ name, type: "A", unicast: false });
  const others = Array.from({ length: 10 }, (_, i) => question(`${"x".repeat(60)}${i}.local`));
  const questions = [...others, question(NAME), question(NAME.toUpperCase())];
  network.inject(encodeMessage({ questions }), { address: "192.168.1.7", port: 50_000 });
  network.run(0);
  assertEquals(network.since(began).map((reply) => reply.questions.length), [1]);
  // Far after the end of any real question.
  const many = Array.from({ length: 16 }, (_, i) => question(`${i}.local`));
  const bytes = encodeMessage({ questions: [...many, question(NAME)] });
  network.inject(bytes, { address: "192.168.1.7", port: 50_000 });
  network.run(999);
  assertEquals(network.since(began).length, 1);
});

Deno.test("stopping sends goodbyes for all records, and nothing afterwards", () => {
  const { network, hub } = settled();
  network.remove(hub, { goodbye: true });
  const [goodbye] = network.sent;
  assertEquals(new Set(goodbye.answers.map(({ ttl }) => ttl)), new Set([0]));
  assertEquals(goodbye.answers.length, 5);
  hub.responder.receive(
    encodeMessage({ questions: [{ name: NAME, type: "A", unicast: false }] }),
    ASKER,
    network.now,
  );
  assertEquals(hub.responder.poll(network.now + 1000), []);
  assertEquals(hub.responder.nextDeadline, undefined);
});

Deno.test("a new address is answered with at once, and announced after probing", () => {
  const { network, hub } = settled();
  network.move(hub, ["192.168.1.99"]);
  assertEquals(texts(ask(network, NAME, "A")[0].answers), [`${NAME} A 192.168.1.99`]);
  network.run(SETTLE_MS);
  const announced = network.sent.findLast(({ isResponse }) => isResponse)!;
  assert(texts(announced.answers).includes(`${NAME} A 192.168.1.99`));
  assertEquals(announced.from, "192.168.1.99");
});

Deno.test("without a network the responder is silent, and starts again with one", () => {
  const { network, hub } = settled();
  network.move(hub, []);
  assertEquals(hub.responder.nextDeadline, undefined);
  assertEquals(hub.responder.hubName.state, "probing");
  network.move(hub, [HUB]);
  network.run(SETTLE_MS);
  assertEquals(hub.responder.hubName.state, "held");
});

Deno.test("responses from other ports than 5353 and invalid messages are ignored", () => {
  const { network, hub } = settled();
  const other = { name: NAME, type: "A", ttl: 120, flush: true, data: "192.168.1.66" };
  network.inject(encodeMessage({ isResponse: true, answers: [other] }), {
    address: "192.168.1.66",
    port: 5354,
  });
  for (const bytes of [new Uint8Array(), new Uint8Array(11), new Uint8Array(9001).fill(255)]) {
    network.inject(bytes, ASKER);
  }
  network.run(SETTLE_MS);
  assertEquals(hub.responder.hubName.state, "held");
  assertEquals(hub.responder.counters["mdns-unreadable"], 3);
  assertEquals(network.sent, []);
});
