/**
 * Which addresses to advertise, best first. Pure: it gets the interfaces as a list.
 *
 * @module
 */

import type { AdvertisedAddress } from "../api.ts";
import { MAX_ENDPOINTS } from "../limits.ts";
import { isHost } from "../join_link/blob.ts";
import type { NetworkInterface } from "../net/network_interfaces.ts";
import { parseIpv4 } from "../net/transport_address.ts";

/** Kinds of addresses, best first. */
const KINDS = [
  { range: "192.168.0.0/16", remark: "most likely your Wi-Fi" },
  { range: "10.0.0.0/8", remark: "a private network" },
  { range: "172.16.0.0/12", remark: "a private network" },
] as const;

/**
 * Interfaces of software, by how operating systems and programs name them: containers, virtual
 * machines, WSL, VPN tunnels. Hotspots are real networks: ap0 (Android, hostapd) and "Local
 * Area Connection* 2" (Windows Mobile Hotspot). These are how such names begin, in small letters.
 */
const VIRTUAL_BEGINNINGS = (
  "docker veth br- virbr vmnet vboxnet lxc lxd incus mpqemu waydroid hassio podman cni flannel " +
  "cali utun tun tap wg tailscale zt ppp ipsec nordlynx proton vnic"
).split(" ");

/** What such names have anywhere in them. */
const VIRTUAL_PARTS = (
  "vethernet virtualbox vmware hyper-v tailscale wireguard zerotier vpn"
).split(" ");

/** And as a word of its own: "newslan" has these letters too. */
const VIRTUAL_WORD = /\bwsl\b/;

/** Shared address space (RFC 6598): Tailscale and other VPNs, and carriers. */
const SHARED = "100.64.0.0/10";

/**
 * Address ranges of software: Docker's first bridge, and VirtualBox's host-only network, which
 * Windows calls "Ethernet 2".
 */
const VIRTUAL_RANGES = ["172.17.0.0/16", "192.168.56.0/24", SHARED];

/**
 * What macOS makes for Internet Sharing, a real network, and for virtual machines. Sharing counts up
 * from 192.168.2.1, machines from 192.168.64.1, and Parallels has 10.211.55.
 */
const MACOS_BRIDGE = /^bridge1\d\d$/;
const MACOS_SHARING = "192.168.0.0/18";

const LOOPBACK = "127.0.0.0/8";
const LINK_LOCAL = "169.254.0.0/16";

const VIRTUAL_REMARK = "virtual adapter, phones usually can't reach it";

interface Candidate extends AdvertisedAddress {
  readonly rank: number;
  readonly name: string;
}

const LAST_RESORT = candidate(
  "no network",
  "127.0.0.1",
  "only this computer can reach it; join a Wi-Fi or start a hotspot",
  false,
  0,
);

/**
 * Ranks addresses: those that the person gave, then private IPv4 addresses of real interfaces (with
 * neither, whatever other addresses there are), then those of virtual ones. Host names come last in
 * any case, because a browser that cannot resolve them should have tried the rest first.
 *
 * @param interfaces all IPv4 addresses of all interfaces that are up.
 * @param advertise IPv4 addresses and host names given by the person.
 * @param names what answers for this computer on its networks.
 * @returns at least one and at most {@link MAX_ENDPOINTS} addresses, each once.
 */
export function rankAddresses(
  interfaces: readonly NetworkInterface[],
  advertise: readonly string[],
  names: readonly { readonly host: string; readonly remark: string }[] = [],
): AdvertisedAddress[] {
  const ipv4 = interfaces.filter(({ address }) => isHost(address));
  const given = advertise.map((host): AdvertisedAddress => ({
    host,
    remark: "given by --advertise",
    reachable: !isIn(host, LOOPBACK),
  }));
  const found = ipv4.flatMap((entry) => privateCandidate(entry) ?? []);
  // Docker's bridge is no network that a guest could be on, and a name may not be resolved.
  if (advertise.every(isName) && !found.some(({ reachable }) => reachable)) {
    found.push(...ipv4.flatMap((entry) => otherCandidate(entry) ?? []));
  }
  if (found.length === 0 && given.length === 0) found.push(LAST_RESORT);
  found.sort((a, b) =>
    a.rank - b.rank || compare(a.name, b.name) || parseIpv4(a.host)! - parseIpv4(b.host)!
  );

  const all = new Map<string, AdvertisedAddress>();
  const answered = names.map((name) => ({ ...name, reachable: true }));
  for (const { host, remark, reachable } of [...given, ...found, ...answered]) {
    const key = host.toLowerCase();
    if (!all.has(key)) all.set(key, { host, remark, reachable });
  }
  const addresses = [...all.values()].filter(({ host }) => !isName(host));
  // Names outlive a change of address: the least of the addresses make room.
  const lasting = [...all.values()].filter(({ host }) => isName(host))
    .slice(0, MAX_ENDPOINTS - Math.min(1, addresses.length));
  return [...addresses.slice(0, MAX_ENDPOINTS - lasting.length), ...lasting];
}

/** Whether an address is one of a local network: private, or self-assigned. */
export function isLocal(address: string): boolean {
  return [...KINDS.map(({ range }) => range), LINK_LOCAL].some((range) => isIn(address, range));
}

function isName(host: string): boolean {
  return parseIpv4(host) === undefined;
}

function privateCandidate({ name, address }: NetworkInterface): Candidate | undefined {
  const kind = KINDS.findIndex(({ range }) => isIn(address, range));
  if (kind < 0 && !isIn(address, SHARED)) return undefined;
  return isVirtual(name, address)
    ? candidate(name, address, VIRTUAL_REMARK, false, KINDS.length)
    : candidate(name, address, KINDS[kind].remark, true, kind);
}

/** What to advertise when guests can reach no private address. */
function otherCandidate(entry: NetworkInterface): Candidate | undefined {
  const { name, address } = entry;
  if (isIn(address, LOOPBACK) || privateCandidate(entry) !== undefined) return undefined;
  if (isVirtual(name, address)) {
    return candidate(name, address, VIRTUAL_REMARK, false, KINDS.length);
  }
  return isIn(address, LINK_LOCAL)
    ? candidate(name, address, "self-assigned: no router gave one, phones rarely reach it", true, 1)
    : candidate(
      name,
      address,
      "not private; guests must be on the same network",
      true,
      0,
    );
}

function isVirtual(name: string, address: string): boolean {
  if (MACOS_BRIDGE.test(name)) return !isIn(address, MACOS_SHARING);
  const small = name.toLowerCase();
  return VIRTUAL_BEGINNINGS.some((beginning) => small.startsWith(beginning)) ||
    VIRTUAL_PARTS.some((part) => small.includes(part)) ||
    VIRTUAL_WORD.test(small) ||
    VIRTUAL_RANGES.some((range) => isIn(address, range));
}

function candidate(
  name: string,
  host: string,
  remark: string,
  reachable: boolean,
  rank: number,
): Candidate {
  return { name, host, remark: `${name} · ${remark}`, reachable, rank };
}

/** Whether an IPv4 address is in a range written as `address/bits`. */
function isIn(address: string, range: string): boolean {
  const [network, bits] = range.split("/");
  const value = parseIpv4(address);
  const size = 2 ** (32 - Number(bits));
  return value !== undefined && Math.floor(value / size) === Math.floor(parseIpv4(network)! / size);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
