/**
 * What a flood is measured on: a hub in a process of its own, from source, and what the system says
 * about it. Linux only: it reads /proc.
 *
 * @module
 */

import { makeFolder, type TestFolder } from "../support/folder.ts";
import { HubProcess } from "../support/hub_process.ts";
import { type InvitedTurn, onlyLoopback, readLink } from "../support/join_link.ts";
import { freeTcpPort, freeUdpPort } from "../support/ports.ts";
import { cpuSecondsOf, megabytesOf, openFilesOf } from "../support/proc.ts";
import { eventually } from "../support/waiting.ts";

const STATUS_MS = 20_000;

/** What floods and honest guests have to know of the hub; given to their processes as JSON. */
export interface Target {
  readonly link: string;
  readonly ufrag: string;
  readonly pwd: string;
  readonly hub: number;
  readonly http: number;
  readonly turn: InvitedTurn;
}

/** What `/status` says, as far as it is looked at here. */
export interface Status {
  readonly guests: number;
  readonly rooms: number;
  readonly turn: { readonly allocations: number };
  readonly counters: Readonly<Record<string, number>>;
}

/** A hub that can be flooded. */
export class FloodedHub implements AsyncDisposable {
  readonly target: Target;
  readonly #process: HubProcess;
  readonly #folder: TestFolder;

  private constructor(
    process: HubProcess,
    folder: TestFolder,
    ports: { readonly hub: number; readonly http: number },
  ) {
    this.#process = process;
    this.#folder = folder;
    const link = onlyLoopback(process.link);
    const { ufrag, pwd, turn } = readLink(link);
    this.target = { link, ufrag, pwd, ...ports, turn: turn! };
  }

  /** @param denoFlags for `deno run`, such as `--cpu-prof`. */
  static async start(denoFlags: readonly string[] = []): Promise<FloodedHub> {
    const folder = await makeFolder("flood");
    const ports = { hub: freeUdpPort(), http: freeTcpPort() };
    const process = await HubProcess.start({ directory: folder.path }, {
      deno: ["run", "-A", ...denoFlags, "main.ts"],
      flags: [
        ...["--quiet", "--advertise=127.0.0.1"],
        ...[`--port=${ports.hub}`, `--http=${ports.http}`],
      ],
      stderr: "inherit",
    });
    return new FloodedHub(process, folder, ports);
  }

  /** Asks for its status; after a flood of the page from this address, for as long as that takes. */
  async status(): Promise<Status> {
    return await eventually("the hub's status", STATUS_MS, async () => {
      return await (await fetch(`http://127.0.0.1:${this.target.http}/status`)).json();
    });
  }

  /** Resident memory. */
  get megabytes(): number {
    return megabytesOf(this.#process.pid);
  }

  /** CPU time of all its threads so far. */
  get cpuSeconds(): number {
    return cpuSecondsOf(this.#process.pid);
  }

  /** Files, sockets included, that it has open. */
  get files(): number {
    return openFilesOf(this.#process.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // With a goodbye: a profile is written at an end like that.
    await this.#process.stop();
    await this.#folder[Symbol.asyncDispose]();
  }
}
