/**
 * The hub that is fuzzed: a process of its own, looked at from outside.
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

/** So many of its last lines are shown when something is wrong. */
const LAST_LINES = 40;

/** `/status` may have to wait while the HTTP target holds all connections. */
const STATUS_MS = 45_000;
const STATUS_LOOK_MS = 500;

/** What the kernel says of a UDP port. */
export interface PortState {
  /** Bytes that wait to be read, as the kernel counts them. */
  readonly queued: number;
  /** Datagrams it has dropped, because the queue was full. */
  readonly dropped: number;
}

/** A running hub. */
export class HubUnderTest implements AsyncDisposable {
  readonly link: string;
  readonly port: number;
  readonly httpPort: number;
  readonly callPort: number;
  readonly turn: InvitedTurn;
  /** All lines about errors that nobody handled. */
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

  /** Starts `main.ts` with the identity of the corpus, on ports that are free. */
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

  /** Set as soon as the process has ended. */
  get exit(): Deno.CommandStatus | undefined {
    return this.#process.exit;
  }

  /** The last lines it has printed. The QR code says nothing here. */
  get lastLines(): readonly string[] {
    return this.#process.lines.filter((line) => !/[█▀▄]/.test(line)).slice(-LAST_LINES);
  }

  /** `/status`, as anybody on the network can read it. */
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

  /** Collects the hub's garbage and weighs the rest. */
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

/** What the kernel says of a UDP port of this machine; undefined where it does not say (Linux does). */
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
