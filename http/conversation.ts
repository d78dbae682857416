/**
 * One HTTP/1.1 request and its response on a connection (RFC 9112). It supports only what a page
 * needs: requests have no body, and the connection ends with the response. The caller limits the
 * time.
 *
 * @module
 */

import { HTTP_LINGER, HTTP_MAX_HEAD_BYTES } from "../relaycore/limits.ts";

/** The part of a connection that this file uses. */
export type Connection = Pick<Deno.Conn, "read" | "write" | "closeWrite">;

/** The response to a request that is not valid. */
interface Refusal {
  readonly status: number;
  readonly sentence: string;
}

const NO_REQUEST: Refusal = {
  status: 400,
  sentence: "This is not a valid request for a page.",
};
const TOO_LARGE: Refusal = {
  status: 431,
  sentence: `The request is longer than ${HTTP_MAX_HEAD_BYTES} bytes. Clear this site's cookies.`,
};
/** A browser shows its own error at once. A user of curl can read this sentence. */
const TLS_HERE: Refusal = {
  status: 400,
  sentence: "This port uses HTTP without TLS. Open the address with http:// at the beginning.",
};
const NO_HOST: Refusal = { status: 400, sentence: "This request has no valid Host header." };

/** The first byte of a TLS connection: a handshake record (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 0x16;

const encoder = new TextEncoder();
/** Each byte of a header is one character (RFC 9110 §5.5). */
const decoder = new TextDecoder("latin1");

/**
 * Reads a request and writes the response. The caller closes the connection.
 *
 * @param answer makes the response. It is not called for an invalid request, which gets an error
 *   response.
 * @throws the connection's error if the connection is cut.
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

/**
 * Whether an error comes from the system: a connection was cut, or no file handle is left. All other
 * errors that {@link converse} throws are faults of the hub.
 */
export function isSystemError(error: unknown): boolean {
  if (Object.values(Deno.errors).some((kind) => error instanceof kind)) return true;
  // Deno has no class for some errors of the system, but they have a code such as EMFILE.
  return error instanceof Error && "code" in error;
}

/** Everything up to the empty line; undefined if the client closes without sending anything. */
async function readHead(connection: Connection): Promise<string | Refusal | undefined> {
  const buffer = new Uint8Array(HTTP_MAX_HEAD_BYTES);
  let length = 0;
  while (length < buffer.length) {
    const read = await connection.read(buffer.subarray(length));
    if (read === null) return length === 0 ? undefined : NO_REQUEST;
    // The empty line may have begun in the bytes that were read before.
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

/** Whether a connection that begins with these bytes uses TLS. */
export function isTls(beginning: Uint8Array): boolean {
  return beginning[0] === TLS_HANDSHAKE;
}

/** Whether a byte can begin a method, which is a token (RFC 9110 §9.1). */
function isStartOfRequest(byte: number): boolean {
  return /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(byte));
}

/** Parses a request line and headers. Returns a refusal if they are not a valid request. */
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
    // Other targets are for proxies (RFC 9112 §3.2.2) or `*`. No page has such a path.
    const url = target.startsWith("/") ? `http://${host ?? "hub"}${target}` : target;
    return new Request(url, { method, headers });
  } catch {
    return NO_REQUEST; // Headers and Request refuse some names, values and methods
  }
}

/** Whether a Host header is valid (RFC 9110 §7.2). Only a valid one may become part of a URL. */
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

/** The reason phrases of the status codes that are used. */
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

/** Writes all bytes to a connection. */
export async function writeAll(
  connection: Pick<Deno.Conn, "write">,
  bytes: Uint8Array,
): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await connection.write(bytes.subarray(written));
  }
}

/**
 * Waits for the client to close the connection. If the hub closes it while input is unread, the
 * system resets it, and the client may lose the response.
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
