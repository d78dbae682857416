/**
 * Two workers in one: with `role` "receive", sockets that hold allocations and count what arrives;
 * with "send", sockets that hold allocations with a channel to each of those and send at a given
 * pace. Each role has a thread of its own, so that the load does not distort the measurement.
 *
 * @module
 */

import type { TransportAddress } from "../../relaycore/net/transport_address.ts";
import { TurnClient } from "../support/turn_client.ts";
import { pause } from "../support/waiting.ts";

/** What a worker is told. */
export type LoadCommand =
  | {
    readonly kind: "allocate";
    readonly server: TransportAddress;
    readonly credentials: { readonly username: string; readonly password: string };
    /** One client is made on each of these loopback addresses. */
    readonly hostnames: readonly string[];
  }
  /** Binds channel 0x4000 of each client to the peer with the same index. */
  | { readonly kind: "bind"; readonly peers: readonly TransportAddress[] }
  | { readonly kind: "listen" }
  | { readonly kind: "count" }
  | {
    readonly kind: "send";
    readonly packetsPerSecond: number;
    readonly seconds: number;
    readonly bytes: number;
  }
  | { readonly kind: "release" };

/** The channel that every client of the load has. */
const CHANNEL = 0x4000;

const clients: TurnClient[] = [];
let received = 0;

const worker = self as unknown as {
  onmessage: (event: MessageEvent<LoadCommand>) => void;
  postMessage(message: unknown): void;
};

worker.onmessage = async ({ data }) => {
  try {
    worker.postMessage({ result: await obey(data) });
  } catch (error) {
    worker.postMessage({ error: String(error) });
  }
};

async function obey(command: LoadCommand): Promise<unknown> {
  switch (command.kind) {
    case "allocate":
      for (const hostname of command.hostnames) {
        const client = new TurnClient(command.server, command.credentials, hostname);
        clients.push(client);
        await client.allocate();
      }
      return clients.map((client) => client.relayed);
    case "bind":
      for (const [index, client] of clients.entries()) {
        await client.channelBind(CHANNEL, command.peers[index]);
      }
      return;
    case "listen":
      for (const client of clients) void listen(client);
      return;
    case "count":
      return received;
    case "send":
      return await send(command);
    case "release":
      for (const client of clients.splice(0)) client[Symbol.dispose]();
      return;
  }
}

/** Counts, and says something now and then: our relay sends hardly anything to who is silent. */
async function listen(client: TurnClient): Promise<void> {
  const { socket } = client;
  const empty = Uint8Array.of(CHANNEL >> 8, CHANNEL & 255, 0, 0);
  const speaking = setInterval(() => client.send(empty).catch(() => clearInterval(speaking)), 1000);
  const buffer = new Uint8Array(2048);
  try {
    while (true) {
      await socket.receive(buffer);
      received++;
    }
  } catch {
    // Closed.
  }
}

/** Sends in turn from each client, each packet at its own time; returns how many and how fast. */
async function send(
  { packetsPerSecond, seconds, bytes }: LoadCommand & { kind: "send" },
): Promise<{ sent: number; packetsPerSecond: number }> {
  const packet = new Uint8Array(4 + bytes).fill(0x55);
  packet.set([CHANNEL >> 8, CHANNEL & 255, bytes >> 8, bytes & 255]);
  const total = Math.round(packetsPerSecond * seconds);
  const start = performance.now();
  for (let sent = 0; sent < total; sent++) {
    const due = start + sent * 1000 / packetsPerSecond;
    const early = due - performance.now();
    if (early > 3) await pause(early - 2); // the pace
    while (performance.now() < due) { /* A timer would come in bursts. */ }
    await clients[sent % clients.length].send(packet);
  }
  return { sent: total, packetsPerSecond: total * 1000 / (performance.now() - start) };
}
