/**
 * One HTTP/1.1 request and its answer on a connection (RFC 9112), as far as a page needs it: no
 * bodies of requests, and the connection ends with the answer. Whoever calls it limits its time.
 *
 * @module
 */

import { HTTP_LINGER, HTTP_MAX_HEAD_BYTES } from "../relaycore/limits.ts";

/** The part of a connection that is used. */
export type Connection = Pick<Deno.TcpConn, "read" | "write" | "closeWrite">;

const encoder = new TextEncoder();
/** Header bytes are characters, one to one (RFC 9110 §5.5). */
const decoder = new TextDecoder("latin1");

/**
 * Reads a request, and writes the answer to it; the caller closes the connection.
 *
 * @param answer makes the response. What is no request gets 400 without it being asked.
 * @throws what the connection throws when it is cut.
 */
export async function converse(
  connection: Connection,
  answer: (request: Request) => Promise<Response>,
): Promise<void> {
  const head = await readHead(connection);
  if (head === undefined) return;
  const request = parseHead(head);
  const response = request === undefined
    ? new Response("This is no request that a page can be the answer to.\n", {
      status: 400,
      headers: { "content-type": "text/plain; charset=utf-8" },
    })
    : await answer(request);
  await writeAll(connection, await encode(response, request?.method !== "HEAD"));
  await linger(connection);
}

/** Everything up to the empty line; `""` if there is too much, undefined if the client hung up. */
async function readHead(connection: Connection): Promise<string | undefined> {
  const buffer = new Uint8Array(HTTP_MAX_HEAD_BYTES);
  let length = 0;
  while (length < buffer.length) {
    const read = await connection.read(buffer.subarray(length));
    if (read === null) return length === 0 ? undefined : "";
    // The end may have begun in what was there before.
    const searched = Math.max(0, length - 3);
    length += read;
    const end = decoder.decode(buffer.subarray(searched, length)).indexOf("\r\n\r\n");
    if (end >= 0) return decoder.decode(buffer.subarray(0, searched + end));
  }
  return "";
}

/** The request that a head is; undefined if it is none that can be answered. */
function parseHead(head: string): Request | undefined {
  const [line, ...fields] = head.split("\r\n");
  const start = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(line);
  if (start === null) return undefined;
  const [, method, target] = start;
  try {
    const headers = new Headers();
    for (const field of fields) {
      const colon = field.indexOf(":");
      if (colon < 1) return undefined;
      headers.append(field.slice(0, colon), field.slice(colon + 1).trim());
    }
    const origin = `http://${headers.get("host") ?? "hub"}`;
    // A target that is not a path is a proxy's (RFC 9112 §3.2.2), or `*`: no page has such a name.
    return new Request(target.startsWith("/") ? origin + target : target, { method, headers });
  } catch {
    return undefined; // names, values, hosts and methods that fetch does not know
  }
}

async function encode(response: Response, withBody: boolean): Promise<Uint8Array> {
  const body = new Uint8Array(await response.arrayBuffer());
  const { headers, status } = response;
  headers.set("date", new Date().toUTCString());
  headers.set("connection", "close");
  if (withBody && status !== 304) headers.set("content-length", String(body.length));
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = encoder.encode(`HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\n${lines}\r\n`);
  if (!withBody) return head;
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

/** What `handler.ts` answers with. */
const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  304: "Not Modified",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  500: "Internal Server Error",
};

async function writeAll(connection: Connection, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await connection.write(bytes.subarray(written));
  }
}

/**
 * Waits for the client to hang up: were the connection closed while something of it is unread, the
 * system would reset it, and the client might lose the answer.
 */
async function linger(connection: Connection): Promise<void> {
  await connection.closeWrite();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), HTTP_LINGER.ms);
  });
  const buffer = new Uint8Array(4096);
  let left: number = HTTP_LINGER.bytes;
  try {
    while (left > 0) {
      const read = await Promise.race([connection.read(buffer).catch(() => null), enough]);
      if (read === null) break;
      left -= read;
    }
  } finally {
    clearTimeout(timer);
  }
}
