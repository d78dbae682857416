/**
 * The HTML of the QR page, the door to the call. A host shows it on a screen, or prints it and puts it
 * on the wall. A guest opens it on a phone and finds two ways to join. It knows no sockets.
 *
 * @module
 */

import type { AdvertisedAddress } from "../../relaycore/mod.ts";
import { parseIpv4 } from "../../relaycore/net/transport_address.ts";
import type { Browser } from "./browser.ts";
import { escapeHtml as text, renderDocument } from "./document.ts";
import { fill, mendOf } from "./words.ts";
import type { DoorWords } from "./words/door_words.ts";

/** Which way to join has the large code: the hub's own page, or the site of the join link. */
export type Invite = "page" | "site";

/** The content of the page. */
export interface DoorContent {
  readonly link: string;
  readonly addresses: readonly AdvertisedAddress[];
  /** UDP ports of the hub that guests need, and firewalls have to allow. */
  readonly udpPorts: readonly number[];
  /** Where the QR page is for guests; undefined if no phone can reach it. */
  readonly pageAddress: string | undefined;
  /** Where the call page is for this browser; undefined if it is off. */
  readonly callAddress: string | undefined;
  /** Whether guests have a call page. If not, it may still be there on the hub's own computer. */
  readonly callIsOn: boolean;
  /** Whether this browser runs on the hub's own computer, where it shows no warning. */
  readonly onHub: boolean;
  readonly invite: Invite;
  readonly browser: Browser;
  readonly words: DoorWords;
  readonly os: typeof Deno.build.os;
}

/** The whole page. */
export function renderDoor(content: DoorContent): string {
  const { callAddress, words } = content;
  const warns = callAddress !== undefined && !content.onHub && !isAlone(content);
  return renderDocument(
    words,
    words.title,
    `<body data-link="${text(content.link)}">
<main class="door">
<header>
<h1>${text(words.title)}</h1>
<p>${text(words.about)}</p>
</header>
${isAlone(content) ? alone(words) : ways(content)}
${host(content)}
</main>
${warns ? warning(content, callAddress) : ""}
${isAlone(content) ? "" : poster(content)}
</body>`,
    "/call/door.js",
  );
}

/**
 * Whether no phone can reach the hub. Names do not count, because they are listed even if no address
 * can be reached.
 */
function isAlone({ addresses }: DoorContent): boolean {
  return !addresses.some(({ host, reachable }) => reachable && parseIpv4(host) !== undefined);
}

function alone({ alone }: DoorWords): string {
  return `<p class="notice"><strong>${text(alone.title)}</strong> ${text(alone.about)}</p>`;
}

function ways(content: DoorContent): string {
  const { browser, words } = content;
  return `<div class="ways">
${browser.openIn === undefined ? hereCard(content) : inAppCard(content, browser.openIn)}
${siteCard(content)}
</div>
${reachLine(content, words)}`;
}

/** Whether this device reaches the hub. The script finds out, and shows one of the sentences. */
function reachLine({ os, udpPorts }: DoorContent, { reach }: DoorWords): string {
  const mend = mendOf(reach, os, udpPorts);
  const unreached = `<strong>${text(reach.unreached)}</strong> ${text(mend)} ${text(reach.guest)}`;
  return `<div class="reach" id="reach" role="status">
<p data-when="checking" hidden>${text(reach.checking)}</p>
<p data-when="reached" hidden>${text(reach.reached)}</p>
<p data-when="unreached" hidden>${unreached}</p>
<p data-when="unsupported" hidden>${text(reach.unsupported)}</p>
</div>`;
}

function hereCard(content: DoorContent): string {
  const { callAddress, onHub, pageAddress, words } = content;
  const { here } = words;
  if (callAddress === undefined) return "";
  const note = onHub ? `<p class="soft">${text(here.noWarning)}</p>` : "";
  const scan = pageAddress === undefined || !content.callIsOn ? "" : code(
    "/door.svg",
    words.pageCode,
    fill(here.scan, { address: plainAddress(pageAddress) }),
  );
  return `<section class="way${invitesToPage(content) ? " main" : ""}">
<h2>${text(here.title)}</h2>
<p>${text(here.about)}</p>
<a class="button" href="${onHub ? text(callAddress) : "#warning"}">${text(here.button)}</a>
${note}
${scan}
</section>`;
}

/** Whether the large code leads to the hub's own page. */
function invitesToPage({ callIsOn, invite, pageAddress }: DoorContent): boolean {
  return invite === "page" && callIsOn && pageAddress !== undefined;
}

function inAppCard({ pageAddress, words }: DoorContent, browser: string): string {
  const { inApp } = words;
  const address = pageAddress ?? "";
  return `<section class="way main">
<h2>${text(fill(inApp.title, { browser }))}</h2>
<p>${text(fill(inApp.about, { browser }))}</p>
<p class="copy"><input readonly aria-label="${text(words.link)}" value="${
    text(address)
  }" id="address">
<button type="button" id="copy" data-copied="${text(inApp.copied)}">${text(inApp.copy)}</button></p>
</section>`;
}

function siteCard(content: DoorContent): string {
  const { link, words } = content;
  const site = siteOf(link);
  return `<section class="way${invitesToPage(content) ? "" : " main"}">
<h2>${text(site)}</h2>
<p>${text(fill(words.site.about, { site }))}</p>
<a class="button" href="${text(link)}">${text(fill(words.site.button, { site }))}</a>
${code("/qr.svg", words.siteCode, words.site.scan)}
</section>`;
}

function code(source: string, label: string, caption: string): string {
  return `<figure><img src="${source}" alt="${text(label)}" width="256" height="256">` +
    `<figcaption>${text(caption)}</figcaption></figure>`;
}

/**
 * Shows the warning that the browser is about to show, and what to tap then. It replaces the rest of
 * the page while the address ends in #warning.
 */
function warning({ browser, words }: DoorContent, callAddress: string): string {
  const { taps, warning } = words;
  const { host, hostname } = new URL(callAddress);
  // Firefox and Chromium show the host without the port. The address line has the port.
  const labels = taps[browser.warning].map((label) => fill(label, { host: hostname }));
  const steps = labels.map((label) =>
    `<li>${drawing(host, `<b>${text(label)}</b>`)}<p>${text(warning.tap)} <q>${
      text(label)
    }</q></p></li>`
  );
  return `<main class="warning" id="warning" aria-labelledby="warning-title">
<div>
<h1 id="warning-title" tabindex="-1">${text(warning.title)}</h1>
<p>${text(warning.why)}</p>
<p class="again" id="again" hidden>${text(warning.again)}</p>
<ol>
${steps.join("\n")}
<li>${drawing(host, '<i class="face"></i>', true)}<p>${text(warning.done)}</p></li>
</ol>
<p class="go"><a class="button" id="go" href="${text(callAddress)}">${text(warning.button)}</a>
<a class="back" href="#">${text(warning.back)}</a></p>
</div>
</main>`;
}

/** A small screen, drawn with boxes: an address line, the page, and what to tap. */
function drawing(address: string, inside: string, isIn = false): string {
  const page = isIn
    ? inside
    : `<i class="sign"></i><i class="line"></i><i class="line"></i>${inside}`;
  return `<div class="screen" aria-hidden="true"><i class="bar">${text(address)}</i>${page}</div>`;
}

/** Details that only the host needs. They are folded away. */
function host({ addresses, link, words }: DoorContent): string {
  const list = addresses.map(({ host, remark }) =>
    `<dt>${text(host)}</dt><dd>${text(remark)}</dd>`
  );
  return `<details class="host">
<summary>${text(words.more)}</summary>
<h2>${text(words.link)}</h2>
<a class="link" href="${text(link)}">${text(link)}</a>
<h2>${text(words.addresses)}</h2>
<dl>
${list.join("\n")}
</dl>
</details>`;
}

/** The poster, which fits on one sheet of paper of any size. */
function poster(content: DoorContent): string {
  const { callIsOn, link, pageAddress, words } = content;
  const { poster } = words;
  const site = siteOf(link);
  const isPage = invitesToPage(content);
  const address = pageAddress === undefined ? "" : plainAddress(pageAddress);
  const [main, label] = isPage ? ["/door.svg", words.pageCode] : ["/qr.svg", words.siteCode];
  const [other, otherLabel, sentence] = isPage
    ? ["/qr.svg", words.siteCode, fill(poster.otherSite, { site })]
    : ["/door.svg", words.pageCode, fill(poster.otherPage, { address })];
  const steps = [
    [poster.wifi, poster.wifiAbout],
    [poster.scan, poster.scanAbout],
    isPage ? [words.here.button, `${words.warning.title}.`] : [poster.allow, poster.allowAbout],
  ].map(([title, about]) => `<li><b>${text(title)}.</b> ${text(about)}</li>`);
  const second = pageAddress === undefined || !callIsOn ? "" : `<div class="second">
<img src="${other}" alt="${text(otherLabel)}"><p>${text(sentence)}</p></div>`;
  return `<section class="poster" aria-hidden="true">
<h1>${text(words.title)}</h1>
<p class="about">${text(words.about)}</p>
<img class="first" src="${main}" alt="${text(label)}">
<div class="beside">
<ol>
${steps.join("\n")}
</ol>
${isPage ? "" : `<p>${text(fill(words.site.needs, { site }))}</p>`}
${second}
<p class="wifi">${text(poster.name)} <i></i> ${text(poster.password)} <i></i></p>
</div>
</section>`;
}

/** An address in the form in which people type it. Browsers add http:// themselves. */
function plainAddress(address: string): string {
  return address.replace(/^http:\/\//, "").replace(/\/$/, "");
}

function siteOf(link: string): string {
  return new URL(link).host;
}
