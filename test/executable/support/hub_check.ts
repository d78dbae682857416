/**
 * What a person expects of the file that they downloaded, from the start to Ctrl-C: one
 * conversation for all systems. For tests, and for the smoke test of a release.
 *
 * @module
 */

import https from "node:https";
import { text } from "node:stream/consumers";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../support/assert.ts";
import { Guest } from "../../support/guest.ts";
import { freeTcpPort, freeUdpPort } from "../../support/ports.ts";
import { Program } from "../../support/program.ts";

/** Times that were measured on the way, in milliseconds. */
export interface Measured {
  readonly startToLink: number;
  /** From a guest's offer to its id: the first guest, and the second. */
  readonly joins: readonly [first: number, second: number];
}

/**
 * Starts a hub with an identity of its own and checks that it does what it is for: its version and
 * its licences, both pages, two guests in a room, a goodbye at Ctrl-C, and the same identity and both
 * pages after the next start, after which it takes as little memory as it can.
 *
 * @param program what to run, with the first arguments.
 * @param options `cwd`: an empty folder; `env`: added variables; `statePath`: the path of the state
 *   file as the program understands it; `giveUpMs`: for a slow computer.
 */
export async function checkHub(
  program: readonly string[],
  options: {
    readonly cwd: string;
    readonly env?: Record<string, string>;
    readonly statePath?: string;
    readonly giveUpMs?: number;
  },
): Promise<Measured> {
  await using version = new Program([...program, "--version"], options);
  assertEquals(await version.ended(), 0, version.stderr);
  assertMatch(version.stdout, /^Kibitz Offline \d+\.\d+\.\d+\r?\n$/);
  await using licences = new Program([...program, "--licenses"], options);
  assertEquals(await licences.ended(), 0);
  for (const name of ["werift", "qrcode", "V8"]) assertStringIncludes(licences.stdout, name);

  const [pagePort, callPort] = [freeTcpPort(), freeTcpPort()];
  const flags = [
    ...["--no-fixed-id", "--port", `${freeUdpPort()}`, "--http", `${pagePort}`],
    ...["--call", `${callPort}`],
    // The hub shows a code where it has an address that others could reach; that one leads nowhere.
    ...["--advertise", "127.0.0.1", "--advertise", "192.0.2.1"],
    ...["--state", options.statePath ?? "relay-state.json"],
  ];
  const started = performance.now();
  await using hub = new Program([...program, ...flags], options);
  await hub.printed(({ stdout }) => /^LINK \S+\s/m.test(stdout));
  const startToLink = performance.now() - started;
  await hub.printed(({ stdout }) => stdout.includes("tap Allow"));
  const link = linkOf(hub);
  assertMatch(hub.stdout, /[█▀▄]{20}/, "the code for the screen");

  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${pagePort}${path}`);
    const text = await response.text();
    assertEquals(response.status, 200, path);
    return text;
  };
  assertEquals((await get("/healthz")).trim(), "ok");
  assertEquals(await get("/link"), `${link}\n`);
  assertStringIncludes(await get("/"), link.replaceAll("&", "&amp;"));
  assertStringIncludes(await get("/qr.svg"), "<svg");
  assert((await get("/call/door.js")).includes("RTCPeerConnection"), "made from TypeScript");
  await checkCallPage(callPort);

  const first = await Guest.join(link);
  const second = await Guest.join(link);
  assert(first.id !== second.id, "two guests, two ids");
  const joins = [first.offerToIdMs, second.offerToIdMs] as const;

  await stop(hub);
  if (CAN_INTERRUPT) {
    assertStringIncludes(hub.stdout, "goodbye");
    for (const guest of [first, second]) await guest.untilClosed(10_000);
  }

  await using again = new Program([...program, ...flags, "--verbose"], options);
  await again.printed(({ stdout }) => stdout.includes("tap Allow"));
  // The media relay's password is a new one at every start; all the rest stays.
  const lasting = (link: string) => decodeURIComponent(link).split("|").slice(0, 4);
  assertEquals(lasting(linkOf(again)), lasting(link), "the identity is kept");
  assert(!again.stderr.includes("no call page"), again.stderr);
  await checkCallPage(callPort);
  await again.printed(({ stdout }) => stdout.includes("Garbage was collected"));
  await stop(again);
  return { startToLink, joins };
}

/** Loads the call page over HTTPS, as a browser does whose user clicked the warning away. */
async function checkCallPage(port: number): Promise<void> {
  const get = (path: string) =>
    new Promise<string>((resolve, reject) => {
      const options = { host: "127.0.0.1", port, path, rejectUnauthorized: false, agent: false };
      https.get(options, async (response) => {
        try {
          assertEquals(response.statusCode, 200, path);
          resolve(await text(response));
        } catch (error) {
          reject(error);
        }
      }).on("error", reject);
    });
  assertStringIncludes(await get("/"), "/call/main.js");
  assertStringIncludes(await get("/call/main.js"), "RTCPeerConnection");
}

/** On Windows nobody but the person at the keyboard can send Ctrl-C to a program. */
const CAN_INTERRUPT = Deno.build.os !== "windows";

/** Stops a hub as Ctrl-C does, where that is possible. */
async function stop(hub: Program): Promise<void> {
  hub.signal(CAN_INTERRUPT ? "SIGINT" : "SIGKILL");
  const code = await hub.ended();
  if (CAN_INTERRUPT) assertEquals(code, 0, hub.stderr);
}

/** One line about what was measured. */
export function describe({ startToLink, joins: [first, second] }: Measured): string {
  const ms = (value: number) => `${Math.round(value)} ms`;
  return `start to LINK ${ms(startToLink)}, first join ${ms(first)}, second ${ms(second)}`;
}

function linkOf({ stdout }: Program): string {
  return /^LINK (\S+)/m.exec(stdout)![1];
}
