/**
 * Runs the hub from the link to the end of the program: the hub begins to serve, the QR page
 * starts, the code is shown, and the terminal and systemd are kept informed.
 *
 * @module
 */

import { whyNoPort } from "../http/port_refusal.ts";
import {
  COUNTS_LOG_INTERVAL_MS,
  HTTP_PREFERRED_PORTS,
  LIVE_LINE_INTERVAL_MS,
} from "../relaycore/limits.ts";
import { type Hub, openFirst } from "../relaycore/mod.ts";
import { whereItIs } from "./banner.ts";
import { CodeDisplay, windowOf } from "./code_display.ts";
import { collectWhenQuiet } from "./garbage_collection.ts";
import type { Engine, Invite, QrPage } from "./engine.ts";
import type { RunCommand } from "./flags.ts";
import { counts, liveLine } from "./live_line.ts";
import type { Output } from "./output.ts";

/** What hosting works with. */
export interface HostingParts {
  readonly engine: Engine;
  readonly out: Output;
  readonly warn: (sentence: string) => void;
  readonly debug: (sentence: string) => void;
  readonly stopRequested: Promise<void>;
}

/**
 * Runs a hub, whose link is printed already, until the program is asked to stop.
 *
 * @throws what keeps the hub from serving guests. It is stopped by then.
 */
export async function keepHosting(
  hub: Hub,
  command: RunCommand,
  { engine, out, warn, debug, stopRequested }: HostingParts,
): Promise<void> {
  const { callPort, config, httpPort, invite, verbosity } = command;
  let isStopping = false;
  stopRequested.then(() => isStopping = true);
  let call: QrPage | undefined;
  let display: CodeDisplay | undefined;
  const unsubscribe = hub.onChange(() => {
    out.print(whereItIs(hub, command));
    display?.show();
  });
  let page: QrPage | undefined;
  let collectNoMore: (() => void) | undefined;
  let ticker: ReturnType<typeof setInterval> | undefined;
  const { findServiceManager } = await import("../pi/notify.ts");
  using serviceManager = findServiceManager(warn);
  try {
    await Promise.race([hub.ready, stopRequested]);
    serviceManager?.ready(() => ({ text: counts(hub.status()), serving: hub.serving }));
    if (httpPort !== 0 && !isStopping) page = await startPage(engine, hub, httpPort, invite, warn);
    if (page !== undefined) hub.setPagePort(page.port);
    if (callPort !== 0 && !isStopping) {
      const { statePath } = config;
      call = await engine.startCallPage({ hub, page, port: callPort, statePath, warn });
    }
    if (verbosity !== "quiet" && !isStopping) {
      display = new CodeDisplay({
        hub,
        pagePort: page?.port,
        hasCall: call !== undefined,
        invite,
        out,
      });
      await display.show();
      ticker = Deno.stdout.isTerminal() ? showLiveLine(hub, out, display) : logCounts(hub, out);
    }
    collectNoMore = collectWhenQuiet({
      activity: () => ({
        isHubIdle: hub.idle,
        isPageBusy: page?.isBusy === true || call?.isBusy === true,
      }),
      debug,
    });
    await stopRequested;
    if (verbosity !== "quiet") out.print("Stopping: saying goodbye to the guests.");
  } finally {
    serviceManager?.stopping();
    clearInterval(ticker);
    collectNoMore?.();
    unsubscribe();
    await Promise.allSettled([page?.stop(), call?.stop(), hub.stop()]);
  }
}

/** Shows how many guests there are in a line at the bottom of the screen. */
function showLiveLine(
  hub: Hub,
  out: Output,
  display: CodeDisplay,
): ReturnType<typeof setInterval> {
  return setInterval(() => {
    display.showIfResized();
    out.live(liveLine(hub.status(), windowOf().columns));
  }, LIVE_LINE_INTERVAL_MS);
}

/** Writes a line into the log when the number of guests has changed. */
function logCounts(hub: Hub, out: Output): ReturnType<typeof setInterval> {
  let logged = { text: counts({ guests: 0, rooms: 0 }), at: -Infinity };
  return setInterval(() => {
    const text = counts(hub.status());
    const isDue = performance.now() - logged.at >= COUNTS_LOG_INTERVAL_MS;
    if (text === logged.text || !isDue) return;
    logged = { text, at: performance.now() };
    out.print(text);
  }, LIVE_LINE_INTERVAL_MS);
}

/**
 * Starts the QR page. If it cannot start, logs a warning: guests can join without the page. If the
 * default port is taken, other ports are tried.
 */
async function startPage(
  engine: Engine,
  hub: Hub,
  port: number,
  invite: Invite,
  warn: (sentence: string) => void,
): Promise<QrPage | undefined> {
  const ports = port === HTTP_PREFERRED_PORTS[0] ? HTTP_PREFERRED_PORTS : [port];
  try {
    const page = await openFirst(ports, (port) => engine.startQrPage({ hub, port, invite, warn }));
    if (page.port !== port) {
      warn(
        `TCP port ${port} cannot be had, so the QR page is on ${page.port}; --http chooses one.`,
      );
    }
    return page;
  } catch (error) {
    const why = whyNoPort(error, port, "http");
    warn(`There is no QR page, and the hub runs on without it: ${why}.`);
  }
}
