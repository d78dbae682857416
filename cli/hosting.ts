/**
 * What happens between the link and the end of the program: the hub begins to serve, the QR page
 * starts, the code is shown, and the terminal and systemd are kept informed.
 *
 * @module
 */

import {
  COUNTS_LOG_INTERVAL_MS,
  HTTP_PREFERRED_PORTS,
  LIVE_LINE_INTERVAL_MS,
} from "../relaycore/limits.ts";
import { type Hub, openFirst, reasonOf } from "../relaycore/mod.ts";
import { banner, machineLines } from "./banner.ts";
import type { Engine, Invite, QrPage } from "./engine.ts";
import type { RunCommand } from "./flags.ts";
import { invitation, pageForGuests } from "./invitation.ts";
import { counts, liveLine } from "./live_line.ts";
import type { Output } from "./output.ts";
import { type DrawCode, fitCode, type TerminalWindow } from "./terminal_code.ts";

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
  command: RunCommand,
  { engine, out, warn, stopRequested }: HostingParts,
): Promise<void> {
  const { callPort, config, httpPort, invite, verbosity } = command;
  const screen = Deno.stdout.isTerminal();
  let page: QrPage | undefined;
  let call: QrPage | undefined;
  let window = windowOf(screen);
  let isCodeShown = false;
  const showCode = async () => {
    window = windowOf(screen);
    const { qrTerminal } = await import("../http/qr.ts");
    const color = screen && !Deno.noColor;
    const draw: DrawCode = (link, columns) => qrTerminal(link, { columns, color });
    const address = call === undefined ? undefined : pageForGuests(hub, page?.port);
    const isPageCode = invite === "page" && address !== undefined;
    const code = fitCode(isPageCode ? address : hub.link, hub.addresses, window, draw);
    isCodeShown = code.text !== undefined;
    out.print(invitation(hub, page?.port, code, window, { address, isPageCode }));
  };
  let mayShowCode = false; // the link may change before it is shown
  const unsubscribe = hub.onChange(() => {
    out.print(whereItIs(hub, command));
    if (mayShowCode) showCode();
  });
  let ticker: ReturnType<typeof setInterval> | undefined;
  await keepDenoQuiet();
  const { findServiceManager } = await import("../pi/notify.ts");
  using serviceManager = findServiceManager(warn);
  try {
    await Promise.race([hub.ready, stopRequested]);
    serviceManager?.ready(() => {
      const status = hub.status();
      return { text: counts(status), serving: status.serving };
    });
    if (httpPort !== 0) page = await startPage(engine, hub, httpPort, invite, warn);
    if (page !== undefined) hub.setPagePort(page.port);
    if (callPort !== 0) {
      const { statePath } = config;
      call = await engine.startCallPage({ hub, page, port: callPort, statePath, warn });
    }
    if (verbosity !== "quiet") {
      mayShowCode = true;
      await showCode();
      ticker = showCounts(hub, out, screen, () => {
        const { columns, rows } = windowOf(screen);
        const isResized = columns !== window.columns || rows !== window.rows;
        if (isResized && !isCodeShown) showCode();
      });
    }
    await stopRequested;
    if (verbosity !== "quiet") out.print("Stopping: saying goodbye to the guests.");
  } finally {
    serviceManager?.stopping();
    clearInterval(ticker);
    unsubscribe();
    await Promise.allSettled([page?.stop(), call?.stop(), hub.stop()]);
  }
}

/** How much there is of the terminal for the code: the live line has the last row. */
function windowOf(screen: boolean): TerminalWindow {
  const { columns, rows } = screen ? Deno.consoleSize() : { columns: 0, rows: 0 };
  // Serial consoles say that they have no columns and no rows.
  return { columns: columns || 80, rows: rows ? rows - 1 : Infinity };
}

/** Where guests find the hub: as much of it as is wanted. */
export function whereItIs(hub: Hub, { config, verbosity }: RunCommand): string {
  if (verbosity === "quiet") return machineLines(hub);
  return banner(hub, hub.status().discovery ? config.base : undefined);
}

/**
 * Shows how many guests there are: on a screen in a line that is rewritten every second, in a log in
 * a new line when the number has changed.
 *
 * @param everySecond is called once in a second on a screen.
 */
function showCounts(
  hub: Hub,
  out: Output,
  screen: boolean,
  everySecond: () => void,
): ReturnType<typeof setInterval> {
  let shown = { text: counts({ guests: 0, rooms: 0 }), at: -Infinity };
  return setInterval(() => {
    const status = hub.status();
    if (screen) {
      everySecond();
      return out.live(liveLine(status, windowOf(screen).columns));
    }
    const text = counts(status);
    if (text === shown.text || performance.now() - shown.at < COUNTS_LOG_INTERVAL_MS) return;
    shown = { text, at: performance.now() };
    out.print(text);
  }, LIVE_LINE_INTERVAL_MS);
}

/**
 * The QR page, or a warning why there is none: guests can join without it. The default port has
 * others to fall back on.
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
    const why = whyNoPage(error, port);
    warn(`There is no QR page, and the hub runs on without it: ${why.replace(/\.$/, "")}.`);
  }
}

function whyNoPage(error: unknown, port: number): string {
  const another = `choose another one with --http ${port < 65_535 ? port + 1 : port - 1}`;
  if (error instanceof Deno.errors.AddrInUse) {
    return `another program holds TCP port ${port}; ${another}`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `the system does not allow TCP port ${port}; ${another}`;
  }
  return reasonOf(error);
}

/** Deno 2.4 prints a deprecation warning for its own `createHmac`. A host cannot do anything about it. */
async function keepDenoQuiet(): Promise<void> {
  const { default: process } = await import("node:process");
  process.noDeprecation = true;
}
