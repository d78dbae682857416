import { whyNoPort } from "../../http/port_refusal.ts";
import { besideStateFile } from "../../relaycore/join_link/link_path.ts";
import { kindOf } from "../../relaycore/demultiplexer.ts";
import { Counters } from "../../relaycore/counters.ts";
import { decodeDataChannelOpen } from "../../relaycore/guests/dcep.ts";
import { decodeClientHelloStart } from "../../relaycore/dtls/client_hello.ts";
import { HandshakeQueue } from "../../relaycore/guests/handshake_queue.ts";
import { MAX_WAITING_HANDSHAKE_DATAGRAMS } from "../../relaycore/limits.ts";
import {
  formatIpv4,
  isPort,
  parseIpv4,
  transportAddressKey,
} from "../../relaycore/net/transport_address.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { clientHelloBody } from "../support/client_hello.ts";
import { check, FROM } from "../support/ice_check.ts";

Deno.test("datagrams are sorted by their first byte", () => {
  assertEquals(kindOf(check({})), "stun");
  for (const first of [20, 22, 23, 63]) assertEquals(kindOf(new Uint8Array([first])), "dtls");
  for (const first of [0, 1, 4, 19, 64, 128, 255]) {
    assertEquals(kindOf(new Uint8Array(20).fill(first)), "other");
  }
  assertEquals(kindOf(new Uint8Array()), "other");
});

Deno.test("IPv4 addresses are parsed strictly", () => {
  assertEquals(parseIpv4("192.168.1.7"), 0xc0a80107);
  assertEquals(formatIpv4(0xc0a80107), "192.168.1.7");
  assertEquals(formatIpv4(parseIpv4("255.255.255.255")!), "255.255.255.255");
  for (const text of ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "a.b.c.d"]) {
    assertEquals(parseIpv4(text), undefined, text);
  }
});

Deno.test("a port is a whole number from 1 to 65535", () => {
  assertEquals([0, 1, 65535, 65536, 1.5, NaN].map(isPort), [
    false,
    true,
    true,
    false,
    false,
    false,
  ]);
  assertEquals(transportAddressKey(FROM), "192.168.7.20:40000");
});

Deno.test("counters begin at 0 and list what was counted", () => {
  const counters = new Counters();
  assertEquals(counters.snapshot(), {});
  for (const name of ["b", "a", "b"]) counters.count(name);
  assertEquals(counters.snapshot(), { a: 1, b: 2 });
});

Deno.test("the label of a DATA_CHANNEL_OPEN is read", () => {
  const open = new Uint8Array([3, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 1, 104, 117, 98, 120]);
  assertEquals(decodeDataChannelOpen(open), { label: "hub" });
  for (let length = 0; length < open.length; length++) {
    assertEquals(decodeDataChannelOpen(open.subarray(0, length)), undefined);
  }
  assertEquals(decodeDataChannelOpen(open.with(0, 2)), undefined);
  assertEquals(decodeDataChannelOpen(open.with(8, 255)), undefined);
});

Deno.test("the start of a ClientHello is read, and its cookie can be removed", () => {
  const cookie = new Uint8Array(20).fill(9);
  const body = clientHelloBody(5, cookie);
  const start = decodeClientHelloStart(body)!;
  assertEquals(start.cookie, cookie);
  assertEquals(start.random, new Uint8Array(32).fill(5));
  const afterCookie = body.subarray(start.cookieOffset + 1 + cookie.length);
  const without = [...body.subarray(0, start.cookieOffset), 0, ...afterCookie];
  assertEquals(new Uint8Array(without), clientHelloBody(5));
  for (let length = 0; length < start.cookieOffset + 21; length++) {
    assertEquals(decodeClientHelloStart(body.subarray(0, length)), undefined);
  }
});

Deno.test("handshake datagrams are handled one at a time, in order, up to the limit", () => {
  const steps: (() => void)[] = [];
  const done: number[] = [];
  const queue = new HandshakeQueue(
    (datagram) => done.push(datagram[0]),
    (step) => steps.push(step),
  );
  const buffer = new Uint8Array(1);
  for (const value of [1, 2, 3]) {
    buffer[0] = value;
    assert(queue.push(buffer, FROM));
  }
  assertEquals([done, steps.length], [[], 1]);
  while (steps.length > 0) steps.shift()!();
  assertEquals(done, [1, 2, 3]);
  for (let i = 0; i < MAX_WAITING_HANDSHAKE_DATAGRAMS; i++) assert(queue.push(buffer, FROM));
  assert(!queue.push(buffer, FROM));
});

Deno.test("the hub's other files are beside the state file, with any path separator", () => {
  const beside = (path: string, isWindows: boolean) => besideStateFile(path, "file", isWindows);
  assertEquals(beside("/var/lib/hub/state.json", false), "/var/lib/hub/file");
  assertEquals(beside("state.json", false), "file");
  assertEquals(beside("odd\\name.json", false), "file");
  assertEquals(beside("C:\\hub\\state.json", true), "C:\\hub\\file");
  assertEquals(beside("hub/state.json", true), "hub/file");
  assertEquals(beside("C:state.json", true), "C:file");
});

Deno.test("a page's port that cannot be opened is named with a port that may be free", () => {
  const { AddrInUse, PermissionDenied } = Deno.errors;
  const taken = (port: number) => whyNoPort(new AddrInUse(), port, "http");
  assertEquals(
    taken(8080),
    "another program holds TCP port 8080; choose another one with --http 8081",
  );
  assertEquals(
    taken(65_535),
    "another program holds TCP port 65535; choose another one with --http 65534",
  );
  // The next port would be refused too.
  assertEquals(
    whyNoPort(new PermissionDenied(), 443, "call"),
    "the system does not allow TCP port 443; choose another one with --call 8443",
  );
  assertEquals(
    whyNoPort(new Error("No file handle is left."), 80, "http"),
    "No file handle is left",
  );
});
