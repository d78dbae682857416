/**
 * What can be read on the wire: everything that guests say to the hub and to each other passes the
 * hub's network card, and none of it is readable there.
 */

import { assert, assertEquals } from "../support/assert.ts";
import { Browser } from "./browser.ts";
import { eventually } from "../support/waiting.ts";
import { HubProcess } from "../support/hub_process.ts";
import { createLan, namespacesAvailable } from "./network.ts";

const CONNECT_MS = 60_000;
const CHROMIUM_FLAGS = [
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
];
/** A second of a call is more. */
const ENOUGH_BYTES = 50_000;

Deno.test({
  name: "Nothing that guests say can be read on the wire: neither frames nor chat",
  ignore: !await namespacesAvailable(),
  async fn() {
    await using lan = await createLan({ guests: 2, clientIsolation: true });
    await using hub = await HubProcess.start(lan);
    const file = `${lan.directory}/wire.pcap`;
    const capture = lan.hub.command("tcpdump", {
      args: ["-U", "-Z", "root", "-s", "0", "-w", file, "-i", "wlan0", "udp"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const captured = async () => {
      const bytes = await Deno.readFile(file);
      return { bytes: bytes.length, text: new TextDecoder("latin1").decode(bytes) };
    };

    const callers = [];
    await using stack = new AsyncDisposableStack();
    for (const host of lan.guests) {
      const browser = stack.use(
        await Browser.start(lan, host, "chromium", { flags: CHROMIUM_FLAGS }),
      );
      const guest = await browser.openTab();
      await guest.dial(hub.link);
      await guest.join("readable-room-name");
      // The first tab of this browser.
      const page = (method: string, ...args: unknown[]) =>
        browser.call({ call: "guest", tab: 0, method, args });
      await page("startCall", hub.link, guest.id);
      callers.push({ guest, page });
    }
    const [one, two] = callers;
    await one.guest.to(two.guest.id, { k: "readable-frame" });
    await eventually("chat through the relay", CONNECT_MS, async () => {
      await one.page("say", "readable-chat");
      const { links } = await two.page("callReport") as {
        links: { framesDecoded: number; texts: string[] }[];
      };
      return links.some(({ framesDecoded, texts }) =>
        framesDecoded > 30 && texts.some((text) => text.includes("readable-chat"))
      ) || undefined;
    });

    // What is sent in the clear is found, so what is not found was not.
    await lan.guests[0].command(Deno.execPath(), {
      args: [
        "eval",
        `const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
         await socket.send(new TextEncoder().encode("readable-control"),
           { transport: "udp", hostname: "${lan.hub.address}", port: 4711 });`,
      ],
    }).output();
    const wire = await eventually("the control datagram", 10_000, async () => {
      const wire = await captured();
      return wire.text.includes("readable-control") ? wire : undefined;
    });
    capture.kill("SIGTERM");
    await capture.status;
    console.log(`  ${wire.bytes} bytes were captured`);
    assert(wire.bytes > ENOUGH_BYTES, `${wire.bytes} bytes`);
    // Whole words of this test: the byte after one may be a letter by chance.
    const readable = /readable-(?:room-name|frame|chat|control)/g;
    assertEquals(wire.text.match(readable), ["readable-control"]);
    // Offers and answers, and who is in a room, are frames too.
    for (const word of ["a=candidate", "present", `"peers"`]) {
      assert(!wire.text.includes(word), word);
    }
  },
});
