/**
 * The command line: reads the flags, starts the engine and the QR page, and prints what a host
 * needs to let guests in. A client of `relaycore/mod.ts` and `http/` and nothing more: it knows no
 * packets, no identity and no files.
 *
 * @module
 */
import { parseArgs as untypedParseArgs } from "@std/cli/parse-args";
import type { ServiceManager } from "./pi/notify.ts";
import * as limits from "./relaycore/limits.ts";
import {
  type BlobTurn,
  DEFAULT_BASE,
  type Hub,
  type HubConfig,
  isHost,
  isHubStartError,
  parseBase,
  parseTurn,
  reasonOf,
  startHub,
  VERSION,
} from "./relaycore/mod.ts";

/** What it is, for the first line of everything that is printed. */
const NAME = `Kibitz Offline ${VERSION}`;

// ── Flags ───────────────────────────────────────────────────────────────────────────────────────

/** The typed edge of `@std/cli/parse-args`: the npm package it comes from here ships no types. */
export const parseArgs = untypedParseArgs as unknown as (
  args: readonly string[],
  options: {
    string: readonly string[];
    collect: readonly string[];
    unknown: (argument: string, flag?: string) => boolean;
  },
) => Record<string, readonly string[]>;

/** Every flag, as `--help` lists it: name, the value it takes, what it does. */
const FLAGS: readonly (readonly [name: string, value: string, help: string])[] = [
  ["fixed-id", "", "be the hub that kibitz.chat finds without a link (default)"],
  ["no-fixed-id", "", "be a hub of its own, joined by link only (--fixed-id=false)"],
  ["port", "N", "UDP port for guests (default: the saved one, else 4711)"],
  ["state", "PATH", "where such a hub is kept (default: ./relay-state.json)"],
  ["base", "URL", `the site that the link opens (default: ${DEFAULT_BASE})`],
  ["http", "N", `TCP port of the QR page (default: ${limits.DEFAULT_HTTP_PORT}; 0 turns it off)`],
  ["advertise", "A", "an IPv4 address or host name for the link; may repeat"],
  ["turn", "off", "relay no media; or PORT,USER,PASS of another TURN server"],
  ["quiet", "", "print BLOB, LINK, warnings and errors only"],
  ["verbose", "", "print the comings and goings of guests too"],
  ["help", "", "show this text"],
  ["version", "", "show the version"],
];

/** Flags that take a value, with an example for the sentence that asks for one. */
const EXAMPLES: Readonly<Record<string, string>> = {
  port: "--port 4711",
  state: "--state ./relay-state.json",
  base: `--base ${DEFAULT_BASE}`,
  http: "--http 8080",
  advertise: "--advertise 192.168.1.20",
  turn: "--turn 3478,guest,secret",
};

/** How much is printed. */
export type Verbosity = "quiet" | "normal" | "verbose";

/** What the person asked for. */
export type Command =
  | { readonly kind: "help" | "version" }
  | {
    readonly kind: "run";
    readonly config: Omit<HubConfig, "log">;
    /** TCP port of the QR page; 0 for none. */
    readonly httpPort: number;
    readonly verbosity: Verbosity;
  };

/** What nobody asked for in so many words. */
const NO_FLAGS: Command & { kind: "run" } = {
  kind: "run",
  config: {
    fixedId: true,
    port: undefined,
    statePath: "./relay-state.json",
    base: DEFAULT_BASE,
    advertise: [],
    turn: undefined,
  },
  httpPort: limits.DEFAULT_HTTP_PORT,
  verbosity: "normal",
};

/** Flags that make no sense. The message is one sentence for the person who typed them. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Reads the command line.
 *
 * @param args the arguments as typed, without the program's name.
 * @throws {UsageError} if any of it is unknown, missing, doubled or out of range.
 */
export function parseFlags(args: readonly string[]): Command {
  if (args.length === 0) return NO_FLAGS; // a double-click need not wait for a parser
  if (args.includes("--help") || args.includes("-h")) return { kind: "help" };
  const flags = parseArgs(spellOut(args), {
    string: ["_", ...FLAGS.map(([name]) => name)],
    collect: FLAGS.map(([name]) => name),
    unknown(argument, flag) {
      if (flag !== undefined) throw unknownFlag(argument);
      return true; // not a flag: it lands in `_`, as does all that follows "--"
    },
  });
  for (const stray of flags._) {
    throw new UsageError(`${quote(stray)} is not a flag; --help lists what this program takes.`);
  }
  for (const [name] of FLAGS) {
    const values = flags[name];
    if (values.length > 1 && name !== "advertise") {
      throw new UsageError(`--${name} is given ${values.length} times; give it once.`);
    }
    if (Object.hasOwn(EXAMPLES, name) && values.includes("")) {
      throw new UsageError(`--${name} needs a value, for example ${EXAMPLES[name]}.`);
    }
  }
  const isOn = (name: string, byDefault = false) => yesOrNo(name, flags[name][0], byDefault);
  if (isOn("help")) return { kind: "help" };
  if (isOn("version")) return { kind: "version" };
  const [quiet, verbose] = [isOn("quiet"), isOn("verbose")];
  if (quiet && verbose) {
    throw new UsageError("--quiet and --verbose contradict each other; give one of them.");
  }
  const { config, httpPort, verbosity } = NO_FLAGS;
  return {
    kind: "run",
    config: {
      fixedId: isOn("fixed-id", config.fixedId),
      port: flags.port.length === 0 ? undefined : portNumber("port", flags.port[0], 1),
      statePath: flags.state[0] ?? config.statePath,
      base: flags.base.length === 0 ? config.base : siteUrl(flags.base[0]),
      advertise: [...new Set(flags.advertise.map(hostToAdvertise))],
      turn: flags.turn.length === 0 ? undefined : turnServer(flags.turn[0]),
    },
    httpPort: flags.http.length === 0 ? httpPort : portNumber("http", flags.http[0], 0),
    verbosity: quiet ? "quiet" : verbose ? "verbose" : verbosity,
  };
}

/** Turns what `parseArgs` would misread into the one spelling that it reads as meant. */
function spellOut(args: readonly string[]): string[] {
  const spelled: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === "--") return [...spelled, ...args.slice(i)];
    if (arg === "--no-fixed-id") spelled.push("--fixed-id=false");
    else if (arg.startsWith("--no-fixed-id=")) {
      throw new UsageError(
        "--no-fixed-id takes no value; write --fixed-id=true or =false instead.",
      );
    } else if (arg.startsWith("--no-")) throw unknownFlag(arg);
    else if (Object.hasOwn(EXAMPLES, arg.slice(2)) && /^(-\d.*)?$/.test(args[i + 1] ?? "--")) {
      spelled.push(`${arg}=${args[++i]}`); // "--port -1" and an empty value are values, not flags
    } else spelled.push(arg);
  }
  return spelled;
}

function yesOrNo(name: string, value: string | undefined, byDefault: boolean): boolean {
  if (value === undefined) return byDefault;
  if (value === "" || value === "true") return true;
  if (value === "false") return false;
  throw new UsageError(`--${name} is either true or false, not ${quote(value)}.`);
}

function portNumber(name: string, value: string, lowest: number): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : NaN;
  if (port >= lowest && port <= 65_535) return port;
  const off = lowest === 0 ? " (0 turns the QR page off)" : "";
  throw new UsageError(
    `--${name} takes a whole number from ${lowest} to 65535${off}, not ${quote(value)}; ` +
      `for example ${EXAMPLES[name]}.`,
  );
}

function siteUrl(value: string): string {
  const base = parseBase(value);
  if (base !== undefined) return base;
  throw new UsageError(
    `--base takes a web address that starts with https:// or http:// and has no ?, # or password, ` +
      `not ${quote(value)}; for example ${EXAMPLES.base}.`,
  );
}

function hostToAdvertise(value: string): string {
  if (isHost(value)) return value.toLowerCase();
  const mend = /^[^:]+:\d+$/.test(value)
    ? "leave the port away"
    : value.includes(":")
    ? "the link carries no IPv6 addresses"
    : value.includes(",")
    ? "give --advertise once for each"
    : `for example ${EXAMPLES.advertise}`;
  throw new UsageError(
    `--advertise takes an IPv4 address or a host name, not ${quote(value)}; ${mend}.`,
  );
}

function turnServer(value: string): "off" | BlobTurn {
  const turn = value === "off" ? value : parseTurn(value);
  if (turn !== undefined) return turn;
  throw new UsageError(
    `--turn takes off, or the port, user and password of a TURN server on this computer with ` +
      `commas between them, not ${quote(value)}; for example ${EXAMPLES.turn}.`,
  );
}

function unknownFlag(argument: string): UsageError {
  const typed = argument.replace(/=.*$/s, "");
  const name = typed.replace(/^-+/, "").toLowerCase();
  const flag = nearest(name, FLAGS.map(([flag]) => flag));
  let hint = flag === undefined ? "--help lists them all." : `did you mean --${flag}?`;
  if (name === "no-http") hint = "did you mean --http 0?";
  return new UsageError(`There is no flag ${quote(typed).slice(1, -1)}; ${hint}`);
}

/**
 * What somebody meant who typed `name`.
 *
 * @param names what there is, in small letters.
 * @returns the nearest of them, undefined if none is near.
 */
export function nearest(name: string, names: readonly string[]): string | undefined {
  let [found, least]: [string | undefined, number] = [undefined, 3];
  for (const candidate of names) {
    const isBeginning = name !== "" && (candidate.startsWith(name) || name.startsWith(candidate));
    const distance = isBeginning ? 1 : editDistance(name, candidate);
    if (distance < least) [found, least] = [candidate, distance];
  }
  return found;
}

/** Levenshtein distance: how many letters must be put in, taken out or changed. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= Math.min(a.length, 64); i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}

/** What somebody typed, in quotes, with nothing in it that a terminal would obey. */
export function quote(text: string): string {
  return JSON.stringify(text.slice(0, 200)).replace(/[\u007f-\u009f]/g, "?");
}

// ── What is printed ─────────────────────────────────────────────────────────────────────────────

/** The text for `--help`. */
export function helpText(): string {
  const rows = FLAGS.map(([name, value, help]) => `  ${`--${name} ${value}`.padEnd(18)}${help}`);
  return [
    `${NAME}: a hub where browsers on one network meet without internet.`,
    "",
    "Start it without any flag, and show your guests the code that it prints.",
    "",
    ...rows,
    "",
    "Ctrl-C stops the hub. README.md tells more.",
  ].join("\n");
}

/**
 * Where the hub is, printed at the start and again when the addresses change. Scripts read the lines
 * that start with `BLOB ` and `LINK `.
 *
 * @param relay the hub.
 * @param discovery whether browsers find it without the link.
 */
export function banner(
  hub: Pick<Hub, "port" | "addresses" | "blob" | "link">,
  discovery: boolean,
): string {
  const width = Math.max(15, ...hub.addresses.map(({ host }) => host.length));
  const [, , site] = hub.link.split("/"); // as a URL's host, and with no parser to wait for
  return [
    `${NAME}: browsers on this network meet here, no internet needed.`,
    "",
    `Guests reach it on UDP port ${hub.port} of:`,
    ...hub.addresses.map(({ host, remark }) => `  ${host.padEnd(width)}  ${remark}`),
    ...discovery ? [`${site}, opened on this network, also finds it without the link.`] : [],
    "",
    machineLines(hub),
    "",
  ].join("\n");
}

/**
 * What guests are shown, printed below the {@linkcode banner}.
 *
 * @param relay the hub.
 * @param pagePort TCP port of the QR page, undefined if there is none.
 * @param qr the link as a QR code for this terminal, undefined if that is too narrow.
 */
export function invitation(
  hub: Pick<Hub, "addresses">,
  pagePort: number | undefined,
  qr: string | undefined,
): string {
  const pages = hub.addresses.map(({ host }) => host).filter((host) => /^[\d.]+$/.test(host))
    .map((host) => `  http://${host}:${pagePort}/`);
  return [
    ...pagePort === undefined || pages.length === 0
      ? []
      : ["A page with the code below, to show or to print:", ...pages, ""],
    "Guests join the same Wi-Fi, then scan this code or open the link above.",
    "",
    qr ?? "(This window is too narrow for the code: make it wider and start again.)",
    "",
    "If the browser asks for access to devices on the local network: tap Allow.",
  ].join("\n");
}

/** The two lines for scripts, in every verbosity. */
function machineLines(hub: Pick<Hub, "blob" | "link">): string {
  return `BLOB ${hub.blob}\nLINK ${hub.link}`;
}

/**
 * The line that shows that the hub lives, cut to fit the terminal.
 *
 * @param status counts of the moment.
 * @param columns width of the terminal.
 */
export function liveLine(
  status: { readonly guests: number; readonly rooms: number; readonly uptimeSeconds: number },
  columns: number,
): string {
  const seconds = Math.floor(status.uptimeSeconds);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const uptime = h > 0 ? `${h} h ${m} min` : m > 0 ? `${m} min ${s} s` : `${s} s`;
  // The last column stays free: writing there makes some terminals wrap.
  return `${counts(status)} · up ${uptime} · Ctrl-C stops`.slice(0, Math.max(0, columns - 1));
}

function counts({ guests, rooms }: { readonly guests: number; readonly rooms: number }): string {
  const some = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
  return `${some(guests, "guest")} in ${some(rooms, "room")}`;
}

/** A place for bytes: `Deno.stdout` and `Deno.stderr`, or a test. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<number>;
  writeSync(bytes: Uint8Array): number;
}

/**
 * Writes lines without making a hub that serves guests wait for whoever reads them, and keeps one
 * live line below them. A sink that is closed (`main.ts | head`) is written to no more, silently.
 */
export class Output {
  readonly #encoder = new TextEncoder();
  readonly #closed = new Set<ByteSink>();
  #written: Promise<void> = Promise.resolve();
  #pendingBytes = 0;
  #clearLive = "";

  constructor(private readonly stdout: ByteSink, private readonly stderr: ByteSink) {}

  /** A line, or several, on standard output. */
  print(text: string): void {
    this.#line(this.stdout, `${text}\n`);
  }

  /**
   * The same, and out when this returns: for the link of a hub that serves nobody yet. Takes its
   * turn like any other where something is before it.
   */
  printNow(text: string): void {
    if (this.#pendingBytes > 0) return this.print(text);
    let bytes = this.#encoder.encode(`${text}\n`);
    try {
      while (bytes.length > 0) bytes = bytes.subarray(this.stdout.writeSync(bytes));
    } catch {
      this.#enqueue(this.stdout, bytes);
    }
  }

  /** A line on standard error. */
  warn(text: string): void {
    this.#line(this.stderr, `${text}\n`);
  }

  /** Puts `text` in place of the last live line. Left out while earlier output is not through. */
  live(text: string): void {
    if (this.#pendingBytes > 0) return;
    this.#enqueue(this.stdout, this.#encoder.encode(`\r\x1b[K${text}`));
    this.#clearLive = "\r\x1b[K";
  }

  /** Takes the live line away and waits until all is written. */
  flush(): Promise<void> {
    this.#line(this.stdout, "");
    return this.#written;
  }

  #line(sink: ByteSink, text: string): void {
    const bytes = this.#encoder.encode(text);
    if (this.#pendingBytes + bytes.length > limits.MAX_PENDING_OUTPUT_BYTES) return;
    if (this.#clearLive !== "") {
      this.#enqueue(this.stdout, this.#encoder.encode(this.#clearLive));
      this.#clearLive = "";
    }
    this.#enqueue(sink, bytes);
  }

  #enqueue(sink: ByteSink, bytes: Uint8Array): void {
    this.#pendingBytes += bytes.length;
    this.#written = this.#written.then(async () => {
      let rest = bytes;
      try {
        while (rest.length > 0 && !this.#closed.has(sink)) {
          rest = rest.subarray(await sink.write(rest));
        }
      } catch {
        this.#closed.add(sink);
      }
      this.#pendingBytes -= bytes.length;
    });
  }
}

// ── Running ─────────────────────────────────────────────────────────────────────────────────────

/** What the command line drives; tests put their own in its place. */
export interface Engine {
  readonly startHub: (config: HubConfig) => Promise<Hub>;
  readonly startQrPage: (options: { hub: Hub; port: number }) => Promise<QrPage>;
}

/** The QR page as far as the command line knows it. */
export interface QrPage {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * The whole program, from its arguments to its exit code: 0 after `--help` or a signal, 2 for what
 * the person can mend (flags, a taken port, a broken state file), 1 for anything else.
 */
export async function run(
  args: readonly string[],
  engine: Engine = { startHub, startQrPage: loadQrPage },
): Promise<number> {
  const out = new Output(Deno.stdout, Deno.stderr);
  const signals = listenForSignals();
  try {
    const command = parseFlags(args);
    if (command.kind === "run") await host(command, engine, out, signals.received);
    else out.print(command.kind === "help" ? helpText() : NAME);
    await out.flush();
    return 0;
  } catch (error) {
    signals.listenNoMore(); // from here on, Ctrl-C is as abrupt as anywhere
    const known = error instanceof UsageError || isHubStartError(error);
    const problem = reasonOf(error);
    out.warn(known ? problem : `The hub cannot go on: ${problem.replace(/\.$/, "")}.`);
    if (!known && args.includes("--verbose") && error instanceof Error) out.warn(`${error.stack}`);
    if (!(error instanceof UsageError)) await waitForEnter(out);
    await out.flush();
    return known ? 2 : 1;
  }
}

/** Starts the hub and shows its link; the rest has time. */
async function host(
  command: Command & { kind: "run" },
  engine: Engine,
  out: Output,
  stopRequested: Promise<void>,
): Promise<void> {
  const { config, verbosity } = command;
  const warn = (sentence: string) => out.warn(`warning: ${sentence}`);
  catchUncaught(warn, verbosity === "verbose");
  const hub = await engine.startHub({
    ...config,
    log: {
      warn,
      info: (sentence) => verbosity !== "quiet" && out.print(sentence),
      debug: (sentence) => verbosity === "verbose" && out.print(sentence),
    },
  });
  out.printNow(whereItIs(hub, verbosity));
  await keepHosting(hub, command, engine, out, warn, stopRequested);
}

/** Runs the hub, whose link is out, until a signal ends it. */
async function keepHosting(
  hub: Hub,
  { httpPort, verbosity }: Command & { kind: "run" },
  engine: Engine,
  out: Output,
  warn: (sentence: string) => void,
  stopRequested: Promise<void>,
): Promise<void> {
  const screen = Deno.stdout.isTerminal();
  // Serial consoles say that they are 0 columns wide.
  const columns = () => (screen && Deno.consoleSize().columns) || 80;
  let page: QrPage | undefined;
  const showCode = async () => {
    if (verbosity === "quiet") return;
    const { qrTerminal } = await import("./http/qr.ts");
    const qr = qrTerminal(hub.link, { columns: columns(), color: screen && !Deno.noColor });
    out.print(invitation(hub, page?.port, qr));
  };
  let mayShowCode = false; // the link may change before it is shown
  const unsubscribe = hub.onChange(() => {
    out.print(whereItIs(hub, verbosity));
    if (mayShowCode) showCode();
  });
  await keepDenoQuiet();
  using serviceManager = await loadServiceManager(warn);
  serviceManager?.ready(() => counts(hub.status()));
  if (httpPort !== 0) page = await startPage(engine, hub, httpPort, warn);
  if (page !== undefined) hub.setPagePort(page.port);
  mayShowCode = true;
  await showCode();

  let shown = { text: counts({ guests: 0, rooms: 0 }), at: -Infinity };
  const ticker = setInterval(() => {
    const status = hub.status();
    if (screen) return out.live(liveLine(status, columns()));
    const text = counts(status);
    if (text === shown.text || performance.now() - shown.at < limits.COUNTS_LOG_INTERVAL_MS) return;
    shown = { text, at: performance.now() };
    out.print(text);
  }, limits.LIVE_LINE_INTERVAL_MS);
  if (verbosity === "quiet") clearInterval(ticker);

  await stopRequested;
  serviceManager?.stopping();
  clearInterval(ticker);
  unsubscribe();
  if (verbosity !== "quiet") out.print("Stopping: saying goodbye to the guests.");
  await Promise.allSettled([page?.stop(), hub.stop()]);
}

/** Where guests find the hub, in as many words as are wanted. */
function whereItIs(hub: Hub, verbosity: Verbosity): string {
  return verbosity === "quiet" ? machineLines(hub) : banner(hub, hub.status().discovery);
}

/** What speaks with systemd is loaded when the link is out already. */
async function loadServiceManager(
  warn: (sentence: string) => void,
): Promise<ServiceManager | undefined> {
  const { findServiceManager } = await import("./pi/notify.ts");
  return findServiceManager(warn);
}

/** The page's code likewise. */
async function loadQrPage(options: { hub: Hub; port: number }): Promise<QrPage> {
  const { startQrPage } = await import("./http/server.ts");
  return startQrPage(options);
}

/** The QR page, or a warning why there is none: guests can join without it. */
async function startPage(
  engine: Engine,
  hub: Hub,
  port: number,
  warn: (sentence: string) => void,
): Promise<QrPage | undefined> {
  try {
    return await engine.startQrPage({ hub, port });
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse
      ? `another program holds TCP port ${port}; choose another one with --http ${
        port < 65_535 ? port + 1 : port - 1
      }`
      : reasonOf(error);
    warn(`There is no QR page, and the hub runs on without it: ${why.replace(/\.$/, "")}.`);
  }
}

/**
 * The signals that ask the program to stop. On Windows they are Ctrl-C, Ctrl-Break and a window that
 * is closed; elsewhere Ctrl-C, the service manager's, and a terminal that goes away.
 *
 * @param inTerminal whether standard input or output is a terminal. Under `nohup` neither is, and
 *   SIGHUP is ignored; a listener would undo that.
 */
export function stopSignals(os: typeof Deno.build.os, inTerminal: boolean): Deno.Signal[] {
  if (os === "windows") return ["SIGINT", "SIGBREAK", "SIGHUP"];
  return inTerminal ? ["SIGINT", "SIGTERM", "SIGHUP"] : ["SIGINT", "SIGTERM"];
}

/**
 * Listens for everything that asks the program to stop. The first signal also sets the deadline
 * after which the process ends, whatever hangs; a second one ends it at once.
 */
function listenForSignals(): { readonly received: Promise<void>; listenNoMore(): void } {
  const { promise: received, resolve } = Promise.withResolvers<void>();
  let first: number | undefined;
  const onSignal = () => {
    if (first === undefined) {
      first = performance.now();
      setTimeout(() => Deno.exit(0), limits.STOP_DEADLINE_MS);
      resolve();
    } else if (performance.now() - first > limits.SAME_KEY_PRESS_MS) Deno.exit(0);
  };
  const inTerminal = Deno.stdin.isTerminal() || Deno.stdout.isTerminal();
  const names = stopSignals(Deno.build.os, inTerminal);
  for (const name of names) Deno.addSignalListener(name, onSignal);
  return {
    received,
    listenNoMore: () => names.forEach((name) => Deno.removeSignalListener(name, onSignal)),
  };
}

/** Deno 2.4 prints a deprecation of its own createHmac, which is nothing for a host to see. */
async function keepDenoQuiet(): Promise<void> {
  const { default: process } = await import("node:process");
  process.noDeprecation = true;
}

/** The last net: no packet can end the hub, even by an error that nobody foresaw. */
function catchUncaught(warn: (sentence: string) => void, withStack: boolean): void {
  let last = -Infinity;
  const onError = (event: PromiseRejectionEvent | ErrorEvent) => {
    event.preventDefault();
    if (performance.now() - last < limits.UNCAUGHT_LOG_INTERVAL_MS) return;
    last = performance.now();
    const error = "reason" in event ? event.reason : event.error;
    const text = !(error instanceof Error)
      ? Deno.inspect(error)
      : withStack
      ? error.stack
      : error.message;
    warn(`The hub runs on after an error that it should not have made: ${text}`);
  };
  globalThis.addEventListener("unhandledrejection", onError);
  globalThis.addEventListener("error", onError);
}

/** Keeps a double-clicked window open until its error is read; goes on at once anywhere else. */
async function waitForEnter(out: Output): Promise<void> {
  if (![Deno.stdin, Deno.stdout, Deno.stderr].every((stream) => stream.isTerminal())) return;
  out.print("Press Enter to close.");
  await Deno.stdin.read(new Uint8Array(1024));
}

if (import.meta.main) {
  Deno.exit(await run(Deno.args));
}
