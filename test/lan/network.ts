/**
 * A LAN in a box: a switch, a hub host and guest hosts, each a network namespace, joined by veth
 * pairs, with no way out. If namespaces are not available, everything runs on loopback, and
 * the reason is printed once. Knows nothing of hubs and browsers: it hands out hosts to run programs on.
 *
 * @module
 */

/** A machine on the LAN. */
export interface Host {
  /** Its name in messages. */
  readonly name: string;
  /** Its IPv4 address at the start. */
  readonly address: string;
  /** The network namespace that it is; empty on loopback. */
  readonly namespace: string;
  /** A command that runs `program` on this host. */
  command(program: string, options?: Deno.CommandOptions): Deno.Command;
  /** Adds an address, `192.168.77.9/24`, to the network card. */
  addAddress(cidr: string): Promise<void>;
  /**
   * Takes the network card out and puts another one in at once, with the same name and address, as
   * when a USB adapter is plugged in again.
   */
  replaceCard(): Promise<void>;
  /** Takes an address from the network card; routes over it go with it. */
  removeAddress(cidr: string): Promise<void>;
}

/** What kind of LAN is wanted. */
export interface LanOptions {
  /** Addresses of the guest hosts in CIDR notation, or how many in 192.168.77.0/24. */
  readonly guests: number | readonly string[];
  /** More addresses of the hub host, in CIDR notation. Its first is 192.168.77.1/24. */
  readonly hubAddresses?: readonly string[];
  /** Whether guests can reach the hub only and not each other, as on many public access points. */
  readonly clientIsolation?: boolean;
}

/** A LAN; disposing of it ends every program on it. */
export interface Lan extends AsyncDisposable {
  readonly kind: "namespaces" | "loopback";
  readonly hub: Host;
  readonly guests: readonly Host[];
  /** A directory for the files of this LAN, removed with it. */
  readonly directory: string;
}

const HUB_CIDR = "192.168.77.1/24";
const CARD = "wlan0";
const PREFIX = "kbz";
let unavailable: Promise<string | undefined> | undefined;

/** Makes a LAN of namespaces, or one on loopback where that cannot be. */
export async function createLan(options: LanOptions): Promise<Lan> {
  const directory = await Deno.makeTempDir({ prefix: `${PREFIX}${Deno.pid}-` });
  // The sweep and the probe are made once, and the reason said once, however many tests there are.
  unavailable ??= whyNoNamespaces().then(async (reason) => {
    if (reason) console.log(`These tests run on loopback instead of in a LAN: ${reason}`);
    else await removeLeftovers();
    return reason;
  });
  return await unavailable
    ? loopbackLan(options, directory)
    : await namespaceLan(options, directory);
}

/** Whether `createLan` makes real LANs here; a test that needs one can be skipped otherwise. */
export async function namespacesAvailable(): Promise<boolean> {
  return await whyNoNamespaces() === undefined;
}

async function whyNoNamespaces(): Promise<string | undefined> {
  if (Deno.env.get("KIBITZ_TEST_LAN") === "loopback") {
    return "KIBITZ_TEST_LAN=loopback asks for it.";
  }
  if (Deno.build.os !== "linux") return "network namespaces exist on Linux only.";
  if (Deno.uid() !== 0) return "network namespaces need root; run the tests as root.";
  const probe = `${PREFIX}${Deno.pid}-${crypto.randomUUID().slice(0, 4)}-probe`;
  try {
    await ip("netns", "add", probe);
    await ip("-n", probe, "link", "add", "br0", "type", "bridge");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "`ip` is missing; install iproute2.";
    return `making a namespace failed. ${(error as Error).message}`;
  } finally {
    await ip("netns", "del", probe).catch(() => {});
  }
}

async function namespaceLan(options: LanOptions, directory: string): Promise<Lan> {
  const name = (role: string) => `${PREFIX}${Deno.pid}-${tag}-${role}`;
  // Several LANs may stand at once, also in workers that share the process id.
  const tag = crypto.randomUUID().slice(0, 4);
  const made: string[] = [];
  const [hubAddress] = HUB_CIDR.split("/");
  const cidrs = typeof options.guests === "number"
    ? Array.from({ length: options.guests }, (_, i) => `192.168.77.${11 + i}/24`)
    : options.guests;

  const lan = {
    async [Symbol.asyncDispose]() {
      for (const namespace of made) await removeNamespace(namespace);
      await Deno.remove(directory, { recursive: true }).catch(() => {});
    },
  };
  const addNamespace = async (namespace: string) => {
    await ip("netns", "add", namespace);
    made.push(namespace);
    await ip("-n", namespace, "link", "set", "lo", "up");
  };
  const switchNamespace = name("switch");
  const addHost = async (role: string, cidr: string): Promise<Host> => {
    const namespace = name(role);
    await addNamespace(namespace);
    const addCard = async () => {
      await ip(
        ...["link", "add", "name", CARD, "netns", namespace],
        ...["type", "veth", "peer", "name", role, "netns", switchNamespace],
      );
      await ip("-n", switchNamespace, "link", "set", role, "master", "br0", "up");
      await ip("-n", namespace, "addr", "add", cidr, "dev", CARD);
      await ip("-n", namespace, "link", "set", CARD, "up");
    };
    await addCard();
    return {
      name: role,
      address: cidr.split("/")[0],
      namespace,
      command: (program, commandOptions = {}) =>
        new Deno.Command("ip", {
          ...commandOptions,
          args: ["netns", "exec", namespace, program, ...commandOptions.args ?? []],
        }),
      async replaceCard() {
        await ip("-n", namespace, "link", "del", CARD);
        await addCard();
      },
      addAddress: (added) => ip("-n", namespace, "addr", "add", added, "dev", CARD),
      removeAddress: (removed) => ip("-n", namespace, "addr", "del", removed, "dev", CARD),
    };
  };

  try {
    await addNamespace(switchNamespace);
    await ip("-n", switchNamespace, "link", "add", "br0", "type", "bridge");
    await ip("-n", switchNamespace, "link", "set", "br0", "up");
    const hub = await addHost("hub", HUB_CIDR);
    for (const cidr of options.hubAddresses ?? []) await hub.addAddress(cidr);
    const guests: Host[] = [];
    for (const [i, cidr] of cidrs.entries()) {
      const guest = await addHost(`guest${i + 1}`, cidr);
      guests.push(guest);
      // As DHCP on a phone's hotspot would give. Nothing is behind it, but Firefox asks the routing
      // table for its own address and gathers no candidate without a default route.
      await ip(
        ...["-n", name(guest.name), "route", "add", "default", "via", hubAddress],
        ...["dev", CARD, "onlink"],
      );
      if (options.clientIsolation) {
        await run("ip", [
          ...["netns", "exec", switchNamespace],
          ...["bridge", "link", "set", "dev", guest.name, "isolated", "on"],
        ]);
      }
    }
    return { ...lan, kind: "namespaces", hub, guests, directory };
  } catch (error) {
    await lan[Symbol.asyncDispose]();
    throw error;
  }
}

function loopbackLan(options: LanOptions, directory: string): Lan {
  // Packets to the machine's own address stay on loopback too, and unlike 127.0.0.1 it can be dialled
  // by Firefox, which gathers only on the interface of the default route.
  const own = Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  );
  const host = (name: string): Host => ({
    name,
    address: own?.address ?? "127.0.0.1",
    namespace: "",
    command: (program, commandOptions) => new Deno.Command(program, commandOptions),
    replaceCard: () => Promise.reject(new Error("Cards cannot be replaced on loopback.")),
    addAddress: () => Promise.reject(new Error("Addresses cannot change on loopback.")),
    removeAddress: () => Promise.reject(new Error("Addresses cannot change on loopback.")),
  });
  const count = typeof options.guests === "number" ? options.guests : options.guests.length;
  return {
    kind: "loopback",
    hub: host("hub"),
    guests: Array.from({ length: count }, (_, i) => host(`guest${i + 1}`)),
    directory,
    async [Symbol.asyncDispose]() {
      await Deno.remove(directory, { recursive: true }).catch(() => {});
    },
  };
}

/** Removes what test runs left behind that were killed before they could. */
async function removeLeftovers(): Promise<void> {
  for (const line of (await run("ip", ["netns", "list"])).split("\n")) {
    const [namespace] = line.split(" ");
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(namespace)?.[1];
    if (pid === undefined || Number(pid) === Deno.pid) continue;
    const alive = await Deno.stat(`/proc/${pid}`).then(() => true, () => false);
    if (!alive) await removeNamespace(namespace);
  }
}

async function removeNamespace(namespace: string): Promise<void> {
  const pids = await run("ip", ["netns", "pids", namespace]).catch(() => "");
  for (const pid of pids.split("\n").filter(Boolean)) {
    try {
      Deno.kill(Number(pid), "SIGKILL");
    } catch {
      // It ended by itself meanwhile.
    }
  }
  await ip("netns", "del", namespace).catch(() => {});
}

async function ip(...args: string[]): Promise<void> {
  await run("ip", args);
}

/** Runs a program to its end. @returns its output. @throws Error with what it complained about. */
async function run(program: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(`\`${program} ${args.join(" ")}\` says: ${decoder.decode(stderr).trim()}`);
  }
  return decoder.decode(stdout);
}
