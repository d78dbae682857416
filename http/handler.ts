/**
 * What the hub's little web sites answer: a request in, a response out. It knows no socket.
 *
 * There are two, which share most of it: the QR page's over HTTP, and the call page's over HTTPS.
 * Nothing can be changed here, so there is no cookie and no origin to check. Names in the Host header
 * are not looked at either: routers give the hub names that it cannot know. The price is small: a site
 * that points its own name at the hub (DNS rebinding) reads, through a browser on this Wi-Fi, the link
 * that everybody on this Wi-Fi may have, and which leads nowhere from outside.
 *
 * @module
 */

// @ts-types="../relaycore/types/std_status.d.ts"
import { STATUS_CODE } from "@std/http/status";
import type { Hub } from "../relaycore/mod.ts";
import { parseIpv4 } from "../relaycore/net/transport_address.ts";
import type { CallFile } from "./call_files.ts";
import { browserOf } from "./door/browser.ts";
import { DOOR_CSP, type Invite, renderDoor } from "./door/page.ts";
import { wordsFor } from "./door/words.ts";
import { METRICS_TYPE, renderMetrics } from "./metrics.ts";
import { type Content, leadTo, refuse, send, TEXT } from "./response.ts";
import { qrSvg } from "./qr.ts";

/** The part of a hub that the sites show. */
export type ShownHub = Pick<
  Hub,
  "link" | "blob" | "port" | "addresses" | "serving" | "status" | "hasHeardFrom"
>;

/** What the sites show. */
export interface Site {
  readonly hub: ShownHub;
  /** The files of the call page and the door, by path. Rejects if there are none. */
  files(): Promise<ReadonlyMap<string, CallFile>>;
  /** TCP port of the QR page. */
  readonly httpPort: number | undefined;
  /** TCP port of the call page over HTTPS; undefined if it is off. */
  readonly callPort: number | undefined;
  /** Which way in has the large code. */
  readonly invite: Invite;
  /** A browser at this address begins to check whether it reaches the hub. */
  checks(client: string): void;
}

/** How a request came. */
export interface Visit {
  /** The address that it came from. */
  readonly client: string;
  /** Whether it came over HTTPS. */
  readonly secure: boolean;
}

/** A room's key (wire contract §3); the code of the door leads into that room. */
const ROOM_KEY = /^[a-z0-9-]{1,40}$/;

/** Things that both sites have, by path. */
const RESOURCES: ReadonlyMap<string, (site: Site, url: URL) => Content | undefined> = new Map<
  string,
  (site: Site, url: URL) => Content | undefined
>([
  ["/link", ({ hub }) => ({ type: TEXT, live: true, body: `${hub.link}\n` })],
  ["/qr.svg", ({ hub }) => ({ type: "image/svg+xml", body: qrSvg(hub.link) })],
  ["/door.svg", (site, url) => {
    const address = pageAddress(site);
    if (address === undefined) return undefined;
    const room = url.searchParams.get("room") ?? "";
    return {
      type: "image/svg+xml",
      body: qrSvg(ROOM_KEY.test(room) ? `${address}#${room}` : address),
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

/**
 * The policy of the call page: nothing but its own files, and no text ever becomes markup
 * (`trusted-types 'none'` takes away innerHTML and its like).
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

/** Answers one request. Never rejects. */
export async function handle(request: Request, site: Site, visit: Visit): Promise<Response> {
  try {
    return await answer(request, site, visit);
  } catch {
    return refuse(request, STATUS_CODE.InternalServerError, "Something went wrong in the hub.");
  }
}

async function answer(request: Request, site: Site, visit: Visit): Promise<Response> {
  const found = await find(request, site, visit);
  if (found === undefined) {
    return refuse(request, STATUS_CODE.NotFound, "There is no such page here. The code is at /");
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    const sentence = "Only GET and HEAD are answered here.";
    const response = refuse(request, STATUS_CODE.MethodNotAllowed, sentence);
    response.headers.set("allow", "GET, HEAD");
    return response;
  }
  if (found instanceof URL) return leadTo(found);
  return await send(request, found);
}

/** What a request leads to: content, or another URL. */
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
    udpPort: hub.port,
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
    type: "text/html; charset=utf-8",
    csp: DOOR_CSP,
    body,
    vary: "accept-language, user-agent",
  };
}

/** The address of the call page for a browser that requested `url`. */
function callAddress({ hostname }: URL, callPort: number): string {
  return `https://${hostname}:${callPort}/`;
}

/** Where guests find the QR page; undefined if there is no address that they reach, or no page. */
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

/** Whether the page was asked for on the hub's own computer, where browsers trust it without HTTPS. */
function isThisComputer({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
}

/** What the call page has to know of its hub: `/call/hub.json`. */
export interface HubDescription {
  readonly blob: string;
  /** The join link. */
  readonly link: string;
  /** The address to type for a guest who has nothing; null if the QR page is off. */
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
