/**
 * The hub by its names: what other hosts of the network find, with the resolvers they really use, and
 * what becomes of a name when two hubs want it.
 */

import { VERSION } from "../../relaycore/mod.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { Avahi } from "./avahi.ts";
import { Browser } from "./browser.ts";
import { eventually } from "../support/waiting.ts";
import { HubProcess } from "../support/hub_process.ts";
import { Program } from "../support/program.ts";
import { outputOf, scriptOutput } from "./host_programs.ts";
import { createLan, type Host, namespacesAvailable } from "./network.ts";

/** Probing, announcing and the resolvers' own patience. */
const SETTLE_MS = 15_000;
const WELL_KNOWN_NAME = /kbz-[a-z0-9]{1,8}\.local/;

const inLan = await namespacesAvailable();
if (!inLan) console.log("Names need a network: test/lan/names_test.ts is skipped.");

Deno.test({
  name:
    "avahi and dig on other hosts find the hub by name and by browsing, beside the host's avahi",
  ignore: !inLan,
  async fn() {
    await using lan = await createLan({ guests: 2 });
    const [neighbour, plain] = lan.guests;
    await using own = await Avahi.start(lan.hub, lan.directory);
    await using other = await Avahi.start(neighbour, lan.directory);
    await using hub = await HubProcess.start(lan);
    const name = hubName(hub);
    await hub.untilLink((link) => link.includes(`${own.name}~`), SETTLE_MS);
    const names = hub.blob.split("|").filter((field) => field.includes(".local~"));
    assertEquals(names, [`${own.name}~4711`, `${name}~4711`], "the names stand last in the blob");
    assert(hub.blob.endsWith(names.join("|")));

    const resolved = await eventually("the name", SETTLE_MS, () => resolve(other, name));
    assertEquals(resolved, lan.hub.address);
    const hubs = await eventually("the hub in a browse", SETTLE_MS, async () => {
      const found = await browse(other, "_kibitz._udp");
      return found.length > 0 ? found : undefined;
    });
    assertEquals(hubs.map(({ host, address, port }) => ({ host, address, port })), [
      { host: name, address: lan.hub.address, port: "4711" },
    ]);
    assertMatch(hubs[0].instance, /^Kibitz Offline/);
    assertStringIncludes(hubs[0].txt, `"version=${VERSION}"`);
    assertStringIncludes(hubs[0].txt, `"discovery=1"`);
    const [page] = await browse(other, "_http._tcp");
    assertEquals([page.address, page.port], [lan.hub.address, "8080"]);

    assertEquals(await ask(plain, name), lan.hub.address, "from any port");

    // Both responders of the hub's host still serve: each other's programs, and other hosts.
    assertEquals(await resolve(own, name), lan.hub.address, "on the hub's own host");
    assertEquals(await resolve(other, own.name), lan.hub.address, "the host's avahi");
    assertEquals(await resolve(own, other.name), neighbour.address, "the other host, from there");

    assertEquals((await hub.stop()).code, 0);
    // Records that were said goodbye to stay in caches for one second (RFC 6762 §10.1).
    await eventually("its disappearance", 5_000, async () => {
      return (await browse(other, "_kibitz._udp")).length === 0 || undefined;
    });
    assertEquals(await resolve(other, own.name), lan.hub.address, "avahi is still there");
  },
});

Deno.test({
  name:
    "of two hubs on one network the later one goes without the name, says so, and takes it over",
  ignore: !inLan,
  async fn() {
    await using lan = await createLan({ guests: 2 });
    const [second, plain] = lan.guests;
    await using first = await HubProcess.start(lan);
    const name = hubName(first);
    await eventually("the name", SETTLE_MS, () => ask(plain, name));
    assertMatch(
      await outputOf(plain, "dig", `@${lan.hub.address}`, "-p", "5353", "+time=2", name, "A"),
      new RegExp(`^${name}\\.\\s+10\\s+IN\\s+A\\s+192\\.168\\.77\\.1$`, "m"),
      "dig, which asks the hub itself",
    );
    await using later = await HubProcess.start({ ...lan, hub: second }, {
      state: `${lan.directory}/later/relay-state.json`,
    });
    const link = await later.untilLink((link) => !link.includes(name), SETTLE_MS);
    assertStringIncludes(link, `${second.address}~4711`);
    const sentence = /^warning: Another hub is already on this network.*$/m.exec(later.output)?.[0];
    assertStringIncludes(sentence ?? later.output, `at ${lan.hub.address}`);
    assertEquals(await ask(plain, name), lan.hub.address);
    assertStringIncludes(first.blob, name);
    assert(!first.output.includes("Another hub"), "the first one keeps what it has");

    // Both are hubs all the same.
    await using browser = await Browser.start(lan, plain, "chromium");
    const guests = [await browser.join(first.link), await browser.join(later.link)];
    for (const guest of guests) assertEquals(await guest.peers(), [guest.id]);

    assertEquals((await first.stop()).code, 0);
    await later.untilLink((link) => link.includes(name), SETTLE_MS);
    await eventually("the name at its new place", SETTLE_MS, async () => {
      return await ask(plain, name) === second.address || undefined;
    });
  },
});

Deno.test({
  name: "the name is answered again after the network card was replaced within one look",
  ignore: !inLan,
  async fn() {
    await using lan = await createLan({ guests: 1 });
    const [guest] = lan.guests;
    await using hub = await HubProcess.start(lan);
    const name = hubName(hub);
    await eventually("the name", SETTLE_MS, () => ask(guest, name));
    const { blob } = hub;
    await lan.hub.replaceCard();
    await eventually("the name with the new card", 2 * SETTLE_MS, () => ask(guest, name));
    assertEquals(hub.blob, blob, "nothing else has changed");
  },
});

Deno.test({
  name: "Chromium joins by the hub's name alone, also after the hub's address has changed",
  ignore: !inLan,
  async fn() {
    await using lan = await createLan({ guests: 1 });
    const [guest] = lan.guests;
    await using hub = await HubProcess.start(lan);
    const printed = onlyName(hub);
    await eventually("the name", SETTLE_MS, () => ask(guest, hubName(hub)));
    assert(!/\d+\.\d+\.\d+\.\d+~/.test(printed), printed);
    await using browser = await Browser.start(lan, guest, "chromium");
    const before = await browser.join(printed, "cabin");
    assertEquals(await before.peers(), [before.id]);
    await before.leave();

    await lan.hub.removeAddress("192.168.77.1/24");
    await lan.hub.addAddress("192.168.77.99/24");
    await eventually("the name at its new address", SETTLE_MS, async () => {
      return await ask(guest, hubName(hub)) === "192.168.77.99" || undefined;
    });
    const after = await browser.join(printed, "cabin");
    assertEquals(await after.peers(), [after.id]);
  },
});

Deno.test({
  name: "where another program keeps port 5353 to itself, the hub says so once and has no name",
  ignore: !inLan,
  async fn() {
    await using lan = await createLan({ guests: 1 });
    const source = "Deno.listenDatagram({ transport: 'udp', hostname: '0.0.0.0', port: 5353 });" +
      "console.log('held'); setInterval(() => {}, 1000);";
    const keep = [Deno.execPath(), "eval", "--unstable-net", source];
    await using keeper = new Program(keep, { on: lan.hub });
    await keeper.line();
    await using hub = await HubProcess.start(lan);
    assert(!hub.link.includes(".local"), hub.link);
    assertStringIncludes(hub.link, `${lan.hub.address}~4711`);
    const sentences = hub.output.match(/^warning: The hub has no name on the network.*$/gm);
    assertEquals(sentences?.length, 1, hub.output);
    assertEquals((await hub.stop()).code, 0);
  },
});

/** The hub's own name, as its blob has it. */
function hubName(hub: HubProcess): string {
  return WELL_KNOWN_NAME.exec(hub.blob)?.[0] ?? "";
}

/** The hub's link with its own name as the only endpoint: what is left of a code on the wall. */
function onlyName(hub: HubProcess): string {
  const fields = hub.blob.split("|");
  const blob = fields.filter((field) => !field.includes("~") || WELL_KNOWN_NAME.test(field));
  return hub.link.replace(/galaxy=.*/, `galaxy=${blob.join("|")}`);
}

/** What avahi on a host resolves a name to; undefined if to nothing. */
async function resolve({ host }: Avahi, name: string): Promise<string | undefined> {
  const output = await outputOf(host, "avahi-resolve", "-4", "--name", name);
  return /\t(\S+)/.exec(output)?.[1];
}

/** What a host finds that browses for a service. */
async function browse({ host }: Avahi, service: string) {
  const output = await outputOf(
    ...[host, "avahi-browse", "--resolve", "--parsable", "--terminate", service] as const,
  );
  return output.split("\n").filter((line) => line.startsWith("=;")).map((line) => {
    const [, , , instance, , , host, address, port, txt] = line.split(";");
    return {
      instance: instance.replace(/\\(\d{3})/g, (_, code) => String.fromCharCode(code)),
      host,
      address,
      port,
      txt,
    };
  });
}

/** What a host learns that has no responder and asks from any port. */
async function ask(host: Host, name: string): Promise<string | undefined> {
  const text = await scriptOutput(host, "test/lan/mdns_question.ts", host.address, name);
  return text.trim() || undefined;
}
