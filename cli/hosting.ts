/**
 * What happens between the link and the end of the program: the hub begins to serve, the QR page
 * starts, the code is shown, and the terminal and systemd are kept informed.
 *
 * @module
 */

import { COUNTS_LOG_INTERVAL_MS, LIVE_LINE_INTERVAL_MS } from "../relaycore/limits.ts";
import { type Hub, reasonOf } from "../relaycore/mod.ts";
import { banner, machineLines } from "./banner.ts";
import type { Engine, Invite, QrPage } from "./engine.ts";
import type { Command, Verbosity } from "./flags.ts";
import { invitation, pageForGuests } from "./invitation.ts";
import { counts, liveLine } from "./live_line.ts";
import type { Output } from "./output.ts";

/** What hosting works with. */
export interface HostingParts {
  readonly engine: Engine;
  readonly out: Output;
  readonly warn: (sentence: string) => void;
  readonly stopRequested: Promise<void>;
}

/**
 * Runs a hub, whose link is printed already, until the program is asked to stop.
 *
 * @throws what keeps the hub from serving guests. It is stopped by then.
 */
export async function keepHosting(
  hub: Hub,
  { callPort, config, httpPort, invite, verbosity }: Command & { kind: "run" },
  { engine, out, warn, stopRequested }: HostingParts,
): Promise<void> {
  const screen = Deno.stdout.isTerminal();
  // Serial consoles say that they are 0 columns wide.
  const columns = () => (screen && Deno.consoleSize().columns) || 80;
  let page: QrPage | undefined;
  let call: QrPage | undefined;
  const showCode = async () => {
    if (verbosity === "quiet") return;
    const { qrTerminal } = await import("../http/qr.ts");
    const shownPage = call === undefined ? undefined : pageForGuests(hub, page?.port);
    const isPage = invite === "page" && shownPage !== undefined;
    const qr = qrTerminal(isPage ? shownPage : hub.link, {
      columns: columns(),
      color: screen && !Deno.noColor,
    });
    out.print(invitation(hub, page?.port, qr, shownPage, isPage));
  };
  let mayShowCode = false; // the link may change before it is shown
  const unsubscribe = hub.onChange(() => {
    out.print(whereItIs(hub, verbosity));
    if (mayShowCode) showCode();
  });
  let ticker: ReturnType<typeof setInterval> | undefined;
  await keepDenoQuiet();
  const { findServiceManager } = await import("../pi/notify.ts");
  using serviceManager = findServiceManager(warn);
  try {
    await Promise.race([hub.ready, stopRequested]);
    serviceManager?.ready(() => counts(hub.status()));
    if (httpPort !== 0) {
      page = await startPage(engine, hub, httpPort, invite, warn);
    }
    if (page !== undefined) hub.setPagePort(page.port);
    if (callPort !== 0) {
      const { statePath } = config;
      call = await engine.startCallPage({
        hub,
        page,
        port: callPort,
        statePath,
        warn,
      });
    }
    mayShowCode = true;
    await showCode();
    if (verbosity !== "quiet") {
      ticker = showCounts(hub, out, screen ? columns : undefined);
    }
    await stopRequested;
    if (verbosity !== "quiet") {
      out.print("Stopping: saying goodbye to the guests.");
    }
  } finally {
    serviceManager?.stopping();
    clearInterval(ticker);
    unsubscribe();
    await Promise.allSettled([page?.stop(), call?.stop(), hub.stop()]);
  }
}

/** Where guests find the hub: as much of it as is wanted. */
export function whereItIs(hub: Hub, verbosity: Verbosity): string {
  return verbosity === "quiet" ? machineLines(hub) : banner(hub, hub.status().discovery);
}

/**
 * Shows how many guests there are: in a line that is rewritten every second, or in a log a new line
 * when the number has changed.
 *
 * @param columns the width of the terminal, undefined for a log.
 */
function showCounts(
  hub: Hub,
  out: Output,
  columns: (() => number) | undefined,
): ReturnType<typeof setInterval> {
  let shown = { text: counts({ guests: 0, rooms: 0 }), at: -Infinity };
  return setInterval(() => {
    const status = hub.status();
    if (columns !== undefined) return out.live(liveLine(status, columns()));
    const text = counts(status);
    if (
      text === shown.text ||
      performance.now() - shown.at < COUNTS_LOG_INTERVAL_MS
    ) return;
    shown = { text, at: performance.now() };
    out.print(text);
  }, LIVE_LINE_INTERVAL_MS);
}

/** The QR page, or a warning why there is none: guests can join without it. */
async function startPage(
  engine: Engine,
  hub: Hub,
  port: number,
  invite: Invite,
  warn: (sentence: string) => void,
): Promise<QrPage | undefined> {
  try {
    return await engine.startQrPage({ hub, port, invite, warn });
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse
      ? `another program holds TCP port ${port}; choose another one with --http ${
        port < 65_535 ? port + 1 : port - 1
      }`
      : reasonOf(error);
    warn(
      `There is no QR page, and the hub runs on without it: ${why.replace(/\.$/, "")}.`,
    );
  }
}

/** Deno 2.4 prints a deprecation warning for its own `createHmac`. A host cannot do anything about it. */
async function keepDenoQuiet(): Promise<void> {
  const { default: process } = await import("node:process");
  process.noDeprecation = true;
}
