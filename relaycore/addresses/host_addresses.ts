/**
 * The addresses of this computer as the media relay and the names need them. Pure: it gets the
 * interfaces as a list.
 *
 * @module
 */

import type { AdvertisedAddress } from "../api.ts";
import { parseIpv4 } from "../net/transport_address.ts";
import type { NetworkInterface } from "../net/network_interfaces.ts";
import { isLocal } from "./rank.ts";

/**
 * All IPv4 addresses with their netmasks, those that are advertised first, best first.
 *
 * @param interfaces all IPv4 addresses of all interfaces that are up.
 * @param advertised what is in the blob, best first; names among them are left out.
 */
export function hostAddresses(
  interfaces: readonly NetworkInterface[],
  advertised: readonly Pick<AdvertisedAddress, "host">[],
): { readonly address: string; readonly netmask: string }[] {
  const own = interfaces.map(({ address, netmask }) => ({ address, netmask }));
  // An address that was given and is none of ours, a forwarded one say, has no subnet here.
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
 * The interfaces on whose networks guests may ask for the hub by its name: those of addresses that
 * are advertised, can be reached and belong to a local network. Where no address can be reached,
 * those of all that are advertised: a guess about an adapter must not silence the hub. An address
 * that only this computer has needs no name, and nobody on the internet is to hear of it.
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
