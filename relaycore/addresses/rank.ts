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

/** A range of IPv4 addresses: the first one, and how many leading bits all of them share. */
interface Range {
  readonly first: number;
  readonly bits: number;
}

/** Kinds of private addresses, best first. */
const KINDS = [
  { range: rangeOf(16, 192, 168), remark: "most likely your Wi-Fi" },
  { range: rangeOf(28, 172, 20, 10), remark: "most likely an iPhone's hotspot" },
  { range: rangeOf(8, 10), remark: "a private network" },
  { range: rangeOf(12, 172, 16), remark: "a private network" },
] as const;

/**
 * How the names of bridges begin that software makes inside this computer for containers and
 * virtual machines. Phones cannot reach them. All names are compared in lower case.
 */
const INSIDE_BEGINNINGS = (
  "docker virbr vboxnet vmnet lxc lxd incus mpqemu waydroid hassio podman cni flannel cali vnic"
).split(" ");

/**
 * Docker's other bridges, and containers' virtual interfaces. `br-lan` does not match, because it is
 * the local network on OpenWrt. Windows' vEthernet does not match, because it may be the network
 * card.
 */
const DOCKER_BRIDGE = /^br-[0-9a-f]{12}$/;

/** Windows' name for such bridges. It must be a whole word, because "newslan" contains it too. */
const WSL = /\bwsl\b/;

/**
 * How the names of adapters begin that VPN clients and virtual machines make. A name is only a hint,
 * so it lowers an adapter's rank and does not exclude it. The names of hotspots are not listed,
 * because they are real networks: `ap0` (Android, hostapd) and `Local Area Connection* 2` (Windows).
 */
const VIRTUAL_BEGINNINGS = (
  "utun tun tap wg wt0 tailscale zt ham ppp ipsec gif nordlynx nordtun proton mullvad surfshark " +
  "windtun cloudflarewarp warp gpd cscotun pangp zcctun fortissl nebula outline"
).split(" ");

/** What the names of such adapters contain. */
const VIRTUAL_PARTS = (
  "vethernet virtualbox vmware hyper-v tailscale wireguard zerotier hamachi anyconnect " +
  "globalprotect mullvad warp forticlient openvpn vpn"
).split(" ");

/** Shared address space (RFC 6598). Tailscale, other VPNs and mobile carriers use it. */
const SHARED = rangeOf(10, 100, 64);

/**
 * Address ranges of virtual networks: Docker's first bridge, VirtualBox's host-only network (which
 * Windows calls "Ethernet 2"), and the shared address space.
 */
const VIRTUAL_RANGES = [rangeOf(16, 172, 17), rangeOf(24, 192, 168, 56), SHARED];

/** The netmask of a network that contains only this computer, as VPN clients use it. */
const POINT_TO_POINT = "255.255.255.255";

/**
 * Addresses that the system makes on an IPv6-only network (RFC 7335). No other host can reach them.
 */
const TRANSLATION = rangeOf(29, 192, 0, 0);

/**
 * A bridge that macOS makes, either for Internet Sharing, which is a real network, or for virtual
 * machines. Internet Sharing counts up from 192.168.2.1 and virtual machines from 192.168.64.1.
 * Parallels uses 10.211.55.
 */
const MACOS_BRIDGE = /^bridge1\d\d$/;
const MACOS_SHARING = rangeOf(18, 192, 168, 0);

const LOOPBACK = rangeOf(8, 127);
const LINK_LOCAL = rangeOf(16, 169, 254);

const VIRTUAL_REMARK = "virtual adapter, phones usually can't reach it";
const ONLY_REMARK = "looks like a VPN or a virtual adapter; there is no other network";

/** What an adapter seems to be: real, perhaps virtual, or inside this computer. */
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
 * Ranks addresses. The order is: addresses from `--advertise`, private IPv4 addresses of real
 * adapters, addresses of virtual adapters, host names.
 *
 * The other addresses of real adapters are used only if there is no address from `--advertise` and
 * no private one. An adapter that looks virtual counts as the network if there is no better one.
 * Host names are last, so that a browser that cannot resolve them tries the rest first.
 *
 * @param interfaces all IPv4 addresses of all interfaces that are up.
 * @param advertise the IPv4 addresses and host names from `--advertise`.
 * @param names the names that lead to this computer on its networks. They can be reached if one of
 *   its addresses can.
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
    reachable: !isIn(parseIpv4(host) ?? 0, LOOPBACK),
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

/** Whether an address belongs to a local network: whether it is private or self-assigned. */
export function isLocal(address: string): boolean {
  const ip = parseIpv4(address);
  return ip !== undefined && (kindOf(ip) >= 0 || isIn(ip, LINK_LOCAL));
}

function isName(host: string): boolean {
  return parseIpv4(host) === undefined;
}

/**
 * The addresses of this computer that can be advertised, in no particular order.
 *
 * @param anyAddress whether addresses that are not private are used if there are no better ones.
 */
function candidates(interfaces: readonly NetworkInterface[], anyAddress: boolean): Candidate[] {
  // Every address is read once, because this runs before the link is out.
  const usable = interfaces.map((entry) => ({ ...entry, ip: parseIpv4(entry.address) ?? 0 }))
    .filter(({ address, ip }) => isHost(address) && !isIn(ip, LOOPBACK) && !isIn(ip, TRANSLATION))
    .map((entry) => ({ ...entry, nature: natureOf(entry), kind: kindOf(entry.ip) }));
  const real = usable.filter(({ nature }) => nature === "real");
  const privateOnes = real.filter(({ kind }) => kind >= 0);
  const others = privateOnes.length > 0 || !anyAddress ? [] : real.filter(({ kind }) => kind < 0);
  const isOnly = privateOnes.length === 0 && others.length === 0;
  // Other addresses of virtual adapters are used only if no real adapter has a private one.
  const virtual = usable.filter(({ nature, kind, ip }) =>
    nature !== "real" && (kind >= 0 || isIn(ip, SHARED) || privateOnes.length === 0)
  );
  return [
    ...privateOnes.map(({ name, address, kind }) =>
      candidate(name, address, KINDS[kind].remark, true, kind)
    ),
    ...others.map(({ name, address, ip }) =>
      isIn(ip, LINK_LOCAL)
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

/** The index of an address's kind in {@link KINDS}; -1 if it has none. */
function kindOf(ip: number): number {
  return KINDS.findIndex(({ range }) => isIn(ip, range));
}

function natureOf({ name, ip, netmask }: NetworkInterface & { readonly ip: number }): Nature {
  const small = name.toLowerCase();
  // A pattern is compiled when it is first used, which takes longer than all the rest of this
  // function. So every pattern is used only for names that have its letters.
  if (small.startsWith("bridge1") && MACOS_BRIDGE.test(name)) {
    return isIn(ip, MACOS_SHARING) ? "real" : "inside";
  }
  const isInside = INSIDE_BEGINNINGS.some((beginning) => small.startsWith(beginning)) ||
    (small.startsWith("br-") && DOCKER_BRIDGE.test(small)) ||
    (small.startsWith("veth") && !small.startsWith("vethernet")) ||
    small.includes("(default switch)") || (small.includes("wsl") && WSL.test(small));
  if (isInside) return "inside";
  const isDoubtful = netmask === POINT_TO_POINT ||
    VIRTUAL_BEGINNINGS.some((beginning) => small.startsWith(beginning)) ||
    VIRTUAL_PARTS.some((part) => small.includes(part)) ||
    VIRTUAL_RANGES.some((range) => isIn(ip, range));
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

/** The range whose addresses share their first `bits` bits with `a.b.c.0`. */
function rangeOf(bits: number, a: number, b = 0, c = 0): Range {
  return { first: ((a << 24) | (b << 16) | (c << 8)) >>> 0, bits };
}

function isIn(ip: number, { first, bits }: Range): boolean {
  return ip >>> (32 - bits) === first >>> (32 - bits);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
