/**
 * The hub as a process, started as a user starts it: `main.ts` from source, the executable in
 * KIBITZ_HUB, or another command, on this machine or on a host of a LAN. A test learns only what the
 * hub prints.
 *
 * @module
 */

import { denoCommand, type Machine, Program, type ProgramOptions } from "./program.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** The executable to test instead of the sources; undefined for the sources. */
export const EXECUTABLE = Deno.env.get("KIBITZ_HUB");

/** The command that runs the hub with `flags`. */
export function hubCommand(...flags: string[]): string[] {
  return EXECUTABLE === undefined ? denoCommand("main.ts", ...flags) : [EXECUTABLE, ...flags];
}

/** Where a hub runs. A LAN is such a place (`test/lan/network.ts`). */
export interface Place {
  /** The folder of its files. */
  readonly directory: string;
  /** The machine; this one unless given. */
  readonly hub?: Machine & { readonly address: string };
  /** A machine that is this one has no address of the LAN, so the hub is told its own. */
  readonly kind?: "namespaces" | "loopback";
}

/** Options for starting a hub; each has a default. */
export interface HubOptions extends Omit<ProgramOptions, "on"> {
  /** Flags of `main.ts`; `--state` is given already. */
  readonly flags?: readonly string[];
  /** The arguments of Deno before the flags; by default `run -A --quiet main.ts`. */
  readonly deno?: readonly string[];
  /** The state file; by default one in the place's folder. null omits `--state`. */
  readonly state?: string | null;
}

/**
 * What the hub prints when it serves guests and pages: the invitation, or, without a network, what to
 * do about that.
 */
export const INVITATION = /tap Allow|No phone can reach this hub/;

/** What the hub prints for every exception and rejection that nobody handled, now and then. */
export const UNCAUGHT = /An error inside the hub was caught/;

/** A hub that runs. Disposing of it ends it, if need be by force. */
export class HubProcess extends Program {
  readonly #links: readonly string[];
  readonly #blobs: readonly string[];
  #startMs = NaN;

  /** Starts a hub and waits for its link; and, unless it is a quiet one, until it serves guests. */
  static async start(place: Place, options: HubOptions = {}): Promise<HubProcess> {
    const started = performance.now();
    const hub = new HubProcess(place, options);
    try {
      await hub.printed(({ links }) => links.length > 0);
      hub.#startMs = performance.now() - started;
      if (!options.flags?.includes("--quiet")) {
        await hub.printed(({ lines }) => lines.some((line) => INVITATION.test(line)));
      }
    } catch (error) {
      await hub[Symbol.asyncDispose]();
      throw error;
    }
    return hub;
  }

  private constructor(place: Place, options: HubOptions) {
    const state = options.state === undefined
      ? `${place.directory}/relay-state.json`
      : options.state;
    const flags = [
      ...state === null ? [] : ["--state", state],
      ...place.kind === "loopback" ? ["--advertise", place.hub!.address] : [],
      ...options.flags ?? [],
    ];
    const command = options.deno === undefined
      ? hubCommand(...flags)
      : [Deno.execPath(), ...options.deno, ...flags];
    const links: string[] = [], blobs: string[] = [];
    super(command, {
      ...options,
      on: place.hub,
      cwd: options.cwd ?? ROOT,
      // When run from source, Deno looks for a newer Deno; the README says how to turn that off.
      env: { DENO_NO_UPDATE_CHECK: "1", ...options.env },
      onLine(line) {
        if (line.startsWith("LINK ")) links.push(line.slice("LINK ".length));
        if (line.startsWith("BLOB ")) blobs.push(line.slice("BLOB ".length));
        options.onLine?.(line);
      },
    });
    this.#links = links;
    this.#blobs = blobs;
  }

  /** From the start of the process to its first link, in ms. */
  get startMs(): number {
    return this.#startMs;
  }

  /** Everything printed up to now. */
  get output(): string {
    return this.lines.join("\n");
  }

  /** Every link printed up to now, the first one first. */
  get links(): readonly string[] {
    return this.#links;
  }

  /** The newest link printed. */
  get link(): string {
    return this.#links.at(-1) ?? "";
  }

  /** The newest blob printed. */
  get blob(): string {
    return this.#blobs.at(-1) ?? "";
  }

  /** Waits until the newest link printed is one that `matches`. */
  async untilLink(matches: (link: string) => boolean, deadlineMs: number): Promise<string> {
    await this.printed(({ link }) => matches(link), deadlineMs);
    return this.link;
  }
}
