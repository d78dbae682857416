/**
 * A stranger on the Wi-Fi sends datagrams from the addresses of guests. Whoever is in stays in, and
 * nobody is sent more than was sent in their name.
 */

import { assert, assertEquals } from "../assert.ts";
import { Browser, type BrowserKind, type Guest } from "./browser.ts";
import { eventually, pause } from "../support/waiting.ts";
import { HubProcess } from "../support/hub_process.ts";
import { denoCommand, Program } from "../support/program.ts";
import { createLan, type Host, type Lan, namespacesAvailable } from "./network.ts";

/** A port that no guest uses. */
const UNUSED_PORT = 5555;
const REDIRECT_SECONDS = 6;
/** Long enough for what the hub repeats after 400 ms and after 800 ms more. */
const REPETITIONS_MS = 2000;

const inLan = await namespacesAvailable();
if (!inLan) console.log("Forging takes a LAN: test/lan/forgery_test.ts is skipped.");

/** Lets Mallory loose, from a host of her own. @returns what she says when she is done. */
async function mallory(
  lan: Lan,
  hub: HubProcess,
  attack: "replace" | "redirect",
  victim: string,
  ...more: string[]
): Promise<Record<string, number>> {
  const host = lan.guests[2];
  const [, ufrag, pwd] = hub.blob.split("|");
  const args = [ufrag, pwd, attack, host.address, victim, ...more];
  await using program = new Program(denoCommand("test/lan/mallory.ts", ...args), { on: host });
  return JSON.parse(await program.line());
}

/** Where a guest's datagrams come from, as the hub sees it. */
async function addressOf(guest: Guest, host: Host): Promise<string> {
  const pair = await guest.selectedPair();
  assert(pair !== null, "the guest has no pair");
  return `${host.address}:${pair.localPort}`;
}

for (const kind of ["chromium", "firefox"] satisfies BrowserKind[]) {
  Deno.test({
    name: `${kind}: a stranger throws out nobody, redirects nobody and makes the hub flood nobody`,
    ignore: !inLan,
    async fn() {
      await using lan = await createLan({ guests: 3 });
      await using hub = await HubProcess.start(lan);
      await using browser = await Browser.start(lan, lan.guests[0], kind);
      const guest = await browser.join(hub.link, "cabin");
      const victim = await addressOf(guest, lan.guests[0]);

      await mallory(lan, hub, "replace", victim);
      assertEquals(await guest.peers(), [guest.id], "replaced by a stranger");

      let echoes = 0;
      const redirecting = mallory(lan, hub, "redirect", victim, String(REDIRECT_SECONDS));
      const deadline = performance.now() + REDIRECT_SECONDS * 1000;
      while (performance.now() < deadline) {
        assertEquals(await guest.echo(echoes), echoes);
        echoes++;
      }
      const { checks } = await redirecting;
      console.log(`  ${echoes} echoes during ${checks} forged checks`);
      assert(checks > 20, `only ${checks} checks were sent`);
      assertEquals(await guest.peers(), [guest.id], "redirected by a stranger");

      const [, other] = lan.guests;
      const command = denoCommand("test/lan/udp_sink.ts", other.address, String(UNUSED_PORT));
      await using sink = new Program(command, { on: other });
      await sink.line();
      const { bytes } = await mallory(lan, hub, "replace", `${other.address}:${UNUSED_PORT}`);
      const received = () => Number(sink.lines.at(-1)) || 0;
      await eventually("the answer to the forged check", 5000, () => received() || undefined);
      // That no more comes can be seen only by waiting as long as it could come.
      await pause(REPETITIONS_MS);
      console.log(
        `  ${received()} bytes were sent to a host that never spoke, for ${bytes} forged`,
      );
      assert(received() <= bytes);
    },
  });
}
