/**
 * The QR page on phones that have nothing: it says whether they reach the hub, and lets them in. The
 * way through the browser's warning is in `call_page_test.ts`.
 */

import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { Browser, type BrowserKind } from "./browser.ts";
import { eventually } from "../support/waiting.ts";
import { HubProcess } from "../support/hub_process.ts";
import { createLan, type Host, namespacesAvailable } from "./network.ts";

/** A browser gives up its own check after 8 s, and the hub looks after 15 s. */
const UNREACHED_MS = 60_000;

/** A page in a browser. */
class Door {
  private constructor(private readonly browser: Browser, private readonly tab: number) {}

  static async open(browser: Browser, url: string): Promise<Door> {
    return new Door(browser, await browser.call({ call: "visit", url, stay: true }) as number);
  }

  evaluate<T>(code: string): Promise<T> {
    return this.browser.call({ call: "evaluate", tab: this.tab, code }) as Promise<T>;
  }

  /** Waits until the page has said whether this device reaches the hub. */
  async reach(): Promise<{ state: string; text: string }> {
    return await eventually("what the page says of the hub", UNREACHED_MS, async () => {
      const state = await this.evaluate<string | null>(
        "return document.getElementById('reach').dataset.state ?? null",
      );
      if (state === null || state === "checking") return undefined;
      return {
        state,
        text: await this.evaluate("return document.getElementById('reach').innerText"),
      };
    });
  }
}

/** Keeps all UDP that this host sends from leaving it, as a firewall does, or lets it again. */
async function blockUdp(host: Host, how: "add" | "del"): Promise<void> {
  const { success, stderr } = await host.command("ip", {
    args: ["rule", how, "priority", "1", "ipproto", "udp", "blackhole"],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}

const inLan = await namespacesAvailable();

for (const kind of ["chromium", "firefox"] satisfies BrowserKind[]) {
  Deno.test(`${kind} is told at the door that it reaches the hub, and is no guest afterwards`, async () => {
    await using lan = await createLan({ guests: 1, clientIsolation: true });
    await using hub = await HubProcess.start(lan);
    await using browser = await Browser.start(lan, lan.guests[0], kind);
    const door = await Door.open(browser, `http://${lan.hub.address}:8080/`);
    const { state, text } = await door.reach();
    assertEquals(state, "reached");
    assertMatch(text, /\(\d+ ms\)/);
    await eventually("the guest that checked has gone", 60_000, async () => {
      const { body } = await browser.fetch(`http://${lan.hub.address}:8080/status`);
      return JSON.parse(body).guests === 0 ? true : undefined;
    });
    assert(!hub.output.includes("nothing came from it"), hub.output);
  });

  Deno.test({
    name:
      `${kind} without UDP is told so at the door, the host once in the terminal, and both see it mended`,
    ignore: !inLan,
    async fn() {
      await using lan = await createLan({ guests: 1, clientIsolation: true });
      await using hub = await HubProcess.start(lan);
      await blockUdp(lan.guests[0], "add");
      await using browser = await Browser.start(lan, lan.guests[0], kind);
      const door = await Door.open(browser, `http://${lan.hub.address}:8080/`);
      const { state, text } = await door.reach();
      assertEquals(state, "unreached");
      assertMatch(text, /UDP/);
      await eventually("the hub's word for the host", UNREACHED_MS, () => {
        return hub.output.includes("nothing came from it on UDP port") ? true : undefined;
      });
      assertEquals(hub.output.match(/nothing came from it/g)?.length, 1);
      assertMatch(hub.output, new RegExp(`A browser at ${lan.guests[0].address} `));
      await blockUdp(lan.guests[0], "del");
      await eventually("that the page sees it mended", UNREACHED_MS, async () => {
        return (await door.reach()).state === "reached" ? true : undefined;
      });
    },
  });
}
