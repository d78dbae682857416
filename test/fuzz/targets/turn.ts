/**
 * TURN on the media relay's port: requests with valid credentials, mutated before or after they are
 * signed, Send indications and ChannelData, from clients of many addresses.
 *
 * @module
 */

import type { TransportAddress } from "../../../relaycore/net/transport_address.ts";
import { decodeXorAddress } from "../../../relaycore/stun/attributes.ts";
import { longTermKey } from "../../../relaycore/stun/integrity.ts";
import { decodeStun, encodeStun, findAttribute } from "../../../relaycore/stun/message.ts";
import { Attribute, MessageClass, Method } from "../../../relaycore/stun/registry.ts";
import { mutated } from "../mutate.ts";
import type { Random } from "../random.ts";
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

/** Each an address of its own, since requests are rationed by address. */
const CLIENTS = 24;

const encoder = new TextEncoder();

/** One client, with the nonce and the relayed address that it was given last. */
interface Client {
  readonly socket: Deno.DatagramConn;
  nonce: Uint8Array;
  relayed: TransportAddress | undefined;
}

export function turnTarget({ media, hub }: Field): Target {
  const { username, password } = hub.turn;
  const key = longTermKey(username, REALM, password);
  const clients = Array.from({ length: CLIENTS }, (_, i) => openClient(`127.0.1.${i + 1}`));

  function openClient(hostname: string): Client {
    const client: Client = {
      nonce: new Uint8Array(),
      relayed: undefined,
      socket: openSocket((datagram) => {
        const message = decodeStun(datagram);
        if (message === undefined) return;
        const nonce = findAttribute(message, Attribute.nonce);
        if (nonce !== undefined) client.nonce = nonce.slice();
        const relayed = findAttribute(message, Attribute.xorRelayedAddress);
        if (relayed !== undefined) client.relayed = decodeXorAddress(relayed);
      }, hostname),
    };
    return client;
  }

  function request(
    client: Client,
    random: Random,
    method: number,
    attributes: readonly (readonly [number, Uint8Array])[],
  ): Uint8Array {
    return encodeStun({
      method,
      messageClass: MessageClass.request,
      transactionId: random.bytes(12),
      attributes: [
        ...attributes,
        [Attribute.username, encoder.encode(username)],
        [Attribute.realm, encoder.encode(REALM)],
        [Attribute.nonce, client.nonce],
      ],
      integrityKey: key,
      fingerprint: random.once(4),
    });
  }

  function packet(client: Client, random: Random): Uint8Array {
    const peers = clients.flatMap(({ relayed }) => relayed ?? []);
    if (peers.length === 0) peers.push({ address: "127.0.0.1", port: 50_000 });
    const attributes = turnAttributes(random, peers);
    switch (random.below(8)) {
      case 0:
        return request(client, random, Method.allocate, [
          [Attribute.requestedTransport, Uint8Array.of(17, 0, 0, 0)],
        ]);
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
    /** Gives every allocation back, more than once, since answers and requests may be rationed. */
    async end() {
      const random = new (await import("../random.ts")).Random("goodbye");
      for (let attempt = 0; attempt < 40; attempt++) {
        if ((await hub.status()).turn?.allocations === 0) break;
        for (const client of clients) {
          const refresh = request(client, random, Method.refresh, [
            [Attribute.lifetime, new Uint8Array(4)],
          ]);
          await media.send(client.socket, refresh);
        }
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      for (const { socket } of clients) socket.close();
    },
  };
}
