/** The QR code in the terminal: complete, with fewer addresses, or left out. */
import { type DrawCode, fitCode, shorterLinks } from "../../cli/terminal_code.ts";
import { qrTerminal } from "../../http/qr.ts";
import { assert, assertEquals } from "../assert.ts";
import { DARK_TERMINAL, drawTerminal, readQr, REALISTIC_LINK } from "../support/qr_reader.ts";
import { ADDRESSES } from "../support/shown_hub.ts";

const draw: DrawCode = (link, columns) => qrTerminal(link, { columns, color: true });

function heightOf(link: string): number {
  return draw(link, Infinity)!.split("\n").length;
}

/** What a phone reads from the code in a window. */
function scanned(columns: number, rows: number): { link: string | undefined; isWhole: boolean } {
  const code = fitCode(REALISTIC_LINK, ADDRESSES, { columns, rows }, draw);
  assert(code.text !== undefined, `no code in ${rows} rows`);
  assert(code.text.split("\n").length <= rows, "higher than the window");
  return { link: readQr(drawTerminal(code.text, DARK_TERMINAL, 6)), isWhole: code.isWhole };
}

Deno.test("a window that is large enough shows the whole link", () => {
  assertEquals(scanned(80, Infinity), { link: REALISTIC_LINK, isWhole: true });
  assertEquals(scanned(80, heightOf(REALISTIC_LINK)), { link: REALISTIC_LINK, isWhole: true });
});

Deno.test("in a low window the code leaves out addresses, but keeps the best one and the name longest", () => {
  const [whole, reachable, two, one] = [REALISTIC_LINK, ...shorterLinks(REALISTIC_LINK, ADDRESSES)];
  assert(heightOf(reachable) < heightOf(whole));
  assertEquals(scanned(80, heightOf(whole) - 1), { link: reachable, isWhole: false });
  assertEquals(reachable, whole.replace("|172.16.100.200~4711", ""));
  const start = whole.slice(0, whole.indexOf("|192.168.178.123"));
  assertEquals(two, `${start}|192.168.178.123~4711|kbz-xk3vp9ab.local~4711`);
  assertEquals(one, `${start}|192.168.178.123~4711`);
  // The 30 rows that a window has on Windows, without the live line.
  assertEquals(scanned(80, 29).link, two);
});

Deno.test("if no code fits the window, the size that is needed is shown", () => {
  const low = fitCode(REALISTIC_LINK, ADDRESSES, { columns: 80, rows: 23 }, draw);
  assert(low.text === undefined && low.needed.rows > 23 && low.needed.rows <= 29);
  const narrow = fitCode(REALISTIC_LINK, ADDRESSES, { columns: 40, rows: 50 }, draw);
  assert(narrow.text === undefined && narrow.needed.columns > 40 && narrow.needed.columns <= 58);
  const shown = fitCode(REALISTIC_LINK, ADDRESSES, low.needed, draw);
  assert(shown.text !== undefined, "what is told is enough");
});

Deno.test("if phones cannot reach any address, none is preferred", () => {
  const addresses = ADDRESSES.map((address) => ({ ...address, reachable: false }));
  assertEquals(shorterLinks(REALISTIC_LINK, addresses), []);
});

Deno.test("a link that is too long for any code needs an infinite window", () => {
  const long = `https://kibitz.chat/?galaxy=${"x".repeat(3000)}`;
  assertEquals(fitCode(long, [], { columns: 80, rows: 50 }, draw), {
    text: undefined,
    needed: { columns: Infinity, rows: Infinity },
  });
});
