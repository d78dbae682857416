import { decodeClientHelloStart } from "../../relaycore/dtls/client_hello.ts";
import { HelloVerifier } from "../../relaycore/dtls/hello_verifier.ts";
import { COOKIE_PERIOD_MS } from "../../relaycore/limits.ts";
import { assert, assertEquals } from "../assert.ts";
import { clientHello, clientHelloBody, cookieOf } from "../support/client_hello.ts";

const ADDRESS = { address: "192.168.7.200", port: 51_234 };
const hello = (seed: number, cookie?: Uint8Array) =>
  decodeClientHelloStart(clientHelloBody(seed, cookie))!;

Deno.test("a cookie tells the address that it was sent to, but only in its own handshake", () => {
  const verifier = new HelloVerifier();
  const cookie = cookieOf(verifier.request(hello(1), ADDRESS, 5));
  assertEquals(verifier.cookieWentTo(hello(1, cookie), 6), ADDRESS);
  assertEquals(verifier.cookieWentTo(hello(2, cookie), 6), undefined);
  assertEquals(verifier.cookieWentTo(hello(1), 6), undefined);
  assertEquals(new HelloVerifier().cookieWentTo(hello(1, cookie), 6), undefined);
});

Deno.test("every changed bit of a cookie is detected", () => {
  const verifier = new HelloVerifier();
  const cookie = cookieOf(verifier.request(hello(1), ADDRESS, 5));
  for (let bit = 0; bit < cookie.length * 8; bit++) {
    const changed = cookie.slice();
    changed[bit >> 3] ^= 1 << (bit & 7);
    assertEquals(verifier.cookieWentTo(hello(1, changed), 5), undefined, `bit ${bit}`);
  }
  for (let length = 0; length < cookie.length; length++) {
    assertEquals(verifier.cookieWentTo(hello(1, cookie.subarray(0, length)), 5), undefined);
  }
});

Deno.test("a cookie is valid in its period and the next one", () => {
  const verifier = new HelloVerifier();
  const made = 300 * COOKIE_PERIOD_MS - 1;
  const cookie = cookieOf(verifier.request(hello(1), ADDRESS, made));
  const isGood = (now: number) => verifier.cookieWentTo(hello(1, cookie), now) !== undefined;
  assert(isGood(made) && isGood(made + 1) && isGood(made + COOKIE_PERIOD_MS));
  assert(!isGood(made + COOKIE_PERIOD_MS + 1));
  assert(!isGood(made + 256 * COOKIE_PERIOD_MS), "the same low byte again");
});

Deno.test("a HelloVerifyRequest is smaller than any ClientHello, and fits a client of DTLS 1.0", () => {
  const smallest = 13 + 12 + 36;
  assert(decodeClientHelloStart(new Uint8Array(36).fill(0xfe, 0, 1)) !== undefined);
  assertEquals(decodeClientHelloStart(new Uint8Array(35).fill(0xfe, 0, 1)), undefined);
  const request = new HelloVerifier().request(hello(1), ADDRESS, 0);
  assert(request.length < smallest, `${request.length} bytes`);
  assert(request.length < clientHello(1).length);
  assert(cookieOf(request).length <= 32);
});
