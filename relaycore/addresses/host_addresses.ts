/**
 * The addresses of this computer in the form that the media relay and the names need. Pure: it gets
 * the interfaces as a list.
 *
 * @module
 */

import type { AdvertisedAddress } from "../api.ts";
import { parseIpv4 } from "../net/transport_address.ts";
import type { NetworkInterface } from "../net/network_interfaces.ts";
import { isLocal } from "./rank.ts";

/**
 * All IPv4 addresses with their netmasks. Advertised addresses come first, the best one at the
 * front.
 *
 * @param interfaces all IPv4 addresses of all interfaces that are up.
 * @param advertised the hosts in the blob, best first. Names are left out.
 */
export function hostAddresses(
  interfaces: readonly NetworkInterface[],
  advertised: readonly Pick<AdvertisedAddress, "host">[],
): { readonly address: string; readonly netmask: string }[] {
  const own = interfaces.map(({ address, netmask }) => ({ address, netmask }));
  // An advertised address that this computer does not have, such as a forwarded one, has no subnet
  // here.
  const foreign = advertised.filter(({ host }) =>
    parseIpv4(host) !== undefined && !own.some(({ address }) => address === host)
  ).map(({ host }) => ({ address: host, netmask: "255.255.255.255" }));
  const rank = ({ address }: { readonly address: string }) => {
    const index = advertised.findIndex(({ host }) => host === address);
    return index < 0 ? advertised.length : index;
  };
  return [...own, ...foreign].sort((a, b) => rank(a) - rank(b));
}

/**
 * The interfaces on which the hub answers for its names: those with an advertised address that
 * belongs to a local network and can be reached. If no such address can be reached, all interfaces
 * with advertised local addresses are used, because a wrong guess about an adapter must not silence
 * the hub. Other addresses get no name: a name is useless where only this computer reaches the hub,
 * and must not be announced on the internet.
 *
 * @param interfaces all IPv4 addresses of all interfaces that are up.
 * @param advertised what is in the blob.
 */
export function namedInterfaces(
  interfaces: readonly NetworkInterface[],
  advertised: readonly AdvertisedAddress[],
): NetworkInterface[] {
  const local = advertised.filter(({ host }) => isLocal(host));
  const reachable = local.filter(({ reachable }) => reachable);
  const named = reachable.length > 0 ? reachable : local;
  return interfaces.filter(({ address }) => named.some(({ host }) => host === address));
}
