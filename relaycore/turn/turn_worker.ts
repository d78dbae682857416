/**
 * The relay's own thread where the system has calls for batches ({@link LinuxUdpSocket}): it sleeps
 * in `recvmmsg`, and nothing that happens on the hub's thread delays a call's packets. Loaded as a
 * worker by `worker_engine.ts`, which is its only correspondent.
 *
 * @module
 */

import { SWEEP_INTERVAL_MS, TURN_BATCH, TURN_GATHER, TURN_RECEIVE_TIMEOUT_MS } from "../limits.ts";
import type { EngineConfig, EngineTotals } from "./engine.ts";
import { type HubAddress, HubAddresses } from "./hub_addresses.ts";
import { LinuxUdpSocket } from "./linux_udp.ts";
import { HEADROOM, TAILROOM } from "./relay_path.ts";
import { TurnServer } from "./server.ts";

/** What the relay's thread is told. The first is always `start`. */
export type WorkerOrder =
  | { readonly kind: "start"; readonly port: number } & EngineConfig
  | { readonly kind: "addresses"; readonly hostAddresses: readonly HubAddress[] }
  | { readonly kind: "stop" };

/** What the relay's thread tells. */
export type WorkerReport =
  | { readonly kind: "started"; readonly port: number }
  | { readonly kind: "failed"; readonly reason: string }
  /** Every second. */
  | { readonly kind: "totals"; readonly totals: EngineTotals }
  | { readonly kind: "stopped" };

const worker = globalThis as unknown as {
  onmessage: (event: MessageEvent<WorkerOrder>) => void;
  postMessage(report: WorkerReport): void;
  close(): void;
};

let server: TurnServer | undefined;
let stopping = false;

worker.onmessage = ({ data: order }) => {
  if (order.kind === "stop") stopping = true;
  else if (order.kind === "addresses") {
    if (server !== undefined) server.hubAddresses = new HubAddresses(order.hostAddresses);
  } else void start(order);
};

async function start(order: WorkerOrder & { kind: "start" }): Promise<void> {
  let socket: LinuxUdpSocket;
  try {
    const room = { before: HEADROOM, after: TAILROOM };
    socket = new LinuxUdpSocket(order.port, room, TURN_RECEIVE_TIMEOUT_MS);
  } catch (error) {
    worker.postMessage({ kind: "failed", reason: String(error) });
    return worker.close();
  }
  server = new TurnServer({
    realm: order.realm,
    users: new Map([[order.username, order.password]]),
    hubAddresses: new HubAddresses(order.hostAddresses),
    secret: crypto.getRandomValues(new Uint8Array(32)),
    random: Math.random,
  });
  worker.postMessage({ kind: "started", port: socket.port });

  await run(socket, server);
  socket.close();
  worker.postMessage({ kind: "stopped" });
  worker.close();
}

/** Relays until told to stop. Nothing that a packet can do ends it. */
async function run(socket: LinuxUdpSocket, server: TurnServer): Promise<void> {
  let sweepAt = 0;
  let ordersAt = 0;
  let packets = 0;
  let gathering = false;
  while (!stopping) {
    const count = relayBatch(socket, server, !gathering);
    packets += count;
    // A full batch means that there are more already.
    if (gathering && count < TURN_BATCH) socket.gather(TURN_GATHER.microseconds);
    const now = clock();
    if (now >= sweepAt) {
      sweepAt = now + SWEEP_INTERVAL_MS;
      server.sweep(now);
      worker.postMessage({ kind: "totals", totals: totalsOf(server, socket) });
    }
    if (now >= ordersAt) {
      ordersAt = now + TURN_RECEIVE_TIMEOUT_MS;
      gathering = packets * 1000 >= TURN_GATHER.packetsPerSecond * TURN_RECEIVE_TIMEOUT_MS;
      packets = 0;
      // Orders arrive as events, which need a turn of the event loop.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
}

let tooLarge = 0;
let handlerErrors = 0;

/** One batch in, what comes of it out; returns how many came in. */
function relayBatch(socket: LinuxUdpSocket, server: TurnServer, wait: boolean): number {
  const count = socket.receive(wait);
  if (count === 0) return 0;
  const { buffer, slotBytes, headroom } = socket;
  const { out } = server;
  const now = clock();
  for (let index = 0; index < count; index++) {
    const length = socket.lengthOf(index);
    if (length < 0) {
      tooLarge++;
      continue;
    }
    const start = index * slotBytes + headroom;
    try {
      const ip = socket.ipOf(index);
      if (!server.receive(buffer, start, start + length, ip, socket.portOf(index), now)) continue;
    } catch {
      handlerErrors++;
      continue;
    }
    if (out.bytes === buffer) {
      socket.queue(out.start, out.end, out.to.ip, out.to.port);
    } else {
      // An answer is made elsewhere; the datagram it answers has been read.
      buffer.set(out.bytes, start);
      socket.queue(start, start + out.bytes.length, out.to.ip, out.to.port);
    }
  }
  socket.flush();
  return count;
}

function totalsOf(server: TurnServer, socket: LinuxUdpSocket): EngineTotals {
  const { allocations, relayedPackets, relayedBytes } = server;
  const counters = server.counters();
  if (tooLarge > 0) counters["turn-too-large"] = tooLarge;
  if (handlerErrors > 0) counters["turn-handler-error"] = handlerErrors;
  if (socket.sendErrors > 0) counters["turn-send-error"] = socket.sendErrors;
  return { allocations, relayedPackets, relayedBytes, counters };
}

/** Whole milliseconds that never go back. */
function clock(): number {
  return Math.floor(performance.now());
}
