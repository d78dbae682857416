/**
 * The media relay's own thread, for systems with batched system calls ({@link LinuxUdpSocket}). It
 * sleeps in `recvmmsg`, and work on the hub's thread does not delay a call's packets.
 * `worker_engine.ts` loads it as a worker; only that file exchanges messages with it.
 *
 * @module
 */

import { SWEEP_INTERVAL_MS, TURN_BATCH, TURN_GATHER, TURN_RECEIVE_TIMEOUT_MS } from "../limits.ts";
import { stackOf } from "../reason.ts";
import type { EngineConfig, EngineTotals } from "./engine.ts";
import { type HubAddress, HubAddresses } from "./hub_addresses.ts";
import { LinuxUdpSocket, type ReceivedDatagram } from "./linux_udp.ts";
import { HEADROOM, TAILROOM } from "./relay_path.ts";
import { TurnServer } from "./server.ts";

/** A message to the media relay's thread. The first one is always `start`. */
export type WorkerOrder =
  | StartOrder & EngineConfig
  | { readonly kind: "addresses"; readonly hostAddresses: readonly HubAddress[] }
  | { readonly kind: "stop" };

interface StartOrder {
  readonly kind: "start";
  /** The port of the socket to take over. Nobody else may use that socket any longer. */
  readonly port: number;
  /** A datagram that has been received from the socket already. */
  readonly first: ReceivedDatagram | undefined;
}

/** A message from the media relay's thread. */
export type WorkerReport =
  /** The thread has the socket. The other descriptor of the socket can be closed. */
  | { readonly kind: "started" }
  | { readonly kind: "failed"; readonly reason: string }
  /** Sent every second, with the stack of the last error inside the relay since the one before. */
  | { readonly kind: "totals"; readonly totals: EngineTotals; readonly failure?: string }
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
  worker.postMessage({ kind: "started" });

  try {
    if (order.first !== undefined) relay(socket, server, socket.place(order.first));
    await run(socket, server);
  } finally {
    socket.close();
  }
  worker.postMessage({ kind: "stopped" });
  worker.close();
}

/** Relays until it is told to stop. No packet can end it. */
async function run(socket: LinuxUdpSocket, server: TurnServer): Promise<void> {
  let sweepAt = 0;
  let ordersAt = 0;
  let packets = 0;
  let gathering = false;
  while (!stopping) {
    const count = socket.receive(!gathering);
    if (count > 0) relay(socket, server, count);
    packets += count;
    // After a full batch, more datagrams are probably waiting already.
    if (gathering && count < TURN_BATCH) socket.gather(TURN_GATHER.microseconds);
    const now = clock();
    if (now >= sweepAt) {
      sweepAt = now + SWEEP_INTERVAL_MS;
      try {
        server.sweep(now);
      } catch (error) {
        handlerErrors++;
        failure = stackOf(error);
      }
      worker.postMessage({ kind: "totals", totals: totalsOf(server, socket), failure });
      failure = undefined;
    }
    if (now >= ordersAt) {
      ordersAt = now + TURN_RECEIVE_TIMEOUT_MS;
      gathering = packets * 1000 >= TURN_GATHER.packetsPerSecond * TURN_RECEIVE_TIMEOUT_MS;
      packets = 0;
      // Orders arrive as events, so the event loop must run once.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
}

let tooLarge = 0;
let handlerErrors = 0;
/** The stack of the last error, until it is reported. */
let failure: string | undefined;

/** Handles a batch that was received, and sends the results. */
function relay(socket: LinuxUdpSocket, server: TurnServer, count: number): void {
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
    } catch (error) {
      handlerErrors++;
      failure = stackOf(error);
      continue;
    }
    if (out.bytes === buffer) {
      socket.queue(out.start, out.end, out.to.ip, out.to.port);
    } else {
      // An answer lies in another buffer. It is copied over the request, which is no longer needed.
      buffer.set(out.bytes, start);
      socket.queue(start, start + out.bytes.length, out.to.ip, out.to.port);
    }
  }
  socket.flush();
}

function totalsOf(server: TurnServer, socket: LinuxUdpSocket): EngineTotals {
  const { allocations, relayedPackets, relayedBytes } = server;
  const counters = server.counters();
  if (tooLarge > 0) counters["turn-too-large"] = tooLarge;
  if (handlerErrors > 0) counters["turn-handler-error"] = handlerErrors;
  if (socket.sendErrors > 0) counters["turn-send-error"] = socket.sendErrors;
  return { allocations, relayedPackets, relayedBytes, counters };
}

/** The time in whole milliseconds; it never goes back. */
function clock(): number {
  return Math.floor(performance.now());
}
