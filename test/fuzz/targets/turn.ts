/**
 * Attacks TURN on the port of the media relay: requests with valid credentials that are mutated
 * before or after they are signed, Send indications and ChannelData, from clients with many
 * addresses.
 *
 * @module
 */

import { decodeStun, encodeStun } from "../../../relaycore/stun/message.ts";
import { MessageClass, Method } from "../../../relaycore/stun/registry.ts";
import { type AttributePair, lifetime, TurnSession, UDP } from "../../support/turn_session.ts";
import { eventually } from "../../support/waiting.ts";
import { mutated } from "../mutate.ts";
import { Random } from "../random.ts";
import { openSocket } from "../sender.ts";
import { resigned } from "../shapes/stun.ts";
import { turnAttributes } from "../shapes/turn.ts";
import type { Field, Target } from "../target.ts";

const REALM = "kibitz";
const METHODS = [
  Method.allocate,
  Method.refresh,
  Method.createPermission,
  Method.channelBind,
];

/**
 * The number of clients. Each has its own address, because the rate of requests is limited by
 * address.
 */
const CLIENTS = 24;

/** How long, and how often, the clients try to give their allocations back. Rates are limited. */
const GOODBYE_MS = 30_000;
const GOODBYE_INTERVAL_MS = 250;

/** A client. Its session has the latest nonce and relayed address that it has received. */
interface Client {
  readonly socket: Deno.DatagramConn;
  readonly session: TurnSession;
}

/** Sends from several clients, and uses their relayed addresses as peers. */
export function turnTarget({ media, hub }: Field): Target {
  const { username, password } = hub.turn;
  const clients = Array.from({ length: CLIENTS }, (_, i) => openClient(`127.0.1.${i + 1}`));

  function openClient(hostname: string): Client {
    const session = new TurnSession(hub.turn);
    session.realm = REALM;
    session.nonce = new Uint8Array();
    const socket = openSocket((datagram) => {
      const message = decodeStun(datagram);
      if (message !== undefined) session.learn(message);
    }, hostname);
    return { socket, session };
  }

  function request(
    { session }: Client,
    random: Random,
    method: number,
    attributes: readonly AttributePair[],
  ): Uint8Array {
    return session.encode(method, attributes, {
      transactionId: random.bytes(12),
      fingerprint: random.once(4),
    });
  }

  function packet(client: Client, random: Random): Uint8Array {
    const peers = clients.filter(({ session }) => session.hasAllocation)
      .map(({ session }) => session.relayed);
    if (peers.length === 0) peers.push({ address: "127.0.0.1", port: 50_000 });
    const attributes = turnAttributes(random, peers);
    switch (random.below(8)) {
      case 0:
        return request(client, random, Method.allocate, [UDP]);
      case 1:
      case 2: // mutated, then signed
        return resigned(
          mutated([request(client, random, random.pick(METHODS), attributes)], random),
          password,
          { username, realm: REALM },
        );
      case 3: // signed, then mutated
        return mutated([request(client, random, random.pick(METHODS), attributes)], random);
      case 4:
        return request(client, random, random.below(16), attributes);
      case 5: {
        const data = random.bytes(random.pick([0, 1, 3, 100, 1200]));
        const head = [random.pick([0x40, 0x40, 0x4f, 0x7f]), random.below(4)];
        const length = random.once(4) ? random.number(16) : data.length;
        return Uint8Array.of(...head, length >> 8, length & 255, ...data);
      }
      case 6:
        return encodeStun({
          method: Method.send,
          messageClass: MessageClass.indication,
          transactionId: random.bytes(12),
          attributes,
        });
      default:
        return request(client, random, random.pick(METHODS), attributes);
    }
  }

  return {
    name: "turn",
    pace: { share: 4 },
    packets: 0,
    async attack(random) {
      for (let i = 0; i < 32; i++) {
        const client = random.pick(clients);
        await media.send(client.socket, packet(client, random));
        this.packets++;
      }
    },
    /** Gives all allocations back. The hub's status tells how many are left. */
    async end() {
      const random = new Random("goodbye");
      await eventually("no allocation", GOODBYE_MS, async () => {
        if ((await hub.status()).turn?.allocations === 0) return true;
        for (const client of clients) {
          await media.send(client.socket, request(client, random, Method.refresh, [lifetime(0)]));
        }
      }, GOODBYE_INTERVAL_MS).catch(() => {});
      for (const { socket } of clients) socket.close();
    },
  };
}
