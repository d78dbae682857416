/** One request and its answer, byte by byte and without a socket. */

import { type Connection, converse } from "../../http/conversation.ts";
import { HTTP_MAX_HEAD_BYTES } from "../../relaycore/limits.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";

/** The answer to a client that sends these pieces and then closes the connection. */
async function answerTo(
  pieces: readonly string[],
  answer: (request: Request) => Response = () => new Response("well"),
): Promise<{ text: string; requests: Request[]; unread: number; unreadAtAnswer: number }> {
  const waiting = pieces.map((piece) => new TextEncoder().encode(piece));
  const requests: Request[] = [];
  let text = "";
  let unreadAtAnswer = 0;
  const connection: Connection = {
    read(buffer) {
      const next = waiting.shift();
      if (next === undefined) return Promise.resolve(null);
      buffer.set(next.subarray(0, buffer.length));
      if (next.length > buffer.length) waiting.unshift(next.subarray(buffer.length));
      return Promise.resolve(Math.min(next.length, buffer.length));
    },
    // It accepts few bytes at a time, like a full socket.
    write(bytes) {
      if (text === "") unreadAtAnswer = waiting.length;
      text += new TextDecoder().decode(bytes.subarray(0, 10));
      return Promise.resolve(Math.min(bytes.length, 10));
    },
    closeWrite: () => Promise.resolve(),
  };
  await converse(connection, (request) => {
    requests.push(request);
    return Promise.resolve(answer(request));
  });
  return { text, requests, unread: waiting.length, unreadAtAnswer };
}

Deno.test("a request may arrive one byte at a time", async () => {
  const head = 'GET /a?b HTTP/1.1\r\nHost: hub:8080\r\nIf-None-Match: "x"\r\n\r\n';
  const { text, requests } = await answerTo([...head]);
  assertEquals(requests.map(({ url, method }) => [url, method]), [["http://hub:8080/a?b", "GET"]]);
  assertEquals(requests[0].headers.get("if-none-match"), '"x"');
  assertMatch(text, /^HTTP\/1\.1 200 OK\r\n/);
  assertMatch(text, /\r\nconnection: close\r\n/);
  assertMatch(text, /\r\ncontent-length: 4\r\n(.*\r\n)*\r\nwell$/);
});

Deno.test("HEAD and status 304 get only the headers", async () => {
  const head = await answerTo(["HEAD / HTTP/1.1\r\nHost: hub\r\n\r\n"], () => {
    return new Response(null, { headers: { "content-length": "9" } });
  });
  assertMatch(head.text, /\r\ncontent-length: 9\r\n(.*\r\n)*\r\n$/);
  const notModified = await answerTo(
    ["GET / HTTP/1.1\r\nHost: hub\r\n\r\n"],
    () => new Response(null, { status: 304 }),
  );
  assertMatch(notModified.text, /^HTTP\/1\.1 304 Not Modified\r\n(.*\r\n)*\r\n$/);
  assert(!notModified.text.includes("content-length"));
});

Deno.test("a client that closes without sending anything gets no answer", async () => {
  assertEquals((await answerTo([])).text, "");
});

Deno.test("half a request, an invalid Host and an invalid request get 400", async () => {
  for (
    const wrong of [
      "GET / HTTP/1.1\r\nHost",
      "GET /\r\n\r\n",
      "get / HTTP/1.1\r\n\r\n",
      "GET / HTTP/2.0\r\n\r\n",
      "GET / HTTP/1.1\r\nno colon\r\n\r\n",
      "GET / HTTP/1.1\r\n: nameless\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
      "CONNECT elsewhere:443 HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n", // no host
      "GET / HTTP/1.1\r\nHost:\r\n\r\n",
      "GET /nothing HTTP/1.1\r\nHost: /?\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: hub/\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a#\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: hub:99999\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    ]
  ) {
    const { text, requests } = await answerTo([wrong]);
    assertMatch(text, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assertEquals(requests.length, 0);
  }
});

Deno.test("a body is not read as a request, and only a bounded part of it is read", async () => {
  const body = "x".repeat(1000);
  const { text, requests, unread } = await answerTo([
    "POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 1000000\r\n\r\n",
    ...Array.from({ length: 1000 }, () => body),
  ]);
  assertEquals(requests.length, 1);
  assertMatch(text, /^HTTP\/1\.1 200 OK/);
  assert(unread > 900);
});

Deno.test("the path comes from the request line, for any host", async () => {
  for (const host of ["hub", "hub:8080", "192.168.1.2", "[::1]:8080", "KBZ-a_b.local."]) {
    const { requests } = await answerTo([`GET /nothing?x HTTP/1.1\r\nHost: ${host}\r\n\r\n`]);
    assertEquals(requests.map(({ url }) => new URL(url).pathname), ["/nothing"], host);
  }
  const { requests } = await answerTo(["GET /old HTTP/1.0\r\n\r\n"]); // had no Host yet
  assertEquals(requests.map(({ url }) => url), ["http://hub/old"]);
});

Deno.test("a head that is too large gets 431, which says what to do", async () => {
  const cookie = `Cookie: ${"x".repeat(HTTP_MAX_HEAD_BYTES)}`;
  const { text, requests } = await answerTo([`GET / HTTP/1.1\r\nHost: hub\r\n${cookie}\r\n\r\n`]);
  assertMatch(text, /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n(.*\r\n)*\r\n.*cookies/);
  assertEquals(requests, []);
});

Deno.test("TLS and other input that cannot be a request are answered after the first byte", async () => {
  for (const [start, sentence] of [["\x16\x03\x01", "http://"], ["\x00", "not a valid request"]]) {
    const { text, requests, unreadAtAnswer } = await answerTo([start, "more", "and more"]);
    assertMatch(text, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert(text.includes(sentence), text);
    assertEquals(requests, []);
    assertEquals(unreadAtAnswer, 2);
  }
});
