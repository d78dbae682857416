/** The QR page as text: what it holds, and that it loads and runs nothing but its own. */

import { escapeHtml, PAGE_CSP, renderPage } from "../../http/page.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { drawSvg, readQr, REALISTIC_LINK } from "./support/qr_reader.ts";
import { ADDRESSES } from "./support/shown_hub.ts";

const PAGE = renderPage({ link: REALISTIC_LINK, addresses: ADDRESSES });

/** Contents of all elements of a name. */
function elements(html: string, name: string): string[] {
  return [...html.matchAll(new RegExp(`<${name}[^>]*>([^]*?)</${name}>`, "g"))].map(([, text]) =>
    text
  );
}

/** A policy as directives with their values. */
function directives(policy: string): Record<string, string> {
  return Object.fromEntries(
    policy.split("; ").map((directive) => {
      const [name, ...values] = directive.split(" ");
      return [name, values.join(" ")];
    }),
  );
}

async function cspHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}

Deno.test("the code on the page reads as the link", () => {
  assertEquals(
    readQr(drawSvg(elements(PAGE, "div").join("").match(/<svg.*<\/svg>/)![0])),
    REALISTIC_LINK,
  );
});

Deno.test("the link on the page goes where it says", () => {
  const [, href, text] = PAGE.match(/<a class="link" href="([^"]*)">([^<]*)<\/a>/)!;
  assertEquals(href, text);
  assertEquals(href, REALISTIC_LINK);
});

Deno.test("the page's policy lets it run its own style and script and ask its own hub, no more", async () => {
  const [styles, scripts] = [elements(PAGE, "style"), elements(PAGE, "script")];
  assertEquals([styles.length, scripts.length], [1, 1]);
  assertEquals(directives(PAGE_CSP), {
    "default-src": "'none'",
    "style-src": await cspHash(styles[0]),
    "script-src": await cspHash(scripts[0]),
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
  });
});

Deno.test("style and script are the same whatever the hub, so that their hashes hold", () => {
  const other = renderPage({ link: "http://localhost/?galaxy=x", addresses: [] });
  for (const name of ["style", "script"]) assertEquals(elements(other, name), elements(PAGE, name));
});

Deno.test("the page names no file of its own or another's, and no address but the link's", () => {
  for (const attribute of ["src", "srcset", "action", "style", "xlink:href", "on[a-z]+"]) {
    assert(!new RegExp(`\\s${attribute}\\s*=`).test(PAGE), attribute);
  }
  for (const name of ["link", "img", "iframe", "object", "embed", "base", "form", "video", "use"]) {
    assert(!new RegExp(`<${name}[\\s>]`).test(PAGE), name);
  }
  assertEquals([...PAGE.matchAll(/href="([^"]*)"/g)].map(([, url]) => url), [REALISTIC_LINK]);
  for (const style of elements(PAGE, "style")) {
    assert(!/url\(|@import|image-set/.test(style));
  }
  const urls = [...PAGE.matchAll(/\b[a-z]+:\/\/[^"<\s]*/g)].map(([url]) => url);
  assertEquals(new Set(urls), new Set([REALISTIC_LINK, "http://www.w3.org/2000/svg"]));
});

Deno.test("a link, a host or a remark full of HTML stays text", () => {
  const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;`;
  const link = `https://kibitz.chat/?galaxy=${hostile}`;
  const page = renderPage({
    link,
    addresses: [{ host: `h${hostile}`, remark: `r${hostile}`, reachable: true }],
  });
  assertEquals(elements(page, "script"), elements(PAGE, "script"));
  assert(!page.includes("<img"));
  const [, href, text] = page.match(/<a class="link" href="([^"]*)">([^<]*)<\/a>/)!;
  assertEquals(unescapeHtml(href), link);
  assertEquals(unescapeHtml(text), link);
  assertEquals(unescapeHtml(elements(page, "dt")[0]), `h${hostile}`);
  assertEquals(unescapeHtml(elements(page, "dd")[0]), `r${hostile}`);
});

Deno.test("escaped text holds none of the characters that mean something in HTML", () => {
  assertEquals(escapeHtml(`<a b="c" d='e'>&`).match(/[<>"']|&(?!#\d+;)/), null);
  assertEquals(escapeHtml("Zoë’s hub 📡"), "Zoë’s hub 📡");
});

Deno.test("every address is listed with its remark", () => {
  assertEquals(elements(PAGE, "dt"), ADDRESSES.map(({ host }) => host));
  assertEquals(elements(PAGE, "dd").map(unescapeHtml), ADDRESSES.map(({ remark }) => remark));
});

Deno.test("a hub that no phone can reach says so, and any other does not", () => {
  const notice = "No phone can reach this hub yet";
  assert(!PAGE.includes(notice));
  const alone = ADDRESSES.map((address) => ({ ...address, reachable: false }));
  assertStringIncludes(renderPage({ link: REALISTIC_LINK, addresses: alone }), notice);
  assertStringIncludes(renderPage({ link: REALISTIC_LINK, addresses: [] }), notice);
});

Deno.test("the page names the site that the link opens", () => {
  assertStringIncludes(PAGE, "opened kibitz.chat once before");
  const other = renderPage({ link: "http://meet.example:8000/a/?galaxy=x", addresses: [] });
  assertStringIncludes(other, "opened meet.example:8000 once before");
  assert(!other.includes("kibitz.chat"));
});

/** Turns numeric character references back into characters. */
function unescapeHtml(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}
