/**
 * The hub that is fuzzed: a process of its own, looked at from outside.
 *
 * @module
 */

import type { HubStatus } from "../../relaycore/mod.ts";
import { parseBlob } from "../../relaycore/join_link/blob.ts";
import { freePort } from "../support/ports.ts";
import { writeState } from "./identity.ts";
import type { HubMemory } from "./observed_hub.ts";

const PROGRAM = new URL("./observed_hub.ts", import.meta.url).pathname;

/** What the command line prints for every exception and rejection that nobody handled. */
const UNCAUGHT = /runs on after an error/;

/** Nothing that is waited for here takes so long. */
const PATIENCE_MS = 60_000;

/** What the kernel says of a UDP port. */
export interface PortState {
  /** Bytes that wait to be read, as the kernel counts them. */
  readonly queued: number;
  /** Datagrams it has dropped, because the queue was full. */
  readonly dropped: number;
}

/** The TCP ports of its pages. */
interface TcpPorts {
  readonly http: number;
  readonly call: number;
}

/** A running hub. */
export class HubUnderTest implements AsyncDisposable {
  readonly link: string;
  readonly port: number;
  readonly httpPort: number;
  readonly callPort: number;
  readonly turn: { readonly port: number; readonly username: string; readonly password: string };
  /** Set as soon as the process has ended. */
  exit: Deno.CommandStatus | undefined;
  readonly #child: Deno.ChildProcess;
  readonly #output: Output;

  private constructor(child: Deno.ChildProcess, output: Output, link: string, tcp: TcpPorts) {
    this.#child = child;
    this.#output = output;
    this.link = link;
    const blob = parseBlob(new URL(link).searchParams.get("galaxy")!);
    if (blob?.turn === undefined) throw new Error("the hub under test has no TURN server");
    this.port = blob.endpoints[0].port;
    this.httpPort = tcp.http;
    this.callPort = tcp.call;
    this.turn = blob.turn;
    child.status.then((status) => this.exit = status);
  }

  /** Starts `main.ts` with the identity of the corpus, on ports that are free. */
  static async start(fault: string): Promise<HubUnderTest> {
    const folder = await Deno.makeTempDir();
    await writeState(`${folder}/relay-state.json`);
    const port = freePort();
    const tcp = { http: freeTcpPort(), call: freeTcpPort() };
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        "--v8-flags=--expose-gc",
        PROGRAM,
        fault,
        "--fixed-id=false",
        `--state=${folder}/relay-state.json`,
        `--port=${port}`,
        `--http=${tcp.http}`,
        `--call=${tcp.call}`,
        "--advertise=127.0.0.1",
        "--verbose",
      ],
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const output = new Output(child);
    const line = await output.next(/^LINK (.*)$/m);
    return new HubUnderTest(child, output, line[1], tcp);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The last lines it has printed, and all lines about errors nobody handled. */
  get lines(): { readonly last: readonly string[]; readonly uncaught: readonly string[] } {
    return { last: this.#output.last, uncaught: this.#output.uncaught };
  }

  /** `/status`, as anybody on the network can read it. */
  async status(): Promise<HubStatus> {
    // A connection may be refused while the HTTP target holds them all.
    for (let attempt = 0;; attempt++) {
      try {
        const response = await fetch(`http://127.0.0.1:${this.httpPort}/status`, {
          signal: AbortSignal.timeout(10_000),
        });
        return await response.json();
      } catch (error) {
        if (attempt === 3 || this.exit !== undefined) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }

  /** Collects the hub's garbage and weighs the rest. */
  async memory(): Promise<HubMemory> {
    const answer = this.#output.next(/^MEMORY (.*)$/m);
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("memory\n"));
    writer.releaseLock();
    return JSON.parse((await answer)[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.exit === undefined) this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#child.stdin.close().catch(() => {});
    await this.#output.ended;
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

function freeTcpPort(): number {
  using listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  return listener.addr.port;
}

/** What a process prints, line by line. */
class Output {
  readonly last: string[] = [];
  readonly uncaught: string[] = [];
  readonly ended: Promise<unknown>;
  #waiting: { pattern: RegExp; found: (match: RegExpExecArray) => void }[] = [];

  constructor(child: Deno.ChildProcess) {
    this.ended = Promise.all([child.stdout, child.stderr].map((stream) => this.#read(stream)));
  }

  /** The next line that fits. */
  async next(pattern: RegExp): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    this.#waiting.push({ pattern, found: resolve });
    const giveUp = (why: string) => reject(new Error(`${why}:\n${this.last.join("\n")}`));
    const timer = setTimeout(() => giveUp(`the hub never printed ${pattern}`), PATIENCE_MS);
    this.ended.then(() => giveUp("the hub has ended"));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#line(line);
    }
    if (rest !== "") this.#line(rest);
  }

  #line(line: string): void {
    if (!/[█▀▄]/.test(line)) this.last.push(line); // the QR code says nothing here
    if (this.last.length > 40) this.last.shift();
    if (UNCAUGHT.test(line)) this.uncaught.push(line);
    this.#waiting = this.#waiting.filter(({ pattern, found }) => {
      const match = pattern.exec(line);
      if (match !== null) found(match);
      return match === null;
    });
  }
}
