/**
 * One HTTP/1.1 request and its answer on a connection (RFC 9112), as far as a page needs it: no
 * bodies of requests, and the connection ends with the answer. The caller limits its time.
 *
 * @module
 */

import { HTTP_LINGER, HTTP_MAX_HEAD_BYTES } from "../relaycore/limits.ts";

/** The part of a connection that is used. */
export type Connection = Pick<Deno.Conn, "read" | "write" | "closeWrite">;

/** A request that cannot be answered, and what is said to it instead. */
interface Refusal {
  readonly status: number;
  readonly sentence: string;
}

const NO_REQUEST: Refusal = {
  status: 400,
  sentence: "This is no request that a page can be the answer to.",
};
const TOO_LARGE: Refusal = {
  status: 431,
  sentence: `The request is longer than ${HTTP_MAX_HEAD_BYTES} bytes. Clear this site's cookies.`,
};
/** A browser shows an error of its own at once, and a person with curl can read it. */
const TLS_HERE: Refusal = {
  status: 400,
  sentence: "This port speaks HTTP without TLS: open the address with http:// at the beginning.",
};
const NO_HOST: Refusal = { status: 400, sentence: "This request names no host." };

/** The first byte of a TLS connection: a handshake record (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 0x16;

const encoder = new TextEncoder();
/** Header bytes are characters, one to one (RFC 9110 §5.5). */
const decoder = new TextDecoder("latin1");

/**
 * Reads a request, and writes the answer to it; the caller closes the connection.
 *
 * @param answer makes the response. It is not called for an invalid request, which gets 400.
 * @throws what the connection throws when it is cut.
 */
export async function converse(
  connection: Connection,
  answer: (request: Request) => Promise<Response>,
): Promise<void> {
  const head = await readHead(connection);
  if (head === undefined) return;
  const request = typeof head === "string" ? parseHead(head) : head;
  const response = request instanceof Request
    ? await answer(request)
    : new Response(`${request.sentence}\n`, {
      status: request.status,
      headers: { "content-type": "text/plain; charset=utf-8" },
    });
  const wantsBody = !(request instanceof Request && request.method === "HEAD");
  await writeAll(connection, await encode(response, wantsBody));
  await linger(connection);
}

/** Everything up to the empty line; undefined if the client hung up without a word. */
async function readHead(connection: Connection): Promise<string | Refusal | undefined> {
  const buffer = new Uint8Array(HTTP_MAX_HEAD_BYTES);
  let length = 0;
  while (length < buffer.length) {
    const read = await connection.read(buffer.subarray(length));
    if (read === null) return length === 0 ? undefined : NO_REQUEST;
    // The end may have begun in what was there before.
    const searched = Math.max(0, length - 3);
    length += read;
    // Input that begins like this cannot become a request, so there is no reason to wait for more.
    if (isTls(buffer)) return TLS_HERE;
    if (!isStartOfRequest(buffer[0])) return NO_REQUEST;
    const end = decoder.decode(buffer.subarray(searched, length)).indexOf("\r\n\r\n");
    if (end >= 0) return decoder.decode(buffer.subarray(0, searched + end));
  }
  return TOO_LARGE;
}

/** Whether a connection that begins with these bytes is one of TLS. */
export function isTls(beginning: Uint8Array): boolean {
  return beginning[0] === TLS_HANDSHAKE;
}

/** Whether a byte can begin a method, which is a token (RFC 9110 §9.1). */
function isStartOfRequest(byte: number): boolean {
  return /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(byte));
}

/** The request that a head is, or why it is none that can be answered. */
function parseHead(head: string): Request | Refusal {
  const [line, ...fields] = head.split("\r\n");
  const start = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(line);
  if (start === null) return NO_REQUEST;
  const [, method, target, version] = start;
  try {
    const headers = new Headers();
    for (const field of fields) {
      const colon = field.indexOf(":");
      if (colon < 1) return NO_REQUEST;
      headers.append(field.slice(0, colon), field.slice(colon + 1).trim());
    }
    const host = headers.get("host");
    if (host === null ? version === "1" : !isHostAndPort(host)) return NO_HOST;
    // A target that is not a path is a proxy's (RFC 9112 §3.2.2), or `*`: no page has such a name.
    const url = target.startsWith("/") ? `http://${host ?? "hub"}${target}` : target;
    return new Request(url, { method, headers });
  } catch {
    return NO_REQUEST; // names, values and methods that fetch does not know
  }
}

/** Whether a Host header is one (RFC 9110 §7.2). What is not must not reach the URL of a request. */
function isHostAndPort(text: string): boolean {
  return /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(text) && URL.canParse(`http://${text}`);
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
  307: "Temporary Redirect",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

async function writeAll(connection: Connection, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await connection.write(bytes.subarray(written));
  }
}

/**
 * Waits for the client to hang up. If the connection is closed while some of its input is unread,
 * the system resets it, and the client may lose the answer.
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
