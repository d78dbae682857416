/**
 * The hub calls nobody: on a network with a way out, and with a resolver to ask, no packet leaves the
 * LAN and no name is asked of anybody, from the start to the stop of a full session.
 */

import { assertEquals, assertMatch } from "../assert.ts";
import { Browser } from "./browser.ts";
import { HubProcess } from "../support/hub_process.ts";
import { denoCommand, Program } from "../support/program.ts";
import { succeed } from "./host_programs.ts";
import { createLan, type Host, namespacesAvailable } from "./network.ts";

/** The way out: a router that writes down what it is to carry. */
const ROUTER = "192.168.77.254";
/** Addresses that are nobody's (RFC 5737). */
const RESOLVER = "203.0.113.53";
const STRANGER = "203.0.113.9";
const SETTLE_MS = 15_000;

const inLan = await namespacesAvailable();
if (!inLan) console.log("This needs a network of its own: test/lan/calls_home_test.ts is skipped.");

Deno.test({
  name: "From start to stop the hub sends nothing off the LAN and asks no name of anybody",
  ignore: !inLan,
  async fn() {
    await using lan = await createLan({ guests: ["192.168.77.11/24", `${ROUTER}/24`] });
    const [guest, router] = lan.guests;
    await succeed(lan.hub, "ip", "route", "add", "default", "via", ROUTER);
    await using _resolver = await giveResolver(lan.hub);
    await using recorder = new Recorder(router, lan.hub.address);

    // What the recorder would see: a packet to a stranger, and a name that is looked up.
    await recorder.sees(/listening on/);
    await lan.hub.command("bash", { args: ["-c", `echo > /dev/udp/${STRANGER}/9`] }).output();
    await recorder.sees(new RegExp(`> ${STRANGER}\\.9:`));
    await lan.hub.command(Deno.execPath(), {
      args: ["eval", "await Deno.resolveDns('kibitz.chat', 'A').catch(() => {})"],
    }).spawn().status;
    await recorder.sees(new RegExp(`> ${RESOLVER}\\.53:`));
    recorder.forget();

    for (const flags of [[], ["--no-fixed-id"]]) {
      await using hub = await HubProcess.start(lan, { flags });
      await using chromium = await Browser.start(lan, guest, "chromium");
      const one = await chromium.join(hub.link, "cabin");
      const other = await chromium.join(hub.link, "cabin");
      await one.to(other.id, "hello");
      assertEquals((await other.next()).payload, "hello");
      const page = await chromium.fetch(`http://${lan.hub.address}:8080/`);
      assertEquals(page.status, 200);
      if (flags.length === 0) {
        const script = denoCommand("test/lan/relayed_address.ts", guest.address, lan.hub.address);
        const [program, ...args] = script;
        await succeed(guest, program, ...args);
      }
      await lan.hub.addAddress("10.77.0.1/24");
      await hub.untilLink((link) => link.includes("10.77.0.1~"), SETTLE_MS);
      await lan.hub.removeAddress("10.77.0.1/24");
      await hub.untilLink((link) => !link.includes("10.77.0.1~"), SETTLE_MS);
      assertEquals((await hub.stop()).code, 0);
    }

    // What comes after everything else shows that the recorder was there all the time.
    await lan.hub.command("bash", { args: ["-c", `echo > /dev/udp/${STRANGER}/7`] }).output();
    await recorder.sees(new RegExp(`> ${STRANGER}\\.7:`));
    const lines = recorder.lines.filter((line) => line.includes(" > "));
    assertEquals(lines.length, 1, lines.join("\n"));
    assertMatch(lines[0], new RegExp(`> ${STRANGER}\\.7:`));
  },
});

/** Makes programs on a host ask a resolver on the other side of the router. */
async function giveResolver({ namespace }: Host): Promise<AsyncDisposable> {
  const directory = `/etc/netns/${namespace}`;
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(
    `${directory}/resolv.conf`,
    `nameserver ${RESOLVER}\noptions timeout:1\n`,
  );
  return { [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }) };
}

/** Writes down what a host is given to carry for another one: all that is not for the LAN. */
class Recorder implements AsyncDisposable {
  readonly #tcpdump: Program;
  #forgotten = 0;

  constructor(host: Host, source: string) {
    const filter = `src host ${source} and (port 53 or not dst net 192.168.77.0/24) ` +
      "and not dst net 224.0.0.0/24 and not arp";
    const command = ["tcpdump", "-n", "-l", "--immediate-mode", "-i", "wlan0", filter];
    this.#tcpdump = new Program(command, { on: host });
  }

  /** What it has written since the start, or since it forgot. */
  get lines(): readonly string[] {
    return this.#tcpdump.lines.slice(this.#forgotten);
  }

  /** Waits until it has written such a line. */
  async sees(pattern: RegExp): Promise<void> {
    await this.#tcpdump.printed(() => this.lines.some((line) => pattern.test(line)), SETTLE_MS);
  }

  forget(): void {
    this.#forgotten = this.#tcpdump.lines.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tcpdump.stop();
  }
}
