/** The HTML of the QR page. */

import { browserOf } from "../../http/door/browser.ts";
import { DOOR_CSP, escapeHtml } from "../../http/door/document.ts";
import { type DoorContent, renderDoor } from "../../http/door/page.ts";
import { fill, wordsFor } from "../../http/door/words.ts";
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "../support/assert.ts";
import { REALISTIC_LINK } from "../support/qr_reader.ts";
import { ADDRESSES } from "../support/shown_hub.ts";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) " +
  "Chrome/156.0.0.0 Safari/537.36";
const IN_APP = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 " +
  "(KHTML, like Gecko) Mobile/22B83 [FBAN/FBIOS;FBAV/490.0]";

const CONTENT: DoorContent = {
  link: REALISTIC_LINK,
  addresses: ADDRESSES,
  udpPorts: [4711, 3478],
  pageAddress: "http://192.168.178.123:8080/",
  callAddress: "https://192.168.178.123:8443/",
  callIsOn: true,
  onHub: false,
  invite: "site",
  browser: browserOf(CHROME),
  words: wordsFor("en"),
  os: "linux",
};
const PAGE = renderDoor(CONTENT);
const LANGUAGES = ["en", "de", "fr", "es", "it", "pt"];

/** Contents of all elements of a name. */
function elements(html: string, name: string): string[] {
  return [
    ...html.matchAll(new RegExp(`<${name}\\b[^>]*>([^]*?)</${name}>`, "g")),
  ]
    .map(([, text]) => text);
}

/** The targets of all links. */
function targets(html: string): string[] {
  return [...html.matchAll(/<a [^>]*?href="([^"]*)"/g)].map(([, url]) => unescapeHtml(url));
}

/** Turns numeric character references back into characters. */
function unescapeHtml(text: string): string {
  return text.replace(
    /&#(\d+);/g,
    (_, code) => String.fromCharCode(Number(code)),
  );
}

Deno.test("the page leads to the hub's own page through the warning, and to the site", () => {
  assertEquals(
    new Set(targets(PAGE)),
    new Set(["#warning", "#", CONTENT.callAddress, CONTENT.link]),
  );
  assertStringIncludes(PAGE, 'id="warning"');
});

Deno.test("the page loads only its own files, and has no inline script or style", () => {
  const loaded = [
    ...PAGE.matchAll(/<(?:img|script|link)[^>]*?(?:src|href)="([^"]*)"/g),
  ]
    .map(([, url]) => url);
  assertEquals(
    new Set(loaded),
    new Set(["/call/icon.svg", "/call/door.css", "/call/door.js", "/qr.svg", "/door.svg"]),
  );
  assertEquals(elements(PAGE, "script"), [""]);
  for (const attribute of ["style", "srcset", "action", "on[a-z]+"]) {
    assert(!new RegExp(`<[^>]*\\s${attribute}\\s*=`).test(PAGE), attribute);
  }
  for (const name of ["style", "iframe", "object", "embed", "base", "form"]) {
    assert(!new RegExp(`<${name}[\\s>]`).test(PAGE), name);
  }
  assert(!/unsafe|\*|https?:|data:|blob:/.test(DOOR_CSP), DOOR_CSP);
});

Deno.test("HTML in a link, a host or a remark stays text", () => {
  const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;`;
  const link = `https://kibitz.chat/?galaxy=${hostile}`;
  const addresses = [
    ...ADDRESSES,
    { host: `h${hostile}`, remark: `r${hostile}`, reachable: true },
  ];
  const page = renderDoor({ ...CONTENT, link, addresses });
  assertEquals(elements(page, "script"), [""]);
  assert(!page.includes("<img src=x"));
  assert(targets(page).includes(link));
  assertEquals(unescapeHtml(elements(page, "dt").at(-1)!), `h${hostile}`);
  assertEquals(unescapeHtml(elements(page, "dd").at(-1)!), `r${hostile}`);
});

Deno.test("escaped text contains no character with a meaning in HTML", () => {
  assertEquals(escapeHtml(`<a b="c" d='e'>&`).match(/[<>"']|&(?!#\d+;)/), null);
  assertEquals(escapeHtml("Zoë’s hub 📡"), "Zoë’s hub 📡");
});

Deno.test("every address is listed with its remark", () => {
  assertEquals(elements(PAGE, "dt"), ADDRESSES.map(({ host }) => host));
  assertEquals(
    elements(PAGE, "dd").map(unescapeHtml),
    ADDRESSES.map(({ remark }) => remark),
  );
});

Deno.test("a hub that no phone can reach says so and shows no code, even if it has names", () => {
  const { alone } = CONTENT.words;
  assert(!PAGE.includes(alone.title));
  const names = ADDRESSES.filter(({ host }) => /[a-z]/.test(host));
  const loopback = {
    host: "127.0.0.1",
    remark: "only this computer",
    reachable: false,
  };
  for (const addresses of [[], [loopback], [loopback, ...names]]) {
    const page = renderDoor({ ...CONTENT, addresses, pageAddress: undefined });
    assertStringIncludes(page, alone.title);
    assert(!page.includes("<img"), "a code is shown");
  }
});

Deno.test("the page names the site that the link opens", () => {
  assertStringIncludes(PAGE, "Open kibitz.chat");
  const other = renderDoor({
    ...CONTENT,
    link: "http://meet.example:8000/a/?galaxy=x",
  });
  assertStringIncludes(other, "Open meet.example:8000");
  assert(!other.includes("kibitz.chat"));
});

Deno.test("with --invite page the page's code is the large one, on the screen and on paper", () => {
  const larger = (page: string) => {
    const [, , main] = /<section class="way main">([^]*?)<img src="([^"]*)"/
      .exec(page)!;
    const [, first] = /<img class="first" src="([^"]*)"/.exec(page)!;
    return [main, first];
  };
  assertEquals(larger(PAGE), ["/qr.svg", "/qr.svg"]);
  assertEquals(larger(renderDoor({ ...CONTENT, invite: "page" })), [
    "/door.svg",
    "/door.svg",
  ]);
  const off = {
    ...CONTENT,
    invite: "page",
    callIsOn: false,
    callAddress: undefined,
  } as const;
  assertEquals(larger(renderDoor(off)), ["/qr.svg", "/qr.svg"]);
});

Deno.test("without a call page only the site is offered, and no code leads to this page", () => {
  const page = renderDoor({
    ...CONTENT,
    callIsOn: false,
    callAddress: undefined,
  });
  assertEquals(new Set(targets(page)), new Set([CONTENT.link]));
  assert(!page.includes("/door.svg"));
  assert(!page.includes('id="warning"'));
});

Deno.test("on the hub's own computer no warning is announced", () => {
  const page = renderDoor({ ...CONTENT, onHub: true, callAddress: "/call" });
  assert(targets(page).includes("/call"));
  assert(!page.includes('id="warning"'));
  assertStringIncludes(page, CONTENT.words.here.noWarning);
});

Deno.test("in a window of an app the address can be copied, and there is no button to the call", () => {
  const page = renderDoor({ ...CONTENT, browser: browserOf(IN_APP) });
  assertStringIncludes(page, "Open this page in Safari");
  assertStringIncludes(page, `value="${CONTENT.pageAddress}"`);
  assert(!targets(page).includes("#warning"));
});

Deno.test("the warning has the words of this browser, with the address that it will show", () => {
  const steps = (userAgent: string, language: string) => {
    const content = {
      ...CONTENT,
      browser: browserOf(userAgent),
      words: wordsFor(language),
    };
    return elements(renderDoor(content), "q").map(unescapeHtml);
  };
  assertEquals(steps(CHROME, "en"), [
    "Advanced",
    "Proceed to 192.168.178.123 (unsafe)",
  ]);
  assertEquals(steps(CHROME, "de"), [
    "Erweitert",
    "Weiter zu 192.168.178.123 (unsicher)",
  ]);
  assertEquals(
    steps("Mozilla/5.0 (X11; rv:153.0) Gecko/20100101 Firefox/153.0", "fr"),
    [
      "Avancé",
      "Continuer vers 192.168.178.123 (risqué)",
    ],
  );
});

Deno.test("the warning has the words that the browser uses in the guest's country", () => {
  const tapsOf = (language: string) => wordsFor(language).taps.chromium[0];
  for (const home of ["es", "es-ES,es;q=0.9", "es-Latn-ES"]) assertEquals(tapsOf(home), "Avanzado");
  for (const abroad of ["es-419,es;q=0.9", "es-MX", "en;q=0.1,es_ar"]) {
    assertEquals(tapsOf(abroad), "Opciones avanzadas");
  }
  const { taps } = wordsFor("pt-PT,pt;q=0.9");
  assertEquals(taps.chromium[1], "Prosseguir para {host} (não seguro)");
  assertEquals(taps.edge, wordsFor("pt").taps.edge, "what is the same everywhere stays");
  assertEquals(wordsFor("pt-BR"), wordsFor("pt"));
  assertEquals(wordsFor("de-AT"), wordsFor("de"));
});

Deno.test("the advice about a firewall is for the hub's system and names the ports", () => {
  const page = (os: typeof Deno.build.os) =>
    renderDoor({ ...CONTENT, os, udpPorts: [19_711, 3478] });
  assertStringIncludes(page("linux"), "ufw allow 19711,3478/udp");
  assertStringIncludes(page("windows"), "Windows Firewall");
  assertStringIncludes(page("darwin"), "System Settings");
});

Deno.test("the language is the first one of the browser's that the page has", () => {
  for (
    const [header, tag] of [
      ["de-AT,de;q=0.9,en;q=0.8", "de"],
      ["nl, fr;q=0.5", "fr"],
      ["en;q=0.1, it;q=0.9", "it"],
      ["PT-br", "pt"],
      ["es;q=0, fr;q=0.2", "fr"],
      ["xx", "en"],
      ["", "en"],
      [";;q=,,;q=zz", "en"],
      [null, "en"],
    ] as const
  ) {
    assertEquals(wordsFor(header).tag, tag, String(header));
  }
  assertStringIncludes(
    renderDoor({ ...CONTENT, words: wordsFor("de") }),
    '<html lang="de">',
  );
});

Deno.test("every language has every sentence, with the same placeholders", () => {
  const sentences = (value: unknown, path = ""): [string, string][] =>
    typeof value === "string"
      ? [[path, value]]
      : Object.entries(value as object).flatMap(([key, inner]) =>
        sentences(inner, `${path}.${key}`)
      );
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  const english = new Map(sentences(wordsFor("en")));
  for (const language of LANGUAGES.slice(1)) {
    const words = sentences(wordsFor(language));
    assertEquals(
      words.map(([path]) => path).sort(),
      [...english.keys()].sort(),
      language,
    );
    for (const [path, text] of words) {
      assert(text.trim() !== "", `${language}${path} is empty`);
      assertEquals(
        places(text),
        places(english.get(path)!),
        `${language}${path}`,
      );
    }
    // A longer sentence that is the same in two languages was copied and not translated.
    for (const [path, text] of words.filter(([, text]) => text.length > 25)) {
      assertNotEquals(text, english.get(path), `${language}${path} is English`);
    }
  }
});

Deno.test("French has no space at which a line could break before its signs", () => {
  assert(!/ [;:!?»]|« /.test(JSON.stringify(wordsFor("fr"))));
});

Deno.test("a placeholder without a value stays as it is", () => {
  assertEquals(fill("{a} and {b}", { a: "x" }), "x and {b}");
});
