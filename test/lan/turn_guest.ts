/**
 * A guest of the relay without a browser, to be run on a host of the LAN:
 * `turn_guest.ts ADDRESS` allocates, prints its relayed address, then how many packets came in each
 * second; `turn_guest.ts ADDRESS RELAYED…` sends large packets to those relayed addresses.
 *
 * @module
 */

import type { TransportAddress } from "../../relaycore/net/transport_address.ts";
import { TurnClient } from "../support/turn_client.ts";
import { pause } from "../support/waiting.ts";

const HUB = { address: "192.168.77.1", port: 3478 };
const CREDENTIALS = { username: "user", password: "secret" };
const PACKETS_PER_SECOND = 300;
const PAYLOAD_BYTES = 1100;

const [address, ...peers] = Deno.args;
const client = new TurnClient(HUB, CREDENTIALS, address);
await client.allocate();
if (peers.length === 0) await receive();
else await send(peers.map(transportAddress));

async function receive(): Promise<void> {
  await client.createPermission(client.relayed);
  console.log(`${client.relayed.address}:${client.relayed.port}`);
  let count = 0;
  setInterval(() => {
    console.log(`${count}`);
    count = 0;
    // Whoever is in a call says something; this goes nowhere.
    client.send(Uint8Array.of(0x40, 0, 0, 0)).catch(() => {});
  }, 1000);
  const buffer = new Uint8Array(2048);
  while (true) {
    await client.socket.receive(buffer);
    count++;
  }
}

async function send(peers: readonly TransportAddress[]): Promise<void> {
  const packets: Uint8Array[] = [];
  for (const [index, peer] of peers.entries()) {
    await client.channelBind(0x4000 + index, peer);
    const packet = new Uint8Array(4 + PAYLOAD_BYTES);
    packet.set([0x40, index, PAYLOAD_BYTES >> 8, PAYLOAD_BYTES & 255]);
    packets.push(packet);
  }
  const start = performance.now();
  for (let round = 1;; round++) {
    for (const packet of packets) await client.send(packet);
    const early = start + round * 1000 / PACKETS_PER_SECOND - performance.now();
    if (early > 1) await pause(early); // the pace
  }
}

function transportAddress(text: string): TransportAddress {
  const [address, port] = text.split(":");
  return { address, port: Number(port) };
}
