/**
 * Responses of the hub's web sites: the headers that all of them have, entity tags for clients that
 * already have a file, and compression. It knows no paths and no hub.
 *
 * @module
 */

// @ts-types="../relaycore/types/std_etag.d.ts"
import { eTag, ifNoneMatch } from "@std/http/etag";
// @ts-types="../relaycore/types/std_status.d.ts"
import { STATUS_CODE } from "@std/http/status";
import type { CallFile } from "./call_files.ts";

/** The content of a response. A client that already has it gets status 304. */
export interface Content {
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly csp?: string;
  /** True if browsers must not store it. Otherwise they store it, and ask each time if it changed. */
  readonly live?: boolean;
  /** The status code, if it is not 200. */
  readonly status?: number;
  /** The same content with its compressed form and its entity tag. */
  readonly file?: CallFile;
  /** The request headers that the content depends on. */
  readonly vary?: string;
}

/** The media type of plain text. */
export const TEXT = "text/plain; charset=utf-8";
/** The media type of HTML. */
export const HTML = "text/html; charset=utf-8";

const SECURITY_HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

/** Redirects to another address. The redirect is temporary, because the address may change. */
export function leadTo(to: URL): Response {
  return new Response(null, {
    status: 307,
    headers: { ...SECURITY_HEADERS, location: to.href, "cache-control": "no-store" },
  });
}

/** Sends content, or status 304 to a client that already has it. */
export async function send(request: Request, content: Content): Promise<Response> {
  const { body, csp, file, live, status, type, vary } = content;
  const plain = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const headers = new Headers({ ...SECURITY_HEADERS, "content-type": type });
  if (csp !== undefined) headers.set("content-security-policy", csp);
  headers.set("cache-control", live ? "no-store" : "no-cache");
  if (!live) {
    const etag = file?.etag ?? await eTag(plain);
    if (etag !== undefined) headers.set("etag", etag);
    const depends = file === undefined ? vary : "accept-encoding";
    if (depends !== undefined) headers.set("vary", depends);
    if (!ifNoneMatch(request.headers.get("if-none-match"), etag)) {
      return new Response(null, { status: STATUS_CODE.NotModified, headers });
    }
  }
  const gzipped = acceptsGzip(request.headers.get("accept-encoding") ?? "")
    ? file?.gzipped
    : undefined;
  if (gzipped !== undefined) headers.set("content-encoding", "gzip");
  const bytes = gzipped ?? plain;
  headers.set("content-length", String(bytes.length));
  return new Response(request.method === "HEAD" ? null : bytes, { status, headers });
}

/** Answers with a sentence. */
export function refuse(request: Request, status: number, sentence: string): Response {
  return new Response(request.method === "HEAD" ? null : `${sentence}\n`, {
    status,
    headers: { ...SECURITY_HEADERS, "content-type": TEXT, "cache-control": "no-store" },
  });
}

/** Whether an Accept-Encoding header (RFC 9110 §12.5.3) accepts gzip. */
function acceptsGzip(header: string): boolean {
  return header.split(",").some((part) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/.test(part));
}
