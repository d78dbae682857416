/**
 * The hub that is fuzzed: a process of its own, observed from outside.
 *
 * @module
 */

import type { HubStatus } from "../../relaycore/mod.ts";
import { makeFolder, type TestFolder } from "../support/folder.ts";
import { HubProcess, UNCAUGHT } from "../support/hub_process.ts";
import { type InvitedTurn, readLink } from "../support/join_link.ts";
import { freeTcpPort, freeUdpPort } from "../support/ports.ts";
import { eventually } from "../support/waiting.ts";
import { writeState } from "./identity.ts";
import type { HubMemory } from "./observed_hub.ts";

/** How many of the hub's last lines are shown after a failure. */
const LAST_LINES = 40;

/** How long to try to fetch `/status`, because the HTTP target may hold all connections. */
const STATUS_MS = 45_000;
const STATUS_LOOK_MS = 500;

/** The state of a UDP port in the kernel. */
export interface PortState {
  /** Bytes that wait to be read, as the kernel counts them. */
  readonly queued: number;
  /** Datagrams that were dropped because the buffer was full. */
  readonly dropped: number;
}

/** A running hub. */
export class HubUnderTest implements AsyncDisposable {
  readonly link: string;
  readonly port: number;
  readonly httpPort: number;
  readonly callPort: number;
  readonly turn: InvitedTurn;
  /** The lines about uncaught errors. */
  readonly uncaught: readonly string[];
  readonly #process: HubProcess;
  readonly #folder: TestFolder;

  private constructor(
    process: HubProcess,
    folder: TestFolder,
    uncaught: readonly string[],
    tcp: { readonly http: number; readonly call: number },
  ) {
    this.#process = process;
    this.#folder = folder;
    this.uncaught = uncaught;
    this.link = process.link;
    const { endpoints, turn } = readLink(this.link);
    if (turn === undefined) throw new Error("the hub under test has no TURN server");
    this.port = endpoints[0].port;
    this.httpPort = tcp.http;
    this.callPort = tcp.call;
    this.turn = turn;
  }

  /**
   * Starts the program on free ports, with the identity of the corpus.
   *
   * @param fault a fault of `observed_hub.ts`, or `none`.
   */
  static async start(fault: string): Promise<HubUnderTest> {
    const folder = await makeFolder("fuzz");
    await writeState(`${folder.path}/relay-state.json`);
    const tcp = { http: freeTcpPort(), call: freeTcpPort() };
    const uncaught: string[] = [];
    const process = await HubProcess.start({ directory: folder.path }, {
      deno: ["run", "-A", "--quiet", "--v8-flags=--expose-gc", "test/fuzz/observed_hub.ts", fault],
      flags: [
        ...["--fixed-id=false", "--advertise=127.0.0.1", "--verbose"],
        ...[`--port=${freeUdpPort()}`, `--http=${tcp.http}`, `--call=${tcp.call}`],
      ],
      env: { NO_COLOR: "1" },
      keepLines: 2 * LAST_LINES,
      onLine: (line) => UNCAUGHT.test(line) && uncaught.push(line),
    });
    return new HubUnderTest(process, folder, uncaught, tcp);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** How the process has ended; undefined while it runs. */
  get exit(): Deno.CommandStatus | undefined {
    return this.#process.exit;
  }

  /** The last lines that it has printed, without the QR code. */
  get lastLines(): readonly string[] {
    return this.#process.lines.filter((line) => !/[█▀▄]/.test(line)).slice(-LAST_LINES);
  }

  /** Fetches `/status`. @throws if the hub has ended, or does not answer in time. */
  async status(): Promise<HubStatus> {
    const status = await eventually<HubStatus | "ended">(
      "the hub's status",
      STATUS_MS,
      async () => {
        if (this.exit !== undefined) return "ended";
        const response = await fetch(`http://127.0.0.1:${this.httpPort}/status`, {
          signal: AbortSignal.timeout(10_000),
        });
        return await response.json();
      },
      STATUS_LOOK_MS,
    );
    if (status === "ended") throw new Error("the hub has ended");
    return status;
  }

  /** Lets the hub collect its garbage, and measures its memory. */
  async memory(): Promise<HubMemory> {
    await this.#process.type("memory\n");
    const line = await this.#process.line((line) => line.startsWith("MEMORY "));
    return JSON.parse(line.slice("MEMORY ".length));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/**
 * The state of a UDP port of this machine; undefined where the system does not tell (only Linux
 * does).
 */
export function portState(port: number): PortState | undefined {
  let table: string;
  try {
    table = Deno.readTextFileSync("/proc/net/udp");
  } catch {
    return undefined;
  }
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of table.split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (!fields[1]?.endsWith(suffix)) continue;
    return { queued: parseInt(fields[4].split(":")[1], 16), dropped: Number(fields[12]) };
  }
  return undefined;
}
