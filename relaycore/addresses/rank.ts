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

/** Kinds of private addresses, best first. */
const KINDS = [
  { range: "192.168.0.0/16", remark: "most likely your Wi-Fi" },
  { range: "172.20.10.0/28", remark: "most likely an iPhone's hotspot" },
  { range: "10.0.0.0/8", remark: "a private network" },
  { range: "172.16.0.0/12", remark: "a private network" },
] as const;

/**
 * Bridges that software makes inside this computer, for containers and virtual machines. Phones
 * cannot be on them. These are how such names begin, in small letters.
 */
const INSIDE_BEGINNINGS = (
  "docker virbr vboxnet vmnet lxc lxd incus mpqemu waydroid hassio podman cni flannel cali vnic"
).split(" ");

/**
 * Docker's other bridges, and the ends of containers' cables. `br-lan` is not among them: OpenWrt
 * gives the local network that name. Nor is Windows' vEthernet, which may be the network card.
 */
const DOCKER_BRIDGE = /^br-[0-9a-f]{12}$/;

/** What Windows calls such bridges. As a word of its own: "newslan" has the letters WSL too. */
const WSL = /\bwsl\b/;

/**
 * Adapters of VPN clients and of virtual machines, by how operating systems and programs name them.
 * A name is a guess, so it only ranks an adapter. Hotspots are real networks: ap0 (Android, hostapd)
 * and "Local Area Connection* 2" (Windows Mobile Hotspot). These are how such names begin, in small
 * letters.
 */
const VIRTUAL_BEGINNINGS = (
  "utun tun tap wg wt0 tailscale zt ham ppp ipsec gif nordlynx nordtun proton mullvad surfshark " +
  "windtun cloudflarewarp warp gpd cscotun pangp zcctun fortissl nebula outline"
).split(" ");

/** What such names have anywhere in them. */
const VIRTUAL_PARTS = (
  "vethernet virtualbox vmware hyper-v tailscale wireguard zerotier hamachi anyconnect " +
  "globalprotect mullvad warp forticlient openvpn vpn"
).split(" ");

/** Shared address space (RFC 6598): Tailscale and other VPNs, and carriers. */
const SHARED = "100.64.0.0/10";

/**
 * Address ranges of software: Docker's first bridge, and VirtualBox's host-only network, which
 * Windows calls "Ethernet 2".
 */
const VIRTUAL_RANGES = ["172.17.0.0/16", "192.168.56.0/24", SHARED];

/** A network with room for this computer alone, as VPN clients have it: nobody else is on it. */
const POINT_TO_POINT = "255.255.255.255";

/** Made up by the system to reach IPv4 from a network without it (RFC 7335). Nobody can dial it. */
const TRANSLATION = "192.0.0.0/29";

/**
 * What macOS makes for Internet Sharing, a real network, and for virtual machines. Sharing counts up
 * from 192.168.2.1, machines from 192.168.64.1, and Parallels has 10.211.55.
 */
const MACOS_BRIDGE = /^bridge1\d\d$/;
const MACOS_SHARING = "192.168.0.0/18";

const LOOPBACK = "127.0.0.0/8";
const LINK_LOCAL = "169.254.0.0/16";

const VIRTUAL_REMARK = "virtual adapter, phones usually can't reach it";
const ONLY_REMARK = "looks like a VPN or a virtual adapter; there is no other network";

/** What an adapter seems to be: a real one, one that may be software's, one inside this computer. */
type Nature = "real" | "doubtful" | "inside";

interface Candidate extends AdvertisedAddress {
  readonly rank: number;
  readonly name: string;
}

const LAST_RESORT = candidate(
  "no network",
  "127.0.0.1",
  "only this computer can reach it",
  false,
  0,
);

/**
 * Ranks addresses: those that the person gave, then private IPv4 addresses of real adapters, then
 * addresses of virtual adapters. If there are neither given nor private addresses, the other
 * addresses of real adapters are used. Names and ranges of adapters only affect the rank: if there
 * is no better adapter, one that looks virtual is the network. Host names come last in any case,
 * because a browser that cannot resolve them should have tried the rest first.
 *
 * @param interfaces all IPv4 addresses of all interfaces that are up.
 * @param advertise IPv4 addresses and host names given by the person.
 * @param names what answers for this computer on its networks. They lead to its addresses, so they
 *   are within reach if one of those is.
 * @returns at least one and at most {@link MAX_ENDPOINTS} addresses, each once.
 */
export function rankAddresses(
  interfaces: readonly NetworkInterface[],
  advertise: readonly string[],
  names: readonly { readonly host: string; readonly remark: string }[] = [],
): AdvertisedAddress[] {
  const given = advertise.map((host): AdvertisedAddress => ({
    host,
    remark: "given by --advertise",
    reachable: !isIn(host, LOOPBACK),
  }));
  const found = candidates(interfaces, advertise.every(isName));
  if (found.length === 0 && given.length === 0) found.push(LAST_RESORT);
  found.sort((a, b) =>
    a.rank - b.rank || compare(a.name, b.name) || parseIpv4(a.host)! - parseIpv4(b.host)!
  );

  const all = new Map<string, AdvertisedAddress>();
  const reachable = [...given, ...found].some(({ reachable }) => reachable);
  const answered = names.map((name) => ({ ...name, reachable }));
  for (const { host, remark, reachable } of [...given, ...found, ...answered]) {
    const key = host.toLowerCase();
    if (!all.has(key)) all.set(key, { host, remark, reachable });
  }
  const addresses = [...all.values()].filter(({ host }) => !isName(host));
  // Names stay valid when an address changes, so the lowest-ranked addresses make room for them.
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

/**
 * @param anyAddress whether addresses that are not private are used if there are no better ones.
 */
function candidates(interfaces: readonly NetworkInterface[], anyAddress: boolean): Candidate[] {
  const usable = interfaces.filter(({ address }) =>
    isHost(address) && !isIn(address, LOOPBACK) && !isIn(address, TRANSLATION)
  ).map((entry) => ({ ...entry, nature: natureOf(entry), kind: kindOf(entry.address) }));
  const real = usable.filter(({ nature }) => nature === "real");
  const privateOnes = real.filter(({ kind }) => kind >= 0);
  const others = privateOnes.length > 0 || !anyAddress ? [] : real.filter(({ kind }) => kind < 0);
  const isOnly = privateOnes.length === 0 && others.length === 0;
  const virtual = usable.filter(({ nature, kind, address }) =>
    nature !== "real" && (kind >= 0 || isIn(address, SHARED) || (isOnly || others.length > 0))
  );
  return [
    ...privateOnes.map(({ name, address, kind }) =>
      candidate(name, address, KINDS[kind].remark, true, kind)
    ),
    ...others.map(({ name, address }) =>
      isIn(address, LINK_LOCAL)
        ? candidate(
          name,
          address,
          "self-assigned: no router gave one, phones rarely reach it",
          true,
          1,
        )
        : candidate(name, address, "not private; guests must be on the same network", true, 0)
    ),
    ...virtual.map(({ name, address, nature }) => {
      const reachable = isOnly && nature === "doubtful";
      const remark = reachable ? ONLY_REMARK : VIRTUAL_REMARK;
      return candidate(name, address, remark, reachable, KINDS.length);
    }),
  ];
}

/** Which of {@link KINDS} an address is; -1 for none. */
function kindOf(address: string): number {
  return KINDS.findIndex(({ range }) => isIn(address, range));
}

function natureOf({ name, address, netmask }: NetworkInterface): Nature {
  const small = name.toLowerCase();
  // A pattern is compiled when it is first used, which takes longer than all the rest of this
  // function. So every pattern is used only for names that have its letters.
  if (small.startsWith("bridge1") && MACOS_BRIDGE.test(name)) {
    return isIn(address, MACOS_SHARING) ? "real" : "inside";
  }
  const isInside = INSIDE_BEGINNINGS.some((beginning) => small.startsWith(beginning)) ||
    (small.startsWith("br-") && DOCKER_BRIDGE.test(small)) ||
    (small.startsWith("veth") && !small.startsWith("vethernet")) ||
    small.includes("(default switch)") || (small.includes("wsl") && WSL.test(small));
  if (isInside) return "inside";
  const isDoubtful = netmask === POINT_TO_POINT ||
    VIRTUAL_BEGINNINGS.some((beginning) => small.startsWith(beginning)) ||
    VIRTUAL_PARTS.some((part) => small.includes(part)) ||
    VIRTUAL_RANGES.some((range) => isIn(address, range));
  return isDoubtful ? "doubtful" : "real";
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
