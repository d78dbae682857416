/**
 * `deno task bench:turn`: our relay against coturn (Debian's `turnserver` with one relay thread),
 * same load, same machine, in one run. Linux only: CPU time is read from `/proc`.
 *
 * It prints, for packets of 200 and 1,100 bytes relayed from one allocation to another: CPU seconds
 * of the server process per million packets at fixed rates, and the highest rate without loss. With
 * `--quick` each CPU figure is measured once instead of three times.
 *
 * Where the time goes (`perf record` on the relay's thread at 60,000 packets/s): 95 % in the kernel,
 * of which `sendmmsg` 81 % (on loopback it includes the delivery to the receiving socket) and
 * `recvmmsg` 12 %; our code is 2 to 3 %. Below some thousand packets/s nearly all is being woken.
 *
 * What was tried, in CPU seconds per million packets of 200 bytes at 20,000/s (coturn: 26):
 *
 * - `node:dgram` under Deno: two orders of magnitude slower than `Deno.listenDatagram`; not used.
 * - `Deno.listenDatagram`, send not awaited: as fast as awaited, without a bound; not used.
 * - `Deno.listenDatagram`, one buffer, send awaited: 20; loses packets from 35,000/s on, because the
 *   receive buffer holds 208 KiB and cannot be enlarged. This is the datagram engine.
 * - A thread of its own with `recvmmsg` and `sendmmsg`, no allocation per packet, buffers of 4 MiB:
 *   16, no loss at 120,000/s. Nothing else of the hub's work delays it.
 * - The same, looking for packets every millisecond while there are many: 6. This is the thread
 *   engine.
 *
 * @module
 */

import type { TransportAddress } from "../../relaycore/net/transport_address.ts";
import { cpuSecondsOf } from "../support/proc.ts";
import { median } from "../support/quantiles.ts";
import { eventually, pause } from "../support/waiting.ts";
import type { LoadCommand } from "./turn_load.ts";

const CREDENTIALS = { username: "bench", password: "bench" };
/** As many pairs as keep each client address below the relay's own packet limit at any rate tried. */
const PAIRS = 12;
const SIZES = [200, 1100];
/** Rates for the CPU figure: a call of three, a call of twelve, a busy hall. */
const CPU_RATES = [2_000, 20_000, 60_000];
const CPU_SECONDS = 4;
const CPU_ROUNDS = 3;
const RATE_SECONDS = 2;
/** Lost packets out of so many that count as none: a benchmark machine does other things too. */
const TOLERATED_LOSS = 1 / 10_000;
const ATTEMPTS = 3;
/** Packets under way when the sender has sent its last one have arrived by then. */
const LAST_PACKETS_MS = 150;
/** For the servers to listen. */
const START_MS = 30_000;

interface Server {
  readonly name: string;
  readonly pid: number;
  readonly address: TransportAddress;
  stop(): Promise<void>;
}

/** A worker that obeys one command at a time. */
class Load implements Disposable {
  readonly #worker = new Worker(import.meta.resolve("./turn_load.ts"), { type: "module" });

  command<T>(command: LoadCommand): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }) =>
        data.error === undefined ? resolve(data.result as T) : reject(new Error(data.error));
      this.#worker.postMessage(command);
    });
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

/** Twelve senders and twelve receivers with allocations on one server. */
class Pairs implements Disposable {
  readonly #senders = new Load();
  readonly #receivers = new Load();

  /** @throws Error if the server does not answer; it may just have been started. */
  static async connect(server: Server): Promise<Pairs> {
    const pairs = new Pairs();
    try {
      await pairs.#connect(server);
      return pairs;
    } catch (error) {
      pairs[Symbol.dispose]();
      throw error;
    }
  }

  async #connect(server: Server): Promise<void> {
    const allocate = (load: Load, host: number) =>
      load.command<TransportAddress[]>({
        kind: "allocate",
        server: server.address,
        credentials: CREDENTIALS,
        hostnames: Array.from({ length: PAIRS }, (_, index) => `127.0.${host}.${index + 1}`),
      });
    const senders = await allocate(this.#senders, 1);
    const receivers = await allocate(this.#receivers, 2);
    await this.#senders.command({ kind: "bind", peers: receivers });
    await this.#receivers.command({ kind: "bind", peers: senders });
    await this.#receivers.command({ kind: "listen" });
  }

  /** Sends for a while; returns what was sent and what arrived. */
  async run(packetsPerSecond: number, seconds: number, bytes: number) {
    const before = await this.#receivers.command<number>({ kind: "count" });
    const { sent, packetsPerSecond: achieved } = await this.#senders.command<
      { sent: number; packetsPerSecond: number }
    >({ kind: "send", packetsPerSecond, seconds, bytes });
    await pause(LAST_PACKETS_MS); // packets that are lost never come
    const received = await this.#receivers.command<number>({ kind: "count" }) - before;
    return { sent, received, achieved };
  }

  [Symbol.dispose](): void {
    this.#senders[Symbol.dispose]();
    this.#receivers[Symbol.dispose]();
  }
}

function spawn(name: string, port: number, command: string, args: string[]): Server {
  const child = new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    name,
    pid: child.pid,
    address: { address: "127.0.0.1", port },
    async stop() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

function startOurs(port: number): Server {
  const script = new URL("./turn_server.ts", import.meta.url).pathname;
  const { username, password } = CREDENTIALS;
  // deno-fmt-ignore
  return spawn("ours", port, Deno.execPath(), [
    "run", "--unstable-net", "-A", script, String(port), username, password,
  ]);
}

function startCoturn(port: number): Server {
  const { username, password } = CREDENTIALS;
  // deno-fmt-ignore
  return spawn("coturn", port, "turnserver", [
    "-n", "--relay-threads", "1", "--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1",
    "--listening-port", String(port), "--lt-cred-mech", "--realm", "bench",
    "--user", `${username}:${password}`, "--allow-loopback-peers", "--no-cli", "--no-tls",
    "--no-dtls", "--no-tcp", "--no-tcp-relay", "--log-file", "/dev/null", "--pidfile", "",
    "--simple-log",
  ]);
}

/** CPU seconds per million packets that arrived. */
async function cpuPerMillion(server: Server, pairs: Pairs, rate: number, bytes: number) {
  const before = cpuSecondsOf(server.pid);
  const { received } = await pairs.run(rate, CPU_SECONDS, bytes);
  return (cpuSecondsOf(server.pid) - before) / received * 1e6;
}

/** The highest rate without loss, to 3 %, in packets a second. */
async function highestRate(pairs: Pairs, bytes: number): Promise<number> {
  const passes = async (rate: number) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { sent, received, achieved } = await pairs.run(rate, RATE_SECONDS, bytes);
      // A load that cannot keep its pace says nothing about the server.
      if (received >= sent * (1 - TOLERATED_LOSS) && achieved >= rate * 0.98) return true;
    }
    return false;
  };
  let low = 5_000;
  let high = 240_000;
  while (high / low > 1.03) {
    const middle = Math.round(Math.sqrt(low * high));
    if (await passes(middle)) low = middle;
    else high = middle;
  }
  return low;
}

async function main(): Promise<void> {
  const quick = Deno.args.includes("--quick");
  const servers = [startOurs(3490), startCoturn(3491)];
  const pairs: Pairs[] = [];
  try {
    for (const server of servers) {
      pairs.push(await eventually(server.name, START_MS, () => Pairs.connect(server)));
    }
    for (const set of pairs) await set.run(20_000, 2, 200); // Warm.

    console.log("CPU seconds per million relayed packets");
    for (const bytes of SIZES) {
      for (const rate of CPU_RATES) {
        const rounds: number[][] = [[], []];
        for (let round = 0; round < (quick ? 1 : CPU_ROUNDS); round++) {
          for (const [index, server] of servers.entries()) {
            rounds[index].push(await cpuPerMillion(server, pairs[index], rate, bytes));
          }
        }
        report(`${bytes} B at ${rate}/s`, median(rounds[0]), median(rounds[1]), 2);
      }
    }
    console.log("Highest rate without loss, packets per second");
    for (const bytes of SIZES) {
      const rates = [];
      for (const set of pairs) rates.push(await highestRate(set, bytes));
      report(`${bytes} B`, rates[0], rates[1], 0);
    }
  } finally {
    for (const set of pairs) set[Symbol.dispose]();
    for (const server of servers) await server.stop();
  }
}

function report(label: string, ours: number, coturn: number, digits: number): void {
  console.log(
    `  ${label.padEnd(18)} ours ${ours.toFixed(digits).padStart(8)}   coturn ${
      coturn.toFixed(digits).padStart(8)
    }   ours/coturn ${(ours / coturn).toFixed(2)}`,
  );
}

if (import.meta.main) await main();
