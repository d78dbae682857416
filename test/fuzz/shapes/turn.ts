/**
 * Makes attributes of TURN requests, valid and invalid ones.
 *
 * @module
 */

import type { TransportAddress } from "../../../relaycore/net/transport_address.ts";
import { Attribute } from "../../../relaycore/stun/registry.ts";
import { type AttributePair, lifetime, peerAddress } from "../../support/turn_session.ts";
import type { Random } from "../random.ts";

const TYPES = [
  Attribute.channelNumber,
  Attribute.lifetime,
  Attribute.xorPeerAddress,
  Attribute.data,
  Attribute.requestedTransport,
  Attribute.requestedAddressFamily,
  Attribute.evenPort,
  Attribute.reservationToken,
  Attribute.xorMappedAddress,
];

/**
 * Makes up to forty attributes.
 *
 * @param peers existing relayed addresses.
 */
export function turnAttributes(
  random: Random,
  peers: readonly TransportAddress[],
): AttributePair[] {
  const attributes: AttributePair[] = [];
  for (let count = random.pick([0, 1, 2, 3, 3, 40]); count > 0; count--) {
    attributes.push(attribute(random, peers));
  }
  return attributes;
}

function attribute(random: Random, peers: readonly TransportAddress[]): AttributePair {
  const type = random.once(12) ? random.number(16) : random.pick(TYPES);
  if (random.once(6)) return [type, random.bytes(random.pick([0, 1, 3, 4, 8, 20, 300]))];
  switch (type) {
    case Attribute.xorPeerAddress:
      return peerAddress(
        random.once(2)
          ? random.pick(peers)
          : { address: random.bytes(4).join("."), port: random.number(16) },
      );
    case Attribute.channelNumber:
      return [type, Uint8Array.of(random.pick([0x3f, 0x40, 0x4f, 0x7f]), random.below(4), 0, 0)];
    case Attribute.lifetime:
      return lifetime(random.number(32));
    case Attribute.requestedTransport:
      return [type, Uint8Array.of(random.pick([17, 6, 0]), 0, 0, 0)];
    case Attribute.data:
      return [type, random.bytes(random.pick([0, 1, 40, 1000]))];
    default:
      return [type, random.bytes(random.pick([1, 4, 8]))];
  }
}
