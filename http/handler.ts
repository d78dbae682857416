/**
 * What the hub's little web site answers: a request in, a response out. It knows no socket.
 *
 * Nothing can be changed here, so there is no cookie and no origin to check. The Host header is not
 * looked at either: routers give the hub names that it cannot know. The price is small: a site that
 * points its own name at the hub (DNS rebinding) reads, through a browser on this Wi-Fi, the link
 * that everybody on this Wi-Fi may have, and which leads nowhere from outside.
 *
 * @module
 */

// @ts-types="./std_etag.d.ts"
import { eTag, ifNoneMatch } from "@std/http/etag";
// @ts-types="./std_status.d.ts"
import { STATUS_CODE } from "@std/http/status";
import type { Hub } from "../relaycore/mod.ts";
import { METRICS_TYPE, renderMetrics } from "./metrics.ts";
import { PAGE_CSP, renderPage } from "./page.ts";
import { qrPng, qrSvg } from "./qr.ts";

/** The part of a hub that the site shows. */
export type ShownHub = Pick<Hub, "link" | "addresses" | "status">;

interface Resource {
  readonly type: string;
  readonly csp?: string;
  /** True if it tells of this moment only; otherwise it is kept, and asked for again each time. */
  readonly live?: boolean;
  body(hub: ShownHub): string | Uint8Array<ArrayBuffer>;
}

const TEXT = "text/plain; charset=utf-8";

const RESOURCES: ReadonlyMap<string, Resource> = new Map<string, Resource>([
  ["/", { type: "text/html; charset=utf-8", csp: PAGE_CSP, body: renderPage }],
  ["/link", { type: TEXT, live: true, body: ({ link }) => `${link}\n` }],
  ["/qr.svg", { type: "image/svg+xml", body: ({ link }) => qrSvg(link) }],
  ["/qr.png", { type: "image/png", body: ({ link }) => qrPng(link) }],
  ["/healthz", { type: TEXT, live: true, body: () => "ok\n" }],
  ["/status", {
    type: "application/json",
    live: true,
    body: (hub) => JSON.stringify(hub.status(), null, 2) + "\n",
  }],
  ["/metrics", { type: METRICS_TYPE, live: true, body: (hub) => renderMetrics(hub.status()) }],
]);

const SECURITY_HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

/** Answers one request. Never rejects. */
export async function handle(request: Request, hub: ShownHub): Promise<Response> {
  try {
    return await answer(request, hub);
  } catch {
    return refuse(request, STATUS_CODE.InternalServerError, "Something went wrong in the hub.");
  }
}

async function answer(request: Request, hub: ShownHub): Promise<Response> {
  const path = pathOf(request);
  if (path === undefined) {
    return refuse(request, STATUS_CODE.BadRequest, "This request names no address.");
  }
  const resource = RESOURCES.get(path);
  if (resource === undefined) {
    return refuse(request, STATUS_CODE.NotFound, "There is no such page here. The code is at /");
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    const sentence = "Only GET and HEAD are answered here.";
    const response = refuse(request, STATUS_CODE.MethodNotAllowed, sentence);
    response.headers.set("allow", "GET, HEAD");
    return response;
  }
  const body = resource.body(hub);
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const headers = new Headers({ ...SECURITY_HEADERS, "content-type": resource.type });
  if (resource.csp !== undefined) headers.set("content-security-policy", resource.csp);
  headers.set("cache-control", resource.live ? "no-store" : "no-cache");
  if (!resource.live) {
    const etag = await eTag(bytes);
    if (etag !== undefined) headers.set("etag", etag);
    if (!ifNoneMatch(request.headers.get("if-none-match"), etag)) {
      return new Response(null, { status: STATUS_CODE.NotModified, headers });
    }
  }
  headers.set("content-length", String(bytes.length));
  return new Response(request.method === "HEAD" ? null : bytes, { headers });
}

/** The path that is asked for. Undefined for a Host header that no URL can be made of. */
function pathOf(request: Request): string | undefined {
  try {
    return new URL(request.url).pathname;
  } catch {
    return undefined;
  }
}

function refuse(request: Request, status: number, sentence: string): Response {
  return new Response(request.method === "HEAD" ? null : `${sentence}\n`, {
    status,
    headers: { ...SECURITY_HEADERS, "content-type": TEXT, "cache-control": "no-store" },
  });
}
