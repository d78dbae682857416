import { hostAddresses, namedInterfaces } from "../../relaycore/addresses/host_addresses.ts";
import { rankAddresses } from "../../relaycore/addresses/rank.ts";
import type { NetworkInterface } from "../../relaycore/net/network_interfaces.ts";
import { watchAddresses } from "../../relaycore/addresses/watch.ts";
import { MAX_ENDPOINTS } from "../../relaycore/limits.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";

/** Interfaces written as "name address", or "name address/255.255.255.255". */
function interfaces(...lines: string[]): NetworkInterface[] {
  return lines.map((line) => {
    const space = line.lastIndexOf(" ");
    const [address, netmask = "255.255.255.0"] = line.slice(space + 1).split("/");
    return { name: line.slice(0, space), address, netmask };
  });
}

function hosts(lines: string[], advertise: string[] = []): string[] {
  return rankAddresses(interfaces(...lines), advertise).map(({ host }) => host);
}

Deno.test("private addresses come best first: 192.168, then 10, then 172.16", () => {
  assertEquals(
    hosts(["lo 127.0.0.1", "eth1 172.21.10.2", "eth0 10.1.2.3", "wlan0 192.168.1.7"]),
    ["192.168.1.7", "10.1.2.3", "172.21.10.2"],
  );
});

Deno.test("virtual adapters come last, by name and by range, and say so", () => {
  const virtual = [
    "docker0 172.17.0.1",
    "br-5f2a90c1d2e3 172.18.0.1",
    "veth12ab 192.168.9.1",
    "virbr0 192.168.122.1",
    "vmnet8 192.168.57.1",
    "vEthernet (WSL (Hyper-V firewall)) 172.28.0.1",
    "Network (WSL) 172.29.0.1",
    "VirtualBox Host-Only Network 192.168.56.1",
    "tailscale0 100.101.102.103",
    "utun4 10.8.0.2",
    "wg0 10.9.0.2",
    "eth9 100.64.3.4",
    "Ethernet 2 192.168.56.1", // VirtualBox on Windows
    "waydroid0 192.168.240.1",
    "hassio 172.30.32.1",
    "vpn0 10.8.0.6",
    "NordVPN 10.5.0.2",
    "bridge100 192.168.64.1", // virtual machines on macOS: UTM, and others over vmnet
    "bridge101 10.211.55.2", // Parallels
  ];
  for (const line of virtual) {
    const ranked = rankAddresses(interfaces(line, "Ethernet 172.31.0.5"), []);
    assertEquals(ranked[0].host, "172.31.0.5", line);
    assertEquals(ranked[1].reachable, false, line);
    assertMatch(ranked[1].remark, /virtual adapter, phones usually can't reach it/);
  }
});

Deno.test("hotspots and ordinary adapters of all systems are real", () => {
  const real = [
    "Wi-Fi 192.168.0.3",
    "Ethernet 2 10.0.0.5",
    "Local Area Connection* 2 192.168.137.1",
    "en0 192.168.0.3",
    "bridge100 192.168.2.1",
    "wlp3s0 10.0.0.9",
    "ap0 192.168.43.1",
    "enp0s31f6 172.16.4.4",
    "br0 192.168.5.1",
    "br-lan 192.168.1.1", // OpenWrt
    "br-guest 192.168.7.1",
    "newslan 192.168.8.1",
  ];
  for (const line of real) {
    const [{ reachable }] = rankAddresses(interfaces(line), []);
    assert(reachable, line);
  }
});

Deno.test("VPN clients of all makes rank after a Wi-Fi and after a phone's hotspot", () => {
  const clients = [
    "CloudflareWARP 172.16.0.2/255.255.255.255",
    "wg0-mullvad 10.64.12.7/255.255.255.255",
    "Mullvad 10.64.12.7",
    "gpd0 10.20.1.5",
    "Ethernet 5 10.20.1.5/255.255.255.255", // GlobalProtect on Windows
    "cscotun0 10.30.1.5",
    "Cisco AnyConnect Secure Mobility Client 10.30.1.5",
    "Tailscale 100.101.102.103/255.255.255.255",
    "ZeroTier One [93afae5963c547f1] 192.168.191.14",
    "ztks54inm2 192.168.191.14",
    "utun3 10.8.0.6",
  ];
  for (const network of ["Wi-Fi 192.168.1.7", "en0 172.20.10.3/255.255.255.240", "en0 10.9.0.3"]) {
    const address = interfaces(network)[0].address;
    for (const client of clients) {
      const [first, second] = rankAddresses(interfaces(client, network), []);
      assertEquals([first.host, first.reachable], [address, true], `${client}, ${network}`);
      assertEquals(second.reachable, false, client);
    }
  }
  assertEquals(hosts(["eth0 10.0.0.9", "wlan0 172.20.10.3/255.255.255.240"])[0], "172.20.10.3");
});

Deno.test("if there is nothing better, an adapter that looks virtual counts as the network", () => {
  for (const line of ["tun0 10.8.0.2", "vEthernet (External) 192.168.1.9", "eth1 172.17.3.4"]) {
    const cards = interfaces("lo 127.0.0.1", line);
    const name = { host: "kbz-abc.local", remark: "" };
    const ranked = rankAddresses(cards, [], [name]);
    assertEquals(ranked.map(({ reachable }) => reachable), [true, true], line);
    assertMatch(ranked[0].remark, /there is no other network/);
    assertEquals(namedInterfaces(cards, ranked), [cards[1]], line);
  }
});

Deno.test("phones cannot reach a bridge inside this computer, but the hub still answers for its name", () => {
  const cards = interfaces("lo 127.0.0.1", "docker0 172.17.0.1");
  const ranked = rankAddresses(cards, [], [{ host: "kbz-abc.local", remark: "" }]);
  assertEquals(ranked.map(({ reachable }) => reachable), [false, false]);
  assertEquals(namedInterfaces(cards, ranked), [cards[1]]);
});

Deno.test("a name can be reached if an address can", () => {
  const name = { host: "kbz-abc.local", remark: "the hub's name" };
  const reachable = (...lines: string[]) =>
    rankAddresses(interfaces(...lines), [], [name]).at(-1)?.reachable;
  assertEquals(reachable("lo 127.0.0.1"), false);
  assertEquals(reachable(), false);
  assertEquals(reachable("lo 127.0.0.1", "wlan0 192.168.1.7"), true);
});

Deno.test("an address for IPv4 translation is not advertised", () => {
  assertEquals(hosts(["en0 192.0.0.2", "wlan0 10.0.0.7"]), ["10.0.0.7"]);
  assertEquals(hosts(["clat4 192.0.0.4/255.255.255.255"]), ["127.0.0.1"]);
});

Deno.test("addresses of equal rank always have the same order", () => {
  const lines = ["wlan0 192.168.1.30", "eth0 192.168.1.9", "eth0 192.168.1.10", "eth1 10.0.0.1"];
  const expected = ["192.168.1.9", "192.168.1.10", "192.168.1.30", "10.0.0.1"];
  assertEquals(hosts(lines), expected);
  assertEquals(hosts(lines.toReversed()), expected);
});

Deno.test("addresses from --advertise come first, names come last, and none is listed twice", () => {
  assertEquals(
    hosts(["wlan0 192.168.1.7", "eth0 10.0.0.2"], ["cabin.local", "10.0.0.2", "203.0.113.9"]),
    ["10.0.0.2", "203.0.113.9", "192.168.1.7", "cabin.local"],
  );
  assertEquals(hosts([], ["Cabin.local", "cabin.LOCAL"]), ["Cabin.local"]);
});

Deno.test("there are never more addresses than a blob can hold", () => {
  const many = Array.from({ length: 40 }, (_, i) => `eth${i} 10.0.${i}.1`);
  assertEquals(hosts(many).length, MAX_ENDPOINTS);
});

Deno.test("IPv6 is not advertised", () => {
  assertEquals(hosts(["eth0 fe80::1", "eth0 fd00::2", "eth0 10.0.0.1"]), ["10.0.0.1"]);
});

Deno.test("without a private address the others are used, each with a remark", () => {
  const cases: [string[], string, RegExp, boolean][] = [
    [["lo 127.0.0.1", "eth0 203.0.113.5", "usb0 169.254.1.1"], "203.0.113.5", /same network/, true],
    [["lo 127.0.0.1", "usb0 169.254.1.1"], "169.254.1.1", /self-assigned/, true],
    [["lo 127.0.0.1"], "127.0.0.1", /only this computer can reach it/, false],
    [[], "127.0.0.1", /only this computer can reach it/, false],
  ];
  for (const [lines, host, remark, reachable] of cases) {
    const [first] = rankAddresses(interfaces(...lines), []);
    assertEquals([first.host, first.reachable], [host, reachable]);
    assertMatch(first.remark, remark);
  }
});

Deno.test("virtual adapters alone do not hide the address that guests can reach", () => {
  const docker = ["lo 127.0.0.1", "docker0 172.17.0.1", "tailscale0 100.101.102.103"];
  assertEquals(hosts([...docker, "eth0 203.0.113.5", "usb0 169.254.1.1"]), [
    "203.0.113.5",
    "169.254.1.1",
    "172.17.0.1",
    "100.101.102.103",
  ]);
  assertEquals(hosts(docker), ["172.17.0.1", "100.101.102.103"]);
});

Deno.test("a tunnel with a public address also comes last", () => {
  assertEquals(
    rankAddresses(interfaces("tun0 203.0.113.9", "usb0 169.254.1.1", "wlan0 198.51.100.1"), [])
      .map(({ host, reachable }) => [host, reachable]),
    [["198.51.100.1", true], ["169.254.1.1", true], ["203.0.113.9", false]],
  );
});

Deno.test("a name from --advertise does not replace the found addresses, but an address does", () => {
  const campus = ["lo 127.0.0.1", "eth0 203.0.113.5"];
  assertEquals(hosts(campus, ["cabin.local"]), ["203.0.113.5", "cabin.local"]);
  assertEquals(hosts(campus, ["198.51.100.7"]), ["198.51.100.7"]);
  assertEquals(hosts(["lo 127.0.0.1"], ["cabin.local"]), ["cabin.local"]);
});

Deno.test("names stay in the blob if there are too many addresses", () => {
  const bridges = Array.from({ length: 12 }, (_, i) => `docker${i} 172.${18 + i}.0.1`);
  const ranked = hosts([...bridges, "wlan0 192.168.1.7"], ["cabin.local"]);
  assertEquals([ranked.length, ranked[0], ranked.at(-1)], [
    MAX_ENDPOINTS,
    "192.168.1.7",
    "cabin.local",
  ]);
  const names = Array.from({ length: 20 }, (_, i) => `n${i}.local`);
  const mostlyNames = hosts(["wlan0 192.168.1.7"], names);
  assertEquals([mostlyNames.length, mostlyNames[0]], [MAX_ENDPOINTS, "192.168.1.7"]);
  assertEquals(hosts([], names), names.slice(0, MAX_ENDPOINTS));
});

Deno.test("addresses that cannot be dialled are left out", () => {
  assertEquals(hosts(["eth0 0.0.0.0", "eth1 224.0.0.1"]), ["127.0.0.1"]);
});

Deno.test("a change of the list is reported once, and a failed read changes nothing", async () => {
  const reads = [["a"], ["a"], new Error("no"), ["b"], ["b"], ["a", "b"]];
  const told: string[][] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  let i = 0;
  const watch = watchAddresses(
    () => {
      const next = reads[Math.min(i++, reads.length - 1)];
      if (i > reads.length + 2) resolve();
      if (next instanceof Error) throw next;
      return next;
    },
    ["a"],
    (list) => told.push(list),
    1,
  );
  await promise;
  watch.stop();
  assertEquals(told, [["b"], ["a", "b"]]);
});

Deno.test("after sleep a change is reported even if the list is the same", async () => {
  let wallClock = 0;
  const { promise, resolve } = Promise.withResolvers<string[]>();
  let reads = 0;
  const watch = watchAddresses(
    () => {
      if (++reads === 3) wallClock += 3_600_000;
      return ["a"];
    },
    ["a"],
    resolve,
    1,
    () => wallClock,
  );
  assertEquals(await promise, ["a"]);
  assertEquals(reads, 4);
  watch.stop();
});

Deno.test("names come last, and the hub answers only on interfaces that can be reached", () => {
  const own = ["lo 127.0.0.1", "wlan0 192.168.1.7", "docker0 172.17.0.1"];
  const cards = interfaces(...own);
  const name = { host: "kbz-abc.local", remark: "the hub's name" };
  const ranked = rankAddresses(cards, ["Cabin.local"], [name, { ...name, host: "cabin.local" }]);
  assertEquals(ranked.map(({ host }) => host), [
    "192.168.1.7",
    "172.17.0.1",
    "Cabin.local",
    "kbz-abc.local",
  ]);
  assertEquals(ranked.at(-1), { ...name, reachable: true });
  assertEquals(namedInterfaces(cards, ranked), [cards[1]]);
  const abroad = interfaces("eth0 203.0.113.5", "eth1 169.254.1.2");
  assertEquals(namedInterfaces(abroad, rankAddresses(abroad, [])), [abroad[1]]);
});

Deno.test("the media relay gets all addresses with their netmasks, the advertised ones first", () => {
  const own = (name: string, address: string, netmask: string) => ({
    name,
    address,
    netmask,
  });
  assertEquals(
    hostAddresses(
      [
        own("lo", "127.0.0.1", "255.0.0.0"),
        own("eth0", "10.0.0.2", "255.0.0.0"),
        own("wlan0", "192.168.1.7", "255.255.255.0"),
      ],
      ["203.0.113.9", "192.168.1.7", "10.0.0.2", "cabin.local"].map((host) => ({ host })),
    ),
    [
      { address: "203.0.113.9", netmask: "255.255.255.255" },
      { address: "192.168.1.7", netmask: "255.255.255.0" },
      { address: "10.0.0.2", netmask: "255.0.0.0" },
      { address: "127.0.0.1", netmask: "255.0.0.0" },
    ],
  );
});
