/**
 * The hub's reaction to a guest's offer and messages: a handshake, or the alert that the RFCs
 * specify.
 */

import { DtlsAssociation } from "../../relaycore/dtls/association.ts";
import { AlertDescription } from "../../relaycore/dtls/alert.ts";
import { GROUPS } from "../../relaycore/dtls/key_agreement.ts";
import { encodeHandshakeMessage, HandshakeType } from "../../relaycore/dtls/record.ts";
import { assert, assertEquals } from "../assert.ts";
import { DtlsClient, extension, type Hello, helloBody, list } from "../support/dtls_client.ts";

function newClient(): DtlsClient {
  return new DtlsClient(new DtlsAssociation(new Uint8Array(300), 1));
}

const EXTENDED_MASTER_SECRET = extension(23);
const GROUP_LIST = extension(10, ...list(29, 23));
const SCHEME_LIST = extension(13, ...list(0x0403));

for (const [name, group] of Object.entries(GROUPS)) {
  Deno.test(`a handshake over ${name} ends with the Finished that its messages make due`, () => {
    const client = newClient();
    client.connect({ groups: [23, ...(group === GROUPS.x25519 ? [29] : [])] });
    assertEquals(client.group, group);
  });
}

Deno.test("a handshake without extended master secret succeeds too", () => {
  newClient().connect({ more: [] });
});

Deno.test("X25519 is chosen in any order of the offer, and P-256 if X25519 is not offered", () => {
  const groupFor = (hello: Hello) => {
    const client = newClient();
    client.greet(hello);
    return client.group;
  };
  assertEquals(groupFor({ groups: [23, 24, 29] }), 29);
  assertEquals(groupFor({ groups: [0x11ec, 23] }), 23);
  assertEquals(groupFor({ extensions: SCHEME_LIST }), 23);
});

Deno.test("an offer of DTLS 1.3 with a post-quantum key share is answered with DTLS 1.2", () => {
  const keyShare = extension(51, ...new Array(1400).fill(1));
  const versions = extension(43, 4, 0xfe, 0xfc, 0xfe, 0xfd);
  const client = newClient();
  client.connect({
    suites: [0x1301, 0x1302, 0xc02b],
    groups: [0x11ec, 29, 23],
    more: [...EXTENDED_MASTER_SECRET, ...keyShare, ...versions],
  });
  assertEquals([...client.heard[0].subarray(12, 14)], [0xfe, 0xfd]);
});

Deno.test("the SRTP profile is one of the guest's, or the extension is left out", () => {
  const profileFor = (...profiles: number[]) => {
    const client = newClient();
    client.greet({ more: extension(14, ...list(...profiles), 0) });
    const hello = [...client.heard[0]].join();
    return [7, 1].find((profile) => hello.includes(extension(14, 0, 2, 0, profile, 0).join()));
  };
  assertEquals(profileFor(1, 7), 7);
  assertEquals(profileFor(2, 1), 1);
  assertEquals(profileFor(2), undefined);
});

/** Offers that must be refused, and the alert that says why. */
const REFUSED: readonly (readonly [string, Hello, number])[] = [
  ["DTLS 1.0 at most", { version: 0xfeff }, AlertDescription.protocolVersion],
  ["no cipher suite of the hub's", { suites: [0xc02f] }, AlertDescription.handshakeFailure],
  ["no cipher suite at all", { suites: [] }, AlertDescription.decodeError],
  ["groups without P-256", { groups: [29] }, AlertDescription.handshakeFailure],
  ["groups that the hub does not know", { groups: [24] }, AlertDescription.handshakeFailure],
  ["an empty list of groups", { groups: [] }, AlertDescription.decodeError],
  ["RSA signatures only", { schemes: [0x0804] }, AlertDescription.handshakeFailure],
  ["no signature schemes", { extensions: GROUP_LIST }, AlertDescription.handshakeFailure],
  ["compression without null", { compressions: [1] }, AlertDescription.illegalParameter],
  ["no compression method", { compressions: [] }, AlertDescription.decodeError],
  [
    "a renegotiation of nothing",
    { more: extension(0xff01, 1, 0) },
    AlertDescription.handshakeFailure,
  ],
  [
    "renegotiation_info with something behind it",
    { more: extension(0xff01, 0, 0) },
    AlertDescription.decodeError,
  ],
  [
    "an extension twice",
    { more: [...EXTENDED_MASTER_SECRET, ...EXTENDED_MASTER_SECRET] },
    AlertDescription.illegalParameter,
  ],
  [
    "an unknown extension twice",
    { more: [...extension(4711, 1), ...extension(4711, 2)] },
    AlertDescription.illegalParameter,
  ],
  [
    "points only in compressed form",
    { more: extension(11, 1, 1) },
    AlertDescription.illegalParameter,
  ],
  [
    "an extended master secret with something in it",
    { more: extension(23, 0) },
    AlertDescription.decodeError,
  ],
  [
    "SRTP without an identifier's length",
    { more: extension(14, ...list(7)) },
    AlertDescription.decodeError,
  ],
  [
    "a session id of 33 bytes",
    { sessionId: new Array(33).fill(1) },
    AlertDescription.decodeError,
  ],
];

for (const [name, hello, description] of REFUSED) {
  Deno.test(`an offer with ${name} is refused with alert ${description}`, () => {
    const client = newClient();
    client.greet(hello);
    assertEquals(client.alerts, [[2, description]]);
    assertEquals(client.take("ended").length, 1);
    assertEquals(client.heard, []);
  });
}

Deno.test("bytes after the extensions are refused", () => {
  const client = newClient();
  client.greet(Uint8Array.of(...helloBody(), 0));
  assertEquals(client.alerts, [[2, AlertDescription.decodeError]]);
});

Deno.test("a ClientHello that is cut anywhere is either refused or read", () => {
  const whole = helloBody();
  for (let length = 0; length < whole.length; length++) {
    const client = newClient();
    client.greet(whole.slice(0, length));
    const ended = client.take("ended");
    assertEquals([length, ended.length], [length, 1]);
    assertEquals(ended[0].fault, undefined);
  }
});

Deno.test("an offer without extensions is refused for its signatures, not as malformed", () => {
  const client = newClient();
  client.greet({ extensions: null });
  assertEquals(client.alerts, [[2, AlertDescription.handshakeFailure]]);
});

Deno.test("a guest can join without a certificate and with any certificate", () => {
  newClient().connect({}, "none");
  newClient().connect({}, "some");
});

/** The alert for an answer in which one message is changed or left out. */
function alertFor(
  type: number,
  change: (body: Uint8Array) => readonly number[] | undefined,
  certificate?: "none",
): [number, number][] {
  const client = newClient();
  client.greet();
  let messageSeq = 2;
  for (const message of client.answer(certificate)) {
    const body = message.type === type ? change(message.body) : [...message.body];
    if (body === undefined) continue;
    client.send(
      client.datagramOf({
        type: message.type,
        messageSeq: messageSeq++,
        body: new Uint8Array(body),
      }),
    );
  }
  assertEquals(client.take("connected"), []);
  return client.alerts;
}

Deno.test("a certificate without a proof of its key is an unexpected Finished", () => {
  const alerts = alertFor(HandshakeType.certificateVerify, () => undefined);
  assertEquals(alerts, [[2, AlertDescription.unexpectedMessage]]);
});

Deno.test("messages in the wrong order are refused", () => {
  const alerts = alertFor(HandshakeType.certificate, () => undefined);
  assertEquals(alerts, [[2, AlertDescription.unexpectedMessage]]);
});

Deno.test("malformed messages and unexpected ones get different alerts", () => {
  const { certificate, clientKeyExchange, certificateVerify, finished } = HandshakeType;
  const cases: readonly [number, (body: Uint8Array) => number[], number][] = [
    [certificate, () => [0, 0, 1], AlertDescription.decodeError],
    [certificate, () => [0, 0, 4, 0, 0, 9, 1], AlertDescription.decodeError],
    [certificate, () => [0, 0, 3, 0, 0, 0], AlertDescription.decodeError],
    [clientKeyExchange, () => [], AlertDescription.decodeError],
    [clientKeyExchange, (body) => [...body, 0], AlertDescription.decodeError],
    [clientKeyExchange, () => [31, ...new Array(31).fill(1)], AlertDescription.illegalParameter],
    [clientKeyExchange, () => [32, ...new Array(32).fill(0)], AlertDescription.illegalParameter],
    [certificateVerify, () => [4, 3, 0, 5, 1], AlertDescription.decodeError],
    [certificateVerify, () => [2, 3, 0, 1, 1], AlertDescription.illegalParameter],
    [finished, (body) => [body[0] ^ 1, ...body.subarray(1)], AlertDescription.decryptError],
    [finished, (body) => [...body.subarray(1)], AlertDescription.decryptError],
  ];
  for (const [type, change, description] of cases) {
    assertEquals(alertFor(type, change), [[2, description]], `message ${type}`);
  }
});

Deno.test("a message that was changed on the way is detected", () => {
  const changed = (body: Uint8Array) => [...body.subarray(0, -1), body.at(-1)! ^ 1];
  assertEquals(
    alertFor(HandshakeType.certificateVerify, changed),
    [[2, AlertDescription.decryptError]],
  );
  // The keys depend on this one (RFC 7627), so the Finished cannot even be opened.
  assertEquals(alertFor(HandshakeType.certificate, changed), []);
});

Deno.test("the hub's flight is complete, and in the order of RFC 5246", () => {
  const client = newClient();
  client.greet();
  assertEquals(client.heard.map(([type]) => type), [2, 11, 12, 13, 14]);
  for (const [i, message] of client.heard.entries()) {
    const body = message.subarray(12);
    assertEquals(message, encodeHandshakeMessage({ type: message[0], messageSeq: 1 + i, body }));
  }
  assert(client.heard[3].length < 40, "it names no authorities");
});
