/**
 * Attacks the ports of the QR page and the call page over plain TCP: requests that are mutated, cut
 * off, slow or empty, and beginnings of TLS.
 *
 * @module
 */

import { mutated } from "../mutate.ts";
import type { Field, Target } from "../target.ts";

const REQUESTS = [
  "GET / HTTP/1.1\r\nHost: hub.local:8080\r\nConnection: close\r\n\r\n",
  "GET /link HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n",
  'HEAD /qr.svg HTTP/1.1\r\nHost: a\r\nIf-None-Match: "abc"\r\n\r\n',
  "GET /status HTTP/1.0\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  "GET http://other.example/healthz HTTP/1.1\r\nHost: [::1]:99999\r\n\r\n",
  "GET //../..%2f%00 HTTP/1.1\r\nHost: \u00e4\r\n\r\n",
  "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
  "GET /call/hub.json HTTP/1.1\r\nHost: 192.168.1.2:8443\r\n\r\n",
  "GET /call/main.js HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n",
  "GET /call/../../main.ts HTTP/1.1\r\nHost: a\r\nAccept-Language: de;q=0.9,*\r\n\r\n",
  "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".padEnd(80, "\x05"),
  "\x16\x03\x03\x00\x05\x01\x00\x00\x01\x03\x15\x03\x03\x00\x02\x02\x28",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000",
].map((text) => new TextEncoder().encode(text));

/** How many connections are open at the same time. */
const AT_ONCE = 8;

const PATIENCE_MS = 1000;

/** Sends requests on several connections at once, and reads half of the answers. */
export function httpTarget({ hub }: Field): Target {
  const target: Target = {
    name: "http",
    // The hub accepts 20 connections a second from one address.
    pace: { casesPerSecond: 20 / AT_ONCE, atOnce: 4 },
    packets: 0,
    async attack(random) {
      const requests = Array.from({ length: AT_ONCE }, () => ({
        bytes: mutated(REQUESTS, random),
        answered: random.once(2),
        pieces: random.pick([1, 1, 3]),
        port: random.pick([hub.httpPort, hub.callPort]),
      }));
      await Promise.all(requests.map(async ({ bytes, answered, pieces, port }) => {
        let connection: Deno.TcpConn;
        try {
          connection = await Deno.connect({ hostname: "127.0.0.1", port });
        } catch {
          return;
        }
        const timer = setTimeout(() => connection.close(), PATIENCE_MS);
        try {
          const size = Math.ceil(bytes.length / pieces) || 1;
          for (let offset = 0; offset < bytes.length; offset += size) {
            await connection.write(bytes.subarray(offset, offset + size));
            target.packets++;
          }
          if (answered) await connection.read(new Uint8Array(65_536));
        } catch {
          // The hub has closed the connection, or the timer has.
        } finally {
          clearTimeout(timer);
          try {
            connection.close();
          } catch {
            // closed already
          }
        }
      }));
    },
    end: () => Promise.resolve(),
  };
  return target;
}
