/**
 * Records, retransmissions and the end of an association, with a client written for tests and a fake
 * clock.
 */

import { AlertDescription } from "../../relaycore/dtls/alert.ts";
import { DtlsAssociation } from "../../relaycore/dtls/association.ts";
import {
  ContentType,
  encodeHandshakeMessage,
  HandshakeType,
  RECORD_HEADER_LENGTH,
} from "../../relaycore/dtls/record.ts";
import { DTLS_RETRANSMISSION_MS, MAX_EARLY_RECORDS } from "../../relaycore/limits.ts";
import { assert, assertEquals } from "../assert.ts";
import { DtlsClient, extension, fragments, helloBody, recordOf } from "../support/dtls_client.ts";

function newClient(): DtlsClient {
  return new DtlsClient(new DtlsAssociation(new Uint8Array(300), 1));
}

function connected(): DtlsClient {
  const client = newClient();
  client.connect();
  return client;
}

const CLOSE_NOTIFY = [1, AlertDescription.closeNotify] as [number, number];
const PAYLOAD = new Uint8Array([1, 2, 3]);

// ── Data ────────────────────────────────────────────────────────────────────────────────────────

Deno.test("data goes both ways after the handshake, but not before", () => {
  const client = newClient();
  client.greet();
  const answer = client.answerDatagrams();
  assertEquals(client.association.seal(PAYLOAD), undefined);
  for (const datagram of answer) client.send(datagram);
  assert(client.send(client.seal(ContentType.applicationData, PAYLOAD)));
  assertEquals(client.data.map((payload) => [...payload]), [[...PAYLOAD]]);
  const datagram = client.association.seal(PAYLOAD)!;
  assertEquals(datagram.length, RECORD_HEADER_LENGTH + 8 + PAYLOAD.length + 16);
});

Deno.test("data that overtakes the guest's Finished is delivered after it", () => {
  const client = newClient();
  client.greet();
  const answer = client.answerDatagrams();
  const data = client.seal(ContentType.applicationData, PAYLOAD);
  const finished = answer.pop()!;
  for (const datagram of answer) client.send(datagram);
  assert(client.send(data));
  assertEquals(client.take("data"), []);
  client.send(finished);
  assertEquals(client.outputs.map(({ kind }) => kind).slice(-2), ["connected", "data"]);
});

Deno.test("a record that is replayed, changed or of another epoch is not the guest's own", () => {
  const client = connected();
  const record = client.seal(ContentType.applicationData, PAYLOAD);
  const changed = record.slice(), elsewhere = record.slice();
  changed[30] ^= 1;
  elsewhere[4] = 2;
  assert(!client.send(changed));
  assert(!client.send(elsewhere));
  assert(client.send(record));
  assert(!client.send(record));
  assertEquals(client.data.length, 1);
});

Deno.test("an open association ignores all plaintext", () => {
  const client = connected();
  for (const contentType of [ContentType.alert, ContentType.applicationData]) {
    assert(!client.send(client.plaintext(Uint8Array.of(2, 40), contentType)));
  }
  const message = { type: HandshakeType.clientHello, messageSeq: 1, body: helloBody() };
  assert(!client.send(client.datagramOf(message)));
  assertEquals([client.outputs.filter(({ kind }) => kind !== "datagram"), client.alerts], [[], []]);
});

// ── The order of things ─────────────────────────────────────────────────────────────────────────

Deno.test("the guest's last flight may come in any order", () => {
  for (const order of permutations([0, 1, 2, 3])) {
    const client = newClient();
    client.greet();
    const answer = client.answerDatagrams();
    for (const i of order) client.send(answer[i]);
    assertEquals(client.take("connected").length, 1, `order ${order}`);
    client.checkFinished();
  }
});

Deno.test("a ClientHello in two fragments is read in either order", () => {
  const body = helloBody({ more: extension(51, ...new Array(1400).fill(1)) });
  const message = { type: HandshakeType.clientHello, messageSeq: 1, body };
  for (const parts of [fragments(message, 1000), fragments(message, 1000).toReversed()]) {
    const client = newClient();
    for (const part of parts) client.send(client.plaintext(part));
    assertEquals(client.take("sign").length, 1);
  }
});

Deno.test("a Finished in epoch 0 is not answered, and does not prevent the real one", () => {
  const client = newClient();
  client.greet();
  const answer = client.answer();
  const finished = answer.pop()!;
  for (const message of answer) client.send(client.datagramOf(message));
  client.send(client.plaintext(encodeHandshakeMessage(finished)));
  const other = { ...finished, type: HandshakeType.certificateVerify };
  client.send(client.plaintext(encodeHandshakeMessage(other).subarray(0, 12)));
  assertEquals([client.take("connected"), client.finished, client.alerts], [[], [], []]);
  client.send(client.datagramOf(finished));
  assertEquals(client.take("connected").length, 1);
  client.checkFinished();
});

Deno.test("a Finished in two fragments is accepted, in either order, in two records and in one", () => {
  const ways: ((client: DtlsClient, parts: Uint8Array[]) => Uint8Array[])[] = [
    (client, parts) => parts.map((part) => client.seal(ContentType.handshake, part)),
    (client, parts) => parts.toReversed().map((part) => client.seal(ContentType.handshake, part)),
    (
      client,
      parts,
    ) => [client.seal(ContentType.handshake, Uint8Array.of(...parts[0], ...parts[1]))],
  ];
  for (const way of ways) {
    const client = newClient();
    client.greet();
    const answer = client.answer();
    const finished = way(client, fragments(answer.pop()!, 7));
    for (const message of answer) client.send(client.datagramOf(message));
    for (const datagram of finished) client.send(datagram);
    assertEquals(client.take("connected").length, 1);
    client.checkFinished();
  }
});

Deno.test("bad early records do not affect a Finished that comes before or after them", () => {
  for (const isFirst of [true, false]) {
    const client = newClient();
    client.greet();
    const answer = client.answerDatagrams();
    const finished = answer.pop()!;
    const bad = (number: number) => {
      const record = finished.slice();
      record[9] = number; // another record number, so that it does not open
      return record;
    };
    const crowd = Array.from({ length: MAX_EARLY_RECORDS - 1 }, (_, i) => bad(i + 1));
    for (const record of isFirst ? [...crowd, finished] : [finished, ...crowd]) {
      assert(!client.send(record));
    }
    for (const datagram of answer) client.send(datagram);
    assertEquals(client.take("connected").length, 1);
  }
});

Deno.test("of many early records, the latest one is still used", () => {
  const client = newClient();
  client.greet();
  const answer = client.answerDatagrams();
  const finished = answer.pop()!;
  for (let i = 0; i < 3 * MAX_EARLY_RECORDS; i++) {
    const record = finished.slice();
    record[record.length - 1] ^= 1 + i;
    client.send(record);
  }
  client.send(finished);
  for (const datagram of answer) client.send(datagram);
  assertEquals(client.take("connected").length, 1);
});

Deno.test("a retransmission completes a message that forged fragments have spoiled", () => {
  const client = newClient();
  client.greet();
  const answer = client.answer();
  const [certificate] = answer;
  const forged = fragments(certificate, 5)[0].slice();
  forged[forged.length - 1] ^= 1;
  const longer = encodeHandshakeMessage({ ...certificate, body: new Uint8Array(900) });
  client.send(client.plaintext(forged));
  client.send(client.plaintext(longer.subarray(0, 12)));
  for (const message of answer) client.send(client.datagramOf(message));
  assertEquals(client.take("connected").length, 1);
});

// ── Signing ─────────────────────────────────────────────────────────────────────────────────────

Deno.test("while the signature is made, the hub sends nothing, and keeps what arrives in order", () => {
  const client = newClient();
  const hello = encodeHandshakeMessage({
    type: HandshakeType.clientHello,
    messageSeq: 1,
    body: helloBody(),
  });
  // A stranger on the network guesses the next message.
  const forged = { type: HandshakeType.finished - 1, messageSeq: 2, body: PAYLOAD };
  client.send(client.plaintext(encodeHandshakeMessage(forged)));
  client.send(client.plaintext(hello));
  client.send(client.plaintext(hello));
  assertEquals(client.take("sign").length, 1);
  client.wait(10_000);
  assertEquals([client.heard, client.alerts], [[], []]);
  client.association.signed(new Uint8Array(70), client.now);
  client.wait(10_001);
  assertEquals(client.heard.map(([type]) => type), [2, 11, 12, 13, 14]);
});

Deno.test("a signature after the end of the association, or a second one, has no effect", () => {
  const closed = newClient();
  closed.send(closed.plaintext(encodeHandshakeMessage({
    type: HandshakeType.clientHello,
    messageSeq: 1,
    body: helloBody(),
  })));
  closed.association.close();
  closed.association.signed(new Uint8Array(70), 0);
  assertEquals([closed.association.nextDeadline, closed.association.poll(0)], [undefined, []]);

  const open = connected();
  open.association.signed(new Uint8Array(70), 0);
  assertEquals(open.association.poll(0), []);
});

// ── Repetition ──────────────────────────────────────────────────────────────────────────────────

Deno.test("the hub retransmits its flight after 400 ms, and doubles the time after each retransmission", () => {
  const client = newClient();
  client.greet();
  const { first, max } = DTLS_RETRANSMISSION_MS;
  const times: number[] = [];
  for (let flights = 1; client.now < 20_000;) {
    client.wait(client.association.nextDeadline!);
    if (client.heard.length / 5 > flights) times.push(client.now);
    flights = client.heard.length / 5;
  }
  const pauses = times.map((time, i) => time - (times[i - 1] ?? 0));
  assertEquals(pauses.slice(0, 6), [first, 2 * first, 4 * first, 8 * first, max, max]);
  // Each time the same messages, under new record numbers (which the client checks).
  assertEquals(client.heard.slice(5, 10), client.heard.slice(0, 5));
});

Deno.test("after the guest's Finished, nothing is retransmitted", () => {
  const client = connected();
  assertEquals(client.association.nextDeadline, undefined);
});

Deno.test("the hub retransmits its Finished when the guest does", () => {
  const client = newClient();
  client.greet();
  const answer = client.answer();
  for (const message of answer) client.send(client.datagramOf(message));
  for (const message of answer) client.send(client.datagramOf(message));
  assertEquals(client.finished.length, 2);
  assertEquals(client.finished[0], client.finished[1]);
  assertEquals(client.take("connected").length, 1);
});

Deno.test("flights are sent in datagrams below the path MTU", () => {
  const client = new DtlsClient(new DtlsAssociation(new Uint8Array(1100), 1));
  client.greet();
  const sizes = client.take("datagram").map(({ datagram }) => datagram.length);
  assert(sizes.length > 1);
  assert(sizes.every((size) => size <= 1200), `${sizes}`);
});

// ── The end ─────────────────────────────────────────────────────────────────────────────────────

Deno.test("a guest's close_notify is answered and ends the association", () => {
  const client = connected();
  client.send(client.seal(ContentType.alert, Uint8Array.of(...CLOSE_NOTIFY)));
  assertEquals(client.alerts, [CLOSE_NOTIFY]);
  assertEquals(client.take("ended").map(({ reason }) => reason), ["closed by the guest"]);
  assert(!client.send(client.seal(ContentType.applicationData, PAYLOAD)));
  assertEquals([client.association.seal(PAYLOAD), client.association.close()], [
    undefined,
    undefined,
  ]);
});

Deno.test("data before a close_notify is delivered", () => {
  const client = newClient();
  client.greet();
  const answer = client.answerDatagrams();
  const finished = answer.pop()!;
  for (const datagram of answer) client.send(datagram);
  client.send(client.seal(ContentType.applicationData, PAYLOAD));
  client.send(finished);
  client.send(client.seal(ContentType.alert, Uint8Array.of(...CLOSE_NOTIFY)));
  const kinds = client.outputs.map(({ kind }) => kind).filter((kind) => kind !== "datagram");
  assertEquals(kinds, ["connected", "data", "ended"]);
});

Deno.test("a fatal alert ends the association without an answer, and a warning has no effect", () => {
  const client = connected();
  client.send(client.seal(ContentType.alert, Uint8Array.of(1, 90)));
  client.send(client.seal(ContentType.alert, Uint8Array.of(2)));
  assertEquals(client.take("ended"), []);
  client.send(client.seal(ContentType.alert, Uint8Array.of(2, 80)));
  assertEquals(client.take("ended").map(({ reason }) => reason), ["alert 80 from the guest"]);
  assertEquals(client.alerts, []);
});

Deno.test("a plaintext alert does not end a handshake", () => {
  const client = newClient();
  client.greet();
  client.send(client.plaintext(Uint8Array.of(2, 40), ContentType.alert));
  for (const datagram of client.answerDatagrams()) client.send(datagram);
  assertEquals(client.take("connected").length, 1);
});

Deno.test("the hub sends close_notify when it closes, and nothing afterwards", () => {
  const client = connected();
  const goodbye = client.association.close()!;
  assertEquals([...client.opened(recordOf(goodbye))], CLOSE_NOTIFY);
  assertEquals([client.association.poll(0), client.association.close()], [[], undefined]);
  assertEquals(client.association.nextDeadline, undefined);
});

Deno.test("a renegotiation is declined with a warning", () => {
  const client = connected();
  const hello = encodeHandshakeMessage({
    type: HandshakeType.clientHello,
    messageSeq: 0,
    body: helloBody(),
  });
  client.send(client.seal(ContentType.handshake, hello));
  assertEquals(client.alerts, [[1, AlertDescription.noRenegotiation]]);
  assert(client.send(client.seal(ContentType.applicationData, PAYLOAD)));
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) =>
    permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest])
  );
}
