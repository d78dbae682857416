/**
 * The content of the hub's web sites: a request in, a response out. It knows no sockets.
 *
 * There are two sites: the QR page over HTTP, and the call page over HTTPS. They share most of their
 * content.
 *
 * Requests change nothing, so there are no cookies, and origins are not checked. The name in the Host
 * header is not checked either, because routers give the hub names that it does not know. The risk is
 * small: a web site that points its own name at the hub (DNS rebinding) can read the join link
 * through a browser on this Wi-Fi. Everyone on this Wi-Fi may have that link, and it is useless
 * elsewhere.
 *
 * @module
 */

// @ts-types="../relaycore/types/std_status.d.ts"
import { STATUS_CODE } from "@std/http/status";
import type { Hub } from "../relaycore/mod.ts";
import { parseIpv4 } from "../relaycore/net/transport_address.ts";
import type { CallFile } from "./call_files.ts";
import { browserOf } from "./door/browser.ts";
import { DOOR_CSP } from "./door/document.ts";
import { renderMissing } from "./door/missing.ts";
import { type Invite, renderDoor } from "./door/page.ts";
import { wordsFor } from "./door/words.ts";
import { METRICS_TYPE, renderMetrics } from "./metrics.ts";
import { type Content, HTML, leadTo, refuse, send, TEXT } from "./response.ts";
import { qrSvg } from "./qr.ts";
import { udpPortsOf } from "./udp_ports.ts";

/** The part of a hub that the sites use. */
export type ShownHub = Pick<
  Hub,
  "link" | "blob" | "port" | "addresses" | "serving" | "status" | "hasHeardFrom" | "reportError"
>;

/** What the sites are made from. */
export interface Site {
  readonly hub: ShownHub;
  /** The files of the call page and the QR page, by path. Rejects if they cannot be read. */
  files(): Promise<ReadonlyMap<string, CallFile>>;
  /** TCP port of the QR page over HTTP; undefined if it is off. */
  readonly httpPort: number | undefined;
  /** TCP port of the call page over HTTPS; undefined if it is off. */
  readonly callPort: number | undefined;
  /** Which way to join has the large QR code. */
  readonly invite: Invite;
  /** Called when a browser at this address begins to check whether it reaches the hub. */
  checks(client: string): void;
}

/** Where a request comes from. */
export interface Visit {
  /** The client's address. */
  readonly client: string;
  /** Whether it came over HTTPS. */
  readonly secure: boolean;
}

/** A room's key (docs/PROTOCOL.md §3). The QR page's code can lead into a room. */
const ROOM_KEY = /^[a-z0-9-]{1,40}$/;

/** The content that both sites have, by path. */
const RESOURCES: ReadonlyMap<string, (site: Site, url: URL) => Content | undefined> = new Map<
  string,
  (site: Site, url: URL) => Content | undefined
>([
  ["/link", ({ hub }) => ({ type: TEXT, live: true, body: `${hub.link}\n` })],
  ["/qr.svg", ({ hub }) => linkCode(hub.link)],
  ["/door.svg", (site, url) => {
    const address = pageAddress(site);
    if (address === undefined) return undefined;
    const room = url.searchParams.get("room") ?? "";
    return {
      type: "image/svg+xml",
      body: qrSvg(ROOM_KEY.test(room) ? `${address}#${room}` : address, "QR code of this page"),
    };
  }],
  ["/metrics", ({ hub }) => ({
    type: METRICS_TYPE,
    live: true,
    body: renderMetrics(hub.status()),
  })],
  ["/healthz", ({ hub }) => ({
    type: TEXT,
    live: true,
    ...hub.serving
      ? { body: "ok\n" }
      : { body: "The hub serves no guests.\n", status: STATUS_CODE.ServiceUnavailable },
  })],
  ["/status", ({ hub }) => ({
    type: "application/json",
    live: true,
    body: JSON.stringify(hub.status(), null, 2) + "\n",
  })],
]);

/** The QR code of a link; undefined if the link is too long for one. */
function linkCode(link: string): Content | undefined {
  try {
    return { type: "image/svg+xml", body: qrSvg(link) };
  } catch {
    return undefined;
  }
}

/**
 * The Content-Security-Policy of the call page. It may load only its own files, and text never
 * becomes markup: `trusted-types 'none'` disables innerHTML and similar functions.
 */
export const CALL_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Answers one request. Never rejects: an error inside the hub is reported to it, and gets a 500. */
export async function handle(request: Request, site: Site, visit: Visit): Promise<Response> {
  try {
    return await answer(request, site, visit);
  } catch (error) {
    site.hub.reportError(error);
    return refuse(request, STATUS_CODE.InternalServerError, "Something went wrong in the hub.");
  }
}

async function answer(request: Request, site: Site, visit: Visit): Promise<Response> {
  const found = await find(request, site, visit);
  if (found === undefined) return await missing(request);
  if (request.method !== "GET" && request.method !== "HEAD") {
    const sentence = "Only GET and HEAD are answered here.";
    const response = refuse(request, STATUS_CODE.MethodNotAllowed, sentence);
    response.headers.set("allow", "GET, HEAD");
    return response;
  }
  if (found instanceof URL) return leadTo(found);
  return await send(request, found);
}

/** Leads whoever mistyped an address back to the call: browsers with a page, others with a line. */
async function missing(request: Request): Promise<Response> {
  const { headers } = request;
  const status = STATUS_CODE.NotFound;
  if (!/\btext\/html\b/i.test(headers.get("accept") ?? "")) {
    return refuse(request, status, "There is no such page here. The code is at /");
  }
  const body = renderMissing(wordsFor(headers.get("accept-language")));
  return await send(request, { type: HTML, csp: DOOR_CSP, body, live: true, status });
}

/** Finds the answer to a request: content, or another URL to redirect to. */
async function find(
  request: Request,
  site: Site,
  visit: Visit,
): Promise<Content | URL | undefined> {
  const url = new URL(request.url);
  const path = url.pathname;
  if (path === "/" && !visit.secure) return door(request, url, site);
  if (path === "/" || path === "/call") {
    if (visit.secure || isThisComputer(url)) return await callFile(site, "index.html");
    return site.callPort === undefined ? undefined : new URL(callAddress(url, site.callPort));
  }
  if (path === "/call/hub.json") {
    site.checks(visit.client);
    return {
      type: "application/json",
      live: true,
      body: JSON.stringify(describeHub(url, site, visit)),
    };
  }
  if (path.startsWith("/call/")) return await callFile(site, path.slice("/call/".length));
  return RESOURCES.get(path)?.(site, url);
}

function door({ headers }: Request, url: URL, site: Site): Content {
  const { hub, callPort, invite } = site;
  const onHub = isThisComputer(url);
  const overHttps = callPort === undefined ? undefined : callAddress(url, callPort);
  const body = renderDoor({
    link: hub.link,
    addresses: hub.addresses,
    udpPorts: udpPortsOf(hub),
    pageAddress: pageAddress(site),
    callAddress: onHub ? "/call" : overHttps,
    callIsOn: callPort !== undefined,
    onHub,
    invite,
    browser: browserOf(headers.get("user-agent") ?? ""),
    words: wordsFor(headers.get("accept-language")),
    os: Deno.build.os,
  });
  return {
    type: HTML,
    csp: DOOR_CSP,
    body,
    vary: "accept-language, user-agent",
  };
}

/** The address of the call page for a browser that requested `url`. */
function callAddress({ hostname }: URL, callPort: number): string {
  return `https://${hostname}:${callPort}/`;
}

/** Where guests find the QR page; undefined if it is off, or if guests cannot reach any address. */
export function pageAddress(
  { hub, httpPort }: Pick<Site, "hub" | "httpPort">,
): string | undefined {
  const best = hub.addresses.find(({ host, reachable }) =>
    reachable && parseIpv4(host) !== undefined
  );
  if (best === undefined || httpPort === undefined) return undefined;
  return new URL(`http://${best.host}:${httpPort}/`).href;
}

async function callFile(site: Site, path: string): Promise<Content | undefined> {
  const file = (await site.files()).get(path);
  if (file === undefined) return undefined;
  const csp = path.endsWith(".html") ? { csp: CALL_CSP } : {};
  return { type: file.type, body: file.bytes, file, ...csp };
}

/** Whether the browser is on the hub's own computer, where pages are trusted without HTTPS. */
function isThisComputer({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
}

/** What the call page needs to know about its hub: `/call/hub.json`. */
export interface HubDescription {
  readonly blob: string;
  /** The join link. */
  readonly link: string;
  /**
   * The address of the QR page, which a new guest can type; null if the QR page is off. On the hub's
   * own computer it is also null if guests cannot reach any address.
   */
  readonly door: string | null;
  /** The address of the call page as a secure context for this client; null if it is off. */
  readonly secure: string | null;
}

function describeHub(url: URL, site: Site, visit: Visit): HubDescription {
  const { hub, httpPort, callPort } = site;
  const port = visit.secure ? httpPort : Number(url.port || 80);
  const here = isThisComputer(url) || port === undefined
    ? undefined
    : new URL(`http://${url.hostname}:${port}/`).href;
  return {
    blob: hub.blob,
    link: hub.link,
    door: here ?? pageAddress(site) ?? null,
    secure: callPort === undefined ? null : callAddress(url, callPort),
  };
}
