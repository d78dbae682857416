/**
 * What the hub's little web site answers: a request in, a response out. It knows no socket.
 *
 * Everybody on the network gets the same, by whatever name they call the hub, and nothing can be
 * changed here: so there is no cookie, no origin to check, and no Host header to distrust.
 *
 * @module
 */

// @ts-types="./std_etag.d.ts"
import { eTag, ifNoneMatch } from "@std/http/etag";
// @ts-types="./std_status.d.ts"
import { STATUS_CODE } from "@std/http/status";
import type { Relay } from "../relaycore/mod.ts";
import { PAGE_CSP, renderPage } from "./page.ts";
import { qrPng, qrSvg } from "./qr.ts";

/** The part of a hub that the site shows. */
export type ShownRelay = Pick<Relay, "link" | "addresses" | "status">;

interface Resource {
  readonly type: string;
  readonly csp?: string;
  body(relay: ShownRelay): string | Uint8Array<ArrayBuffer>;
}

const RESOURCES: ReadonlyMap<string, Resource> = new Map<string, Resource>([
  ["/", { type: "text/html; charset=utf-8", csp: PAGE_CSP, body: renderPage }],
  ["/link", { type: "text/plain; charset=utf-8", body: ({ link }) => `${link}\n` }],
  ["/qr.svg", { type: "image/svg+xml", body: ({ link }) => qrSvg(link) }],
  ["/qr.png", { type: "image/png", body: ({ link }) => qrPng(link) }],
  ["/healthz", { type: "text/plain; charset=utf-8", body: () => "ok\n" }],
  ["/status", {
    type: "application/json",
    body: (relay) => JSON.stringify(relay.status(), null, 2) + "\n",
  }],
]);

const SECURITY_HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

/** Answers one request. Never rejects. */
export async function handle(request: Request, relay: ShownRelay): Promise<Response> {
  try {
    return await answer(request, relay);
  } catch {
    return plain(STATUS_CODE.InternalServerError, "Something went wrong in the hub.");
  }
}

async function answer(request: Request, relay: ShownRelay): Promise<Response> {
  const resource = RESOURCES.get(new URL(request.url).pathname);
  if (resource === undefined) {
    return plain(STATUS_CODE.NotFound, "There is no such page here. The code is at /", request);
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    const response = plain(STATUS_CODE.MethodNotAllowed, "Only GET and HEAD are answered here.");
    response.headers.set("allow", "GET, HEAD");
    return response;
  }
  const body = resource.body(relay);
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const etag = await eTag(bytes);
  const headers = new Headers({
    ...SECURITY_HEADERS,
    "content-type": resource.type,
    // Kept, but asked for again each time: the link may change with the network.
    "cache-control": "no-cache",
    "content-length": String(bytes.length),
  });
  if (etag !== undefined) headers.set("etag", etag);
  if (resource.csp !== undefined) headers.set("content-security-policy", resource.csp);
  if (!ifNoneMatch(request.headers.get("if-none-match"), etag)) {
    headers.delete("content-length");
    return new Response(null, { status: STATUS_CODE.NotModified, headers });
  }
  return new Response(request.method === "HEAD" ? null : bytes, { headers });
}

function plain(status: number, sentence: string, request?: Request): Response {
  return new Response(request?.method === "HEAD" ? null : `${sentence}\n`, {
    status,
    headers: { ...SECURITY_HEADERS, "content-type": "text/plain; charset=utf-8" },
  });
}
