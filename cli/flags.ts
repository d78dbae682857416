/**
 * The flags, and the command that a command line asks for. It knows nothing of how they are used. A
 * new flag gets a row in {@linkcode FLAGS}, a place in {@linkcode Command}, and a line in
 * {@linkcode parseFlags}.
 *
 * @module
 */

import type { Invite } from "./engine.ts";
import {
  CALL_PREFERRED_PORTS,
  HTTP_PREFERRED_PORTS,
  MAX_BASE_LENGTH,
} from "../relaycore/limits.ts";
import {
  type BlobTurn,
  DEFAULT_BASE,
  type HubConfig,
  isHost,
  parseBase,
  parseTurn,
} from "../relaycore/mod.ts";
import { nearest } from "./nearest.ts";
import { parseArgs } from "./parse_args.ts";
import { quote, UsageError } from "./usage_error.ts";

const [DEFAULT_HTTP_PORT] = HTTP_PREFERRED_PORTS;
const [DEFAULT_CALL_PORT] = CALL_PREFERRED_PORTS;

/** Every flag, as `--help` lists it: name, the value it takes, what it does. */
export const FLAGS: readonly (readonly [name: string, value: string, help: string])[] = [
  ["fixed-id", "", "be the hub that kibitz.chat finds without a link (default)"],
  ["no-fixed-id", "", "be a hub of its own, joined by link only (--fixed-id=false)"],
  ["port", "N", "UDP port for guests (default: the saved one, else 4711)"],
  ["state", "PATH", "the file of its identity (default: ./relay-state.json)"],
  ["base", "URL", `the site that the link opens (default: ${DEFAULT_BASE})`],
  ["http", "N", `TCP port of the QR page (default: ${DEFAULT_HTTP_PORT}; 0 turns it off)`],
  ["call", "N", `TCP port of the call page (default: ${DEFAULT_CALL_PORT}; 0 turns it off)`],
  ["invite", "WHAT", "page or site: what the larger code opens (default: site)"],
  ["advertise", "A", "an IPv4 address or host name for the link; may repeat"],
  ["turn", "PORT", "UDP port of the media relay (default: 3478, or the next)"],
  ["turn", "off", "relay no media; or PORT,USER,PASS of another TURN server"],
  ["quiet", "", "print BLOB, LINK, warnings and errors only"],
  ["verbose", "", "print comings and goings of guests too, and errors in full"],
  ["help", "", "show this text"],
  ["version", "", "show the version"],
  ["licenses", "", "show the licences of what is inside"],
];

/** Flags that take a value, with an example for the sentence that asks for one. */
const EXAMPLES: Readonly<Record<string, string>> = {
  port: "--port 4711",
  state: "--state ./relay-state.json",
  base: `--base ${DEFAULT_BASE}`,
  http: "--http 8080",
  call: "--call 8443",
  invite: "--invite page",
  advertise: "--advertise 192.168.1.20",
  turn: "--turn 3478",
};

/** How much is printed. */
export type Verbosity = "quiet" | "normal" | "verbose";

/** What the person asked for. */
export type Command = { readonly kind: "help" | "version" | "licenses" } | RunCommand;

/** To run a hub. */
export interface RunCommand {
  readonly kind: "run";
  readonly config: Omit<HubConfig, "log">;
  /** TCP port of the QR page; 0 for none. */
  readonly httpPort: number;
  /** TCP port of the call page over HTTPS; 0 for none. */
  readonly callPort: number;
  /** Which way in has the larger code. */
  readonly invite: Invite;
  readonly verbosity: Verbosity;
}

/** The settings without any flag. */
const NO_FLAGS: RunCommand = {
  kind: "run",
  config: {
    fixedId: true,
    port: undefined,
    statePath: "./relay-state.json",
    base: DEFAULT_BASE,
    advertise: [],
    turn: undefined,
  },
  httpPort: DEFAULT_HTTP_PORT,
  callPort: DEFAULT_CALL_PORT,
  invite: "site",
  verbosity: "normal",
};

/**
 * Reads the command line.
 *
 * @param args the arguments as typed, without the program's name.
 * @throws {UsageError} if a flag or value is unknown, missing, repeated or out of range.
 */
export function parseFlags(args: readonly string[]): Command {
  // Without arguments, as after a double-click, the parser does not run: the hub starts sooner.
  return args.length === 0 ? NO_FLAGS : parse(args);
}

function parse(args: readonly string[]): Command {
  if (args.includes("--help") || args.includes("-h")) return { kind: "help" };
  const flags = parseArgs(spellOut(args), {
    string: ["_", ...FLAGS.map(([name]) => name)],
    collect: FLAGS.map(([name]) => name),
    unknown(argument, flag) {
      if (flag !== undefined) throw unknownFlag(argument);
      return true; // not a flag: it goes into `_`, like everything after "--"
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
  if (isOn("licenses")) return { kind: "licenses" };
  const [quiet, verbose] = [isOn("quiet"), isOn("verbose")];
  if (quiet && verbose) {
    throw new UsageError("--quiet and --verbose contradict each other; give one of them.");
  }
  const { callPort, config, httpPort, invite, verbosity } = NO_FLAGS;
  return {
    kind: "run",
    config: {
      fixedId: isOn("fixed-id", config.fixedId),
      port: flags.port.length === 0 ? undefined : portNumber("port", flags.port[0], 1),
      statePath: flags.state[0] ?? config.statePath,
      base: flags.base.length === 0 ? config.base : siteUrl(flags.base[0]),
      advertise: [...new Set(flags.advertise.map(hostToAdvertise))],
      turn: flags.turn.length === 0 ? undefined : mediaRelay(flags.turn[0]),
    },
    httpPort: flags.http.length === 0 ? httpPort : portNumber("http", flags.http[0], 0),
    callPort: flags.call.length === 0 ? callPort : portNumber("call", flags.call[0], 0),
    invite: flags.invite.length === 0 ? invite : pageOrSite(flags.invite[0]),
    verbosity: quiet ? "quiet" : verbose ? "verbose" : verbosity,
  };
}

/** Rewrites what `parseArgs` would misread. */
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
  const off = lowest === 0 ? ` (0 turns the ${name === "call" ? "call page" : "QR page"} off)` : "";
  throw new UsageError(
    `--${name} takes a whole number from ${lowest} to 65535${off}, not ${quote(value)}; ` +
      `for example ${EXAMPLES[name]}.`,
  );
}

function pageOrSite(value: string): Invite {
  if (value === "page" || value === "site") return value;
  throw new UsageError(
    `--invite takes page or site, not ${quote(value)}; for example ${EXAMPLES.invite}.`,
  );
}

function siteUrl(value: string): string {
  const base = parseBase(value);
  if (base !== undefined) return base;
  throw new UsageError(
    `--base takes a web address that starts with https:// or http:// and has no ?, # or password, ` +
      `and at most ${MAX_BASE_LENGTH} characters, not ${quote(value)}; ` +
      `for example ${EXAMPLES.base}.`,
  );
}

function hostToAdvertise(value: string): string {
  if (isHost(value)) return value.toLowerCase();
  const mend = value.includes("//")
    ? "give only the host, without http:// and port"
    : /^[^:]+:\d+$/.test(value)
    ? "leave out the port"
    : value.includes(":")
    ? "the link carries no IPv6 addresses"
    : value.includes(",")
    ? "give --advertise once for each"
    : `for example ${EXAMPLES.advertise}`;
  throw new UsageError(
    `--advertise takes an IPv4 address or a host name, not ${quote(value)}; ${mend}.`,
  );
}

function mediaRelay(value: string): "off" | number | BlobTurn {
  if (value === "off") return value;
  if (/^-?\d+$/.test(value)) return portNumber("turn", value, 1);
  const turn = parseTurn(value);
  if (turn !== undefined) return turn;
  throw new UsageError(
    `--turn takes a port for the hub's media relay, off, or the port, user and password of another ` +
      `TURN server on this computer with commas between them, not ${quote(value)}; for example ` +
      `${EXAMPLES.turn} or --turn 3478,guest,secret.`,
  );
}

function unknownFlag(argument: string): UsageError {
  const typed = argument.replace(/=.*$/s, "");
  const name = typed.replace(/^-+/, "").toLowerCase();
  const flag = nearest(name, FLAGS.map(([flag]) => flag));
  let hint = flag === undefined ? "--help lists them all." : `did you mean --${flag}?`;
  if (name === "no-http") hint = "did you mean --http 0?";
  if (name === "no-call") hint = "did you mean --call 0?";
  return new UsageError(`There is no flag ${quote(typed).slice(1, -1)}; ${hint}`);
}
