/** What the command line prints, and how the output reaches the screen. */
import { banner } from "../../cli/banner.ts";
import { helpText } from "../../cli/help.ts";
import { invitation, pageForGuests } from "../../cli/invitation.ts";
import { liveLine } from "../../cli/live_line.ts";
import { type ByteSink, Output } from "../../cli/output.ts";
import { MAX_PENDING_OUTPUT_BYTES } from "../../relaycore/limits.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";

const BLOB = "g1|abcdefgh|abcdefghabcdefghabcdefgh|fp|192.168.1.23~4711|cabin.local~4711";
const RELAY = {
  port: 4711,
  blob: BLOB,
  link: `https://kibitz.chat/?galaxy=${BLOB}`,
  addresses: [
    { host: "192.168.1.23", remark: "wlan0 · most likely your Wi-Fi", reachable: true },
    { host: "172.17.0.1", remark: "docker0 · virtual adapter", reachable: false },
    { host: "cabin.local", remark: "this computer's name", reachable: true },
  ],
};

const SITE = "https://kibitz.chat";
const CODE = { text: "QR", isWhole: true };
const WINDOW = { columns: 80, rows: 49 };

/** A sink that stores its input and accepts a few bytes at a time, like a busy terminal. */
class Collector implements ByteSink {
  text = "";
  writeSync(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, 7);
    this.text += new TextDecoder("latin1").decode(taken);
    return taken.length;
  }
  write(bytes: Uint8Array): Promise<number> {
    return Promise.resolve(this.writeSync(bytes));
  }
}

Deno.test("the banner has exactly one BLOB and one LINK line, each whole", () => {
  const lines = banner(RELAY, SITE).split("\n");
  assertEquals(lines.filter((line) => line.startsWith("BLOB")), [`BLOB ${RELAY.blob}`]);
  assertEquals(lines.filter((line) => line.startsWith("LINK")), [`LINK ${RELAY.link}`]);
});

Deno.test("the banner has the UDP port, every address with its remark, and the hint to tap Allow", () => {
  const text = banner(RELAY, SITE);
  assertMatch(text, /UDP port 4711/);
  for (const { host, remark } of RELAY.addresses) {
    assert(text.split("\n").some((line) => line.includes(host) && line.endsWith(remark)), host);
  }
  assertMatch(invitation(RELAY, 8080, CODE, WINDOW), /tap Allow/);
});

Deno.test("the banner has a QR page address for each IPv4 address within reach, but not for names", () => {
  const pages = invitation(RELAY, 8081, CODE, WINDOW).match(/http:\/\/\S+/g);
  assertEquals(pages, ["http://192.168.1.23:8081/"]);
  assertEquals(invitation(RELAY, undefined, CODE, WINDOW).match(/http:\/\/\S+/g), null);
});

Deno.test("without an address that phones can reach there is no code, but a sentence that says so", () => {
  const addresses = RELAY.addresses.map((address) => ({ ...address, reachable: false }));
  const text = invitation({ addresses }, 8080, CODE, WINDOW);
  assertMatch(text, /^No phone can reach this hub at the moment\./m);
  assert(!/^QR$/m.test(text), text);
  assert(!/http:|tap Allow/.test(text), text);
  const where = banner({ ...RELAY, addresses }, SITE);
  assert(!/Guests reach it|finds it/.test(where), where);
  assertMatch(where, /^LINK /m);
});

Deno.test("a code that does not fit is replaced by the size that it needs and the page's address", () => {
  const small = { columns: 80, rows: 23 };
  const needed = { text: undefined, needed: { columns: 58, rows: 29 } };
  const text = invitation(RELAY, 8080, needed, small);
  assertMatch(text, /takes 30 rows and 58 columns; this window has 24 and 80\./);
  assertMatch(text, /or show the page above/);
  assert(!text.includes("scan this code"), text);
  const ownPage = { address: undefined, isPageCode: false, substitute: "SMALL QR" };
  const substitute = invitation(RELAY, 8080, needed, small, ownPage);
  assertMatch(substitute, /scan this code: it opens the hub's own page\.$/m);
  assertMatch(substitute, /appears when the window has 30 rows and 58 columns/);
  assert(substitute.endsWith("\nSMALL QR"), substitute);
  assert(!invitation(RELAY, undefined, needed, small).includes("page"));
  const tooLong = { text: undefined, needed: { columns: Infinity, rows: Infinity } };
  assertMatch(invitation(RELAY, 8080, tooLong, small), /too long for a QR code/);
});

Deno.test("one line names the hub's own page for new guests", () => {
  const address = pageForGuests(RELAY, 8080);
  assertEquals(address, "http://192.168.1.23:8080/");
  const lines = (text: string) =>
    text.split("\n").filter((line) => line.includes("in any browser"));
  const small = { text: undefined, needed: { columns: 90, rows: 90 } };
  for (const code of [CODE, small]) {
    assertEquals(lines(invitation(RELAY, 8080, code, WINDOW, { address, isPageCode: false })), [
      "First-time guests open http://192.168.1.23:8080/ in any browser.",
    ]);
    assertEquals(lines(invitation(RELAY, 8080, code, WINDOW)), []);
  }
  assertMatch(
    invitation(RELAY, 8080, CODE, WINDOW, { address, isPageCode: true }),
    /this code: it opens the hub's own page/,
  );
  assertEquals(pageForGuests(RELAY, undefined), undefined);
  assertEquals(pageForGuests({ addresses: RELAY.addresses.slice(1) }, 8080), undefined);
});

Deno.test("the banner mentions discovery only if it works", () => {
  assertMatch(banner(RELAY, SITE), /without the link/);
  assert(!banner(RELAY, undefined).includes("without the link"));
});

Deno.test("everything fits 80 columns, except the two lines for scripts", () => {
  const unreachable = RELAY.addresses.map((address) => ({ ...address, reachable: false }));
  const texts = [
    banner(RELAY, SITE),
    invitation(RELAY, 65_535, CODE, WINDOW),
    invitation(RELAY, 65_535, CODE, WINDOW, {
      address: "http://192.168.100.100:65535/",
      isPageCode: true,
    }),
    invitation(RELAY, 65_535, { ...CODE, isWhole: false }, WINDOW),
    invitation(RELAY, 65_535, { text: undefined, needed: WINDOW }, WINDOW),
    invitation({ addresses: unreachable }, 65_535, CODE, WINDOW),
    helpText(),
  ];
  for (const line of texts.join("\n").split("\n")) {
    assert(/^(BLOB|LINK) /.test(line) || line.length <= 80, line);
  }
});

Deno.test("the live line counts guests and rooms in plain English and shows the uptime", () => {
  const line = (guests: number, rooms: number, uptimeSeconds: number) =>
    liveLine({ guests, rooms, uptimeSeconds }, 80);
  assertEquals(line(0, 0, 0.4), "0 guests in 0 rooms · up 0 s · Ctrl-C stops");
  assertEquals(line(1, 1, 65), "1 guest in 1 room · up 1 min 5 s · Ctrl-C stops");
  assertEquals(line(12, 3, 90_061.9), "12 guests in 3 rooms · up 25 h 1 min · Ctrl-C stops");
});

Deno.test("the live line is shorter than any terminal, so that it cannot wrap", () => {
  for (let columns = 0; columns <= 80; columns++) {
    const line = liveLine({ guests: 1024, rooms: 1024, uptimeSeconds: 1e9 }, columns);
    assert(line.length <= Math.max(0, columns - 1), `${columns}: ${line}`);
  }
});

Deno.test("output is complete and in order even if the sink accepts few bytes at a time", async () => {
  const [stdout, stderr] = [new Collector(), new Collector()];
  const out = new Output(stdout, stderr);
  out.print("first line of several\nand the second");
  out.warn("warning: something");
  out.print("last");
  await out.flush();
  assertEquals(stdout.text, "first line of several\nand the second\nlast\n");
  assertEquals(stderr.text, "warning: something\n");
});

Deno.test("printNow() writes at once and completely, but after earlier output", async () => {
  const stdout = new Collector();
  const out = new Output(stdout, new Collector());
  out.printNow("the link, and more than seven bytes");
  assertEquals(stdout.text, "the link, and more than seven bytes\n");
  out.print("a line");
  out.printNow("another link");
  assert(!stdout.text.includes("another"));
  await out.flush();
  assertEquals(stdout.text, "the link, and more than seven bytes\na line\nanother link\n");
});

Deno.test("output that is interrupted continues where it stopped", async () => {
  const stdout = new Collector();
  let refusals = 0;
  const busy = {
    writeSync(bytes: Uint8Array) {
      if (stdout.text.length < 7) return stdout.writeSync(bytes);
      refusals++;
      throw new Deno.errors.WouldBlock("Resource temporarily unavailable");
    },
    write: (bytes: Uint8Array) => stdout.write(bytes),
  };
  const out = new Output(busy, new Collector());
  out.printNow("192.168.1.7 · wlan0");
  assertEquals(refusals, 1);
  await out.flush();
  assertEquals(stdout.text, "192.168.1.7 \xc2\xb7 wlan0\n");
});

Deno.test("a line replaces the live line, which is then drawn again once", async () => {
  const screen = new Collector();
  const out = new Output(screen, screen);
  out.live("one");
  await settled();
  out.live("two");
  await settled();
  out.warn("warning: look");
  out.live("left out, for the warning is not through yet");
  await settled();
  out.live("three");
  await out.flush();
  assertEquals(
    screen.text,
    "\r\x1b[Kone\r\x1b[Ktwo\r\x1b[Kwarning: look\n\r\x1b[Kthree\r\x1b[K",
  );
});

Deno.test("a closed sink gets no more output, but the other one does", async () => {
  let attempts = 0;
  const closed = {
    writeSync: () => 0,
    write() {
      attempts++;
      return Promise.reject(new Deno.errors.BrokenPipe("Broken pipe"));
    },
  };
  const stderr = new Collector();
  const out = new Output(closed, stderr);
  for (let i = 0; i < 10; i++) out.print("line");
  out.warn("warning: still here");
  await out.flush();
  assertEquals(attempts, 1);
  assertEquals(stderr.text, "warning: still here\n");
});

Deno.test("a terminal that accepts nothing costs bounded memory and no waiting", async () => {
  let release = () => {};
  let written = 0;
  const stuck = {
    writeSync: () => 0,
    async write(bytes: Uint8Array) {
      await new Promise<void>((resolve) => release = resolve);
      written += bytes.length;
      stuck.write = (bytes) => Promise.resolve((written += bytes.length, bytes.length));
      return bytes.length;
    },
  };
  const out = new Output(stuck, stuck);
  for (let i = 0; i < 100_000; i++) out.print("0123456789");
  await settled();
  release();
  await out.flush();
  assert(written > 0 && written <= MAX_PENDING_OUTPUT_BYTES, `${written} bytes`);
});

/** Runs everything that waits only for promises. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
