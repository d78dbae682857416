/**
 * The QR page: what a host shows on a screen, opens on a headless Pi, or prints and sticks to the
 * wall. HTML as text; it loads nothing, from nowhere.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { AdvertisedAddress } from "../relaycore/mod.ts";
import { qrSvg } from "./qr.ts";

/** What the page shows. */
export interface PageContent {
  readonly link: string;
  readonly addresses: readonly AdvertisedAddress[];
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1a1a1a;--soft:#5c5c5c;--paper:#fbfaf8;--card:#fff;--line:#e2dfd9;--accent:#0b6b53}
@media (prefers-color-scheme:dark){:root{--ink:#ececec;--soft:#a9a9a9;--paper:#141514;--card:#1d1f1e;--line:#343735;--accent:#63d2b0}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:68rem;margin:0 auto;padding:clamp(1rem,4vw,3rem);display:grid;gap:clamp(1.25rem,4vw,3rem);grid-template-columns:minmax(0,1fr)}
header{grid-column:1/-1}
h1{font-size:clamp(1.6rem,5vw,2.4rem);line-height:1.15;letter-spacing:-.02em;margin:0}
header p{margin:.4rem 0 0;color:var(--soft)}
.code{background:#fff;border:1px solid var(--line);border-radius:1rem;padding:clamp(.25rem,2vw,.75rem);align-self:start}
.code svg{display:block;width:100%;height:auto}
ol{list-style:none;counter-reset:step;margin:0;padding:0;display:grid;gap:1.1rem}
li{counter-increment:step;display:grid;grid-template-columns:2rem 1fr;gap:.75rem}
li::before{content:counter(step);width:2rem;height:2rem;border-radius:50%;background:var(--accent);color:var(--card);font-weight:600;display:grid;place-items:center}
li strong{display:block}
li span{color:var(--soft)}
.first{margin:1.5rem 0 0;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft)}
h2{font-size:.95rem;margin:2rem 0 .4rem;color:var(--soft);font-weight:600}
a{color:var(--accent)}
.link{display:block;word-break:break-all;font:.82rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
dl{margin:0;font-size:.92rem}
dt{font:600 .9rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
dd{margin:0 0 .5rem;color:var(--soft)}
.notice{grid-column:1/-1;border-left:.25rem solid #c2410c;background:var(--card);padding:.75rem 1rem;margin:0}
.wifi{display:none}
@media (min-width:48rem){main{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}}
@page{margin:14mm}
@media print{
:root{color-scheme:light;--ink:#000;--soft:#333;--paper:#fff;--card:#fff;--line:#fff;--accent:#000}
body{font-size:12.5pt;line-height:1.4}
main{display:block;max-width:none;padding:0;text-align:center}
h1{font-size:36pt}
header p{margin-top:1mm;font-size:14pt}
.code{border:0;padding:0;width:136mm;margin:0 auto}
ol{display:inline-grid;text-align:left;gap:2.5mm;max-width:150mm}
li::before{border:1.5pt solid #000;background:#fff;color:#000}
.first{margin:4mm auto 0;padding:0;border:0;max-width:160mm}
.wifi{display:block;margin:6mm 0 0;font-size:14pt;white-space:nowrap}
.wifi i{display:inline-block;width:48mm;border-bottom:1pt solid #000}
.link{color:#000;text-decoration:none;font-size:7.5pt;line-height:1.35;margin-top:6mm}
.screen{display:none}
}`;

/**
 * Reloads the page when the link has become another one; an unreachable hub changes nothing, and a
 * question to it is dropped before the next: the page may stay open for days.
 */
const SCRIPT = `
const shown=document.querySelector(".link").textContent;
setInterval(async()=>{try{const r=await fetch("/link",{cache:"no-store",signal:AbortSignal.timeout(3000)});if(r.ok&&(await r.text()).trim()!==shown)location.reload()}catch{}},4000);`;

/** The Content-Security-Policy of the page: its own style and script, by hash, and `/link`. */
export const PAGE_CSP = [
  "default-src 'none'",
  `style-src '${hashOf(STYLE)}'`,
  `script-src '${hashOf(SCRIPT)}'`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The whole page. */
export function renderPage({ link, addresses }: PageContent): string {
  const href = escapeHtml(link);
  const site = escapeHtml(new URL(link).host);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Join the call · Kibitz Offline</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>Join the call</h1>
<p>A video call for everyone on this Wi-Fi. No internet, no account.</p>
</header>
${addresses.some(({ reachable }) => reachable) ? "" : NOTICE}
<div class="code">${qrSvg(link)}</div>
<div>
<ol role="list">
<li><div><strong>Join this Wi-Fi</strong><span>The same network as the hub.</span></div></li>
<li><div><strong>Scan the code</strong><span>With the phone’s camera. Or open the link below.</span></div></li>
<li><div><strong>Tap Allow</strong><span>If the browser asks to reach devices on the local network.</span></div></li>
</ol>
<p class="first">The browser must have opened ${site} once before, with internet.</p>
<p class="wifi">Wi-Fi <i></i> &ensp; Password <i></i></p>
<h2 class="screen">Link</h2>
<a class="link" href="${href}">${href}</a>
<section class="screen">
<h2>Addresses of this hub</h2>
<dl>
${addresses.map(renderAddress).join("\n")}
</dl>
</section>
</div>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

const NOTICE = `<p class="notice screen"><strong>No phone can reach this hub yet.</strong> ` +
  `It found no Wi-Fi or cable network: join one or start a hotspot, and this page follows.</p>`;

function renderAddress({ host, remark }: AdvertisedAddress): string {
  return `<dt>${escapeHtml(host)}</dt><dd>${escapeHtml(remark)}</dd>`;
}

/** Text made safe as content of an element or of a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
