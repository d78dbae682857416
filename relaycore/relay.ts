/**
 * A running hub, from its settings to its link: takes the ports, reads and writes the files, knows
 * the addresses of this computer, and tells everybody what has changed.
 *
 * What guests need and the link does not is loaded when the link is out. That is nearly all of the
 * code; what is imported below is light, and whoever adds to it makes everybody wait who starts a
 * hub (`deno task bench:executable`).
 *
 * @module
 */

import {
  hostAddresses,
  namedInterfaces,
  type NetworkInterface,
} from "./addresses/host_addresses.ts";
import { rankAddresses } from "./addresses/rank.ts";
import { type AddressWatch, watchAddresses } from "./addresses/watch.ts";
import {
  type AdvertisedAddress,
  type Hub,
  type HubConfig,
  type HubLog,
  HubStartError,
  type HubStatus,
} from "./api.ts";
import { Counters } from "./counters.ts";
import type { GuestPort } from "./guest_port.ts";
import {
  removeLeftovers,
  writeFileAtomically,
  writeFileAtomicallySync,
} from "./identity/atomic_file.ts";
import type { Identity } from "./identity/identity.ts";
import { wellKnownIdentity } from "./identity/well_known.ts";
import * as limits from "./limits.ts";
import { encodeBlob, isHost, isTurn } from "./join_link/blob.ts";
import { joinLink, parseBase } from "./join_link/join_link.ts";
import { linkPath } from "./join_link/link_path.ts";
import type { HubNames } from "./mdns/hub_names.ts";
import { type AdvertisedName, hubName } from "./mdns/labels.ts";
import { isMdnsPortShared } from "./mdns/mdns_port.ts";
import { type MediaRelay, openMediaRelay } from "./media_relay.ts";
import { type HubSocket, openHubSocket } from "./net/hub_port.ts";
import { parseIpv4 } from "./net/transport_address.ts";
import { reasonOf } from "./reason.ts";
import type { HubAddress } from "./turn/hub_addresses.ts";
import { VERSION } from "./version.ts";

/** Limits that `/status` shows. */
const SHOWN_LIMITS = {
  guests: limits.MAX_GUESTS,
  unfinishedHandshakes: limits.MAX_UNFINISHED_HANDSHAKES,
  messageBytes: limits.MAX_MESSAGE_BYTES,
  bufferedBytesPerGuest: limits.MAX_BUFFERED_BYTES,
  consentSeconds: limits.CONSENT_TIMEOUT_MS / 1000,
};

const LINK_FILE_MODE = 0o644;

const SILENT: HubLog = { warn: () => {}, info: () => {}, debug: () => {} };

/**
 * Starts a hub.
 *
 * @returns once the port is open and guests can join.
 * @throws {HubStartError} if something is for a person to put right: a setting that makes no
 *   sense, a port that is taken, a state file that cannot be read.
 */
export async function startHub(config: HubConfig): Promise<Hub> {
  const base = parseBase(config.base);
  if (base === undefined) {
    throw new HubStartError(
      `"${config.base}" is not the address of a site; give an http or https URL without ? and #, ` +
        `like https://kibitz.chat.`,
    );
  }
  for (const host of config.advertise) {
    if (!isHost(host)) {
      throw new HubStartError(
        `"${host}" cannot be advertised; give an IPv4 address or a host name.`,
      );
    }
  }
  if (config.turn !== undefined && config.turn !== "off" && !isTurn(config.turn)) {
    throw new HubStartError(
      "This TURN server cannot stand in a link; give a port, and a user and a password of letters " +
        "and digits.",
    );
  }
  if (linkPath(config.statePath) === config.statePath) {
    throw new HubStartError(
      `The state file cannot be called relay-link.txt, which is where the link is written; name ` +
        `another with --state.`,
    );
  }
  const { identity, port, socket } = await takeIdentityAndPort(config);
  const media = await openMediaRelay(
    config,
    config.log ?? SILENT,
    () => relayAddresses(config.advertise),
  );
  const relay = new RunningHub(config, base, identity, { socket, port }, media);
  await relay.ready();
  return relay;
}

/** The identity of this run and its open port. A new or changed one of its own is saved. */
async function takeIdentityAndPort(
  config: HubConfig,
): Promise<HubSocket & { identity: Identity }> {
  const wellKnown = wellKnownIdentity();
  if (config.fixedId) {
    const { socket, port } = await openHubSocket(config.port, undefined, [wellKnown]);
    return { identity: wellKnown, socket, port };
  }
  const { loadState, saveState } = await import("./identity/state_file.ts");
  const saved = await loadState(config.statePath);
  const identity = saved?.identity ?? await newIdentity();
  const { socket, port } = await openHubSocket(config.port, saved?.port, [wellKnown, identity]);
  if (saved === undefined || saved.port !== port) {
    try {
      await saveState(config.statePath, { identity, port });
    } catch (error) {
      socket.close();
      throw error;
    }
  }
  return { identity, socket, port };
}

/** Draws an identity. What makes certificates is loaded only here, where one is made. */
async function newIdentity(): Promise<Identity> {
  const { generateIdentity } = await import("./identity/generate.ts");
  return await generateIdentity();
}

class RunningHub implements Hub {
  readonly port: number;
  readonly #base: string;
  readonly #identity: Identity;
  readonly #config: HubConfig;
  readonly #log: HubLog;
  readonly #startedAt = performance.now();
  readonly #counters = new Counters();
  readonly #socket: Deno.DatagramConn;
  readonly #media: MediaRelay;
  /** Undefined until it is loaded. */
  #guests: GuestPort | undefined;
  #serving: Promise<void> | undefined;
  readonly #listeners = new Set<() => void>();
  #watch: AddressWatch | undefined;
  /** Who has port 5353; undefined if the hub cannot answer for names. */
  readonly #namesPort: "free" | "shared" | undefined;
  /** Undefined until it is loaded. */
  #names: HubNames | undefined;
  #pagePort: number | undefined;
  #interfaces: readonly NetworkInterface[];
  #addresses: readonly AdvertisedAddress[];
  /** Of these addresses. */
  #blob: string;
  #isReady = false;
  /** One write of the link file after the other, so that the last link is the one that stays. */
  #linkWritten: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(
    config: HubConfig,
    base: string,
    identity: Identity,
    { socket, port }: HubSocket,
    media: MediaRelay,
  ) {
    this.#media = media;
    this.#socket = socket;
    this.port = port;
    this.#base = base;
    this.#identity = identity;
    this.#config = config;
    this.#log = config.log ?? SILENT;
    try {
      this.#interfaces = networkInterfaces();
    } catch {
      this.#interfaces = [];
      this.#log.warn(
        "The system does not tell the addresses of this computer; start the hub with " +
          "--allow-sys=networkInterfaces or -A, or give --advertise.",
      );
    }
    this.#namesPort = config.names === false ? undefined : namesPort(this.#log);
    this.#addresses = this.#rankedAddresses();
    this.#blob = this.#blobOf(this.#addresses);
    for (const host of config.advertise) {
      if (parseIpv4(host) !== undefined || /\.local$/i.test(host)) continue;
      this.#log.warn(
        `Browsers may pass over ${host}: they look for IPv4 addresses and names that end in .local.`,
      );
    }
    if (config.fixedId && !this.#discovery) {
      this.#log.warn(
        `Browsers look for hubs on UDP port ${limits.DISCOVERY_PORT} only, and this hub is on ` +
          `${port}: it will not be found by itself. The link and the QR code work.`,
      );
    }
  }

  get addresses(): readonly AdvertisedAddress[] {
    return this.#addresses;
  }

  get blob(): string {
    return this.#blob;
  }

  get link(): string {
    return joinLink(this.#base, this.#blob);
  }

  get #discovery(): boolean {
    return this.#config.fixedId && this.port === limits.DISCOVERY_PORT;
  }

  status(): HubStatus {
    const turn = this.#media.own?.status();
    const rooms = this.#guests?.rooms;
    return {
      version: VERSION,
      uptimeSeconds: Math.floor((performance.now() - this.#startedAt) / 1000),
      port: this.port,
      addresses: this.#addresses,
      discovery: this.#discovery,
      guests: rooms?.guestCount ?? 0,
      rooms: rooms?.roomCount ?? 0,
      turn: turn === undefined ? null : {
        port: turn.port,
        allocations: turn.allocations,
        relayedPackets: turn.relayedPackets,
        relayedBytes: turn.relayedBytes,
      },
      limits: { ...SHOWN_LIMITS, ...turn?.limits },
      counters: {
        ...this.#counters.snapshot(),
        ...this.#names?.counters,
        "frames-routed": rooms?.routedFrames ?? 0,
        ...turn?.counters,
      },
    };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setPagePort(port: number): void {
    this.#pagePort = port;
    this.#names?.setPagePort(port);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Resolves when the link is complete, as far as that can be known soon, and in its file. */
  async ready(): Promise<void> {
    // Only a responder of this computer could add a name to those that are known.
    if (this.#namesPort === "shared") {
      await this.#startNames();
      await this.#names?.computerNameAsked();
    }
    this.#isReady = true;
    this.#writeLinkFile(true);
    await this.#linkWritten;
    this.#serving = this.#serve();
  }

  /** Writes `relay-link.txt` beside the state file; if it cannot, that is a warning. */
  #writeLinkFile(isStart = false): void {
    const path = linkPath(this.#config.statePath);
    const text = `${this.link}\n`;
    this.#linkWritten = this.#linkWritten.then(async () => {
      try {
        if (isStart) writeFileAtomicallySync(path, text, LINK_FILE_MODE);
        else await writeFileAtomically(path, text, { mode: LINK_FILE_MODE, durable: false });
      } catch (error) {
        this.#log.warn(`${path} cannot be written (${reasonOf(error)}); the hub runs without it.`);
      }
    });
  }

  async #stop(): Promise<void> {
    const namesGone = this.#names?.stop();
    await this.#serving;
    this.#watch?.stop();
    await Promise.all([
      this.#guests!.stop(),
      namesGone,
      this.#media.own?.stop(),
      this.#linkWritten,
    ]);
  }

  /** Opens to guests, who may have been sending already: that waits in the sockets. */
  async #serve(): Promise<void> {
    // Whoever waits for the link goes first. It is a timer because what is imported outside of one
    // at the start takes Deno 5 ms more.
    await new Promise((resolve) => setTimeout(resolve));
    const { GuestPort } = await import("./guest_port.ts");
    this.#watch = watchAddresses(
      networkInterfaces,
      this.#interfaces,
      (interfaces) => this.#guarded(() => this.#interfacesChanged(interfaces)),
      limits.ADDRESS_POLL_INTERVAL_MS,
    );
    this.#guests = new GuestPort({
      socket: this.#socket,
      identity: this.#identity,
      counters: this.#counters,
      log: this.#log,
      guarded: (run) => this.#guarded(run),
    });
    await this.#media.own?.serve();
    if (this.#names === undefined) await this.#startNames();
    await removeLeftovers(linkPath(this.#config.statePath));
  }

  /** The interfaces are others, or the same after a sleep: all that depends on them follows. */
  #interfacesChanged(interfaces: readonly NetworkInterface[]): void {
    this.#interfaces = interfaces;
    this.#media.own?.addressesChanged();
    this.#refreshAddresses();
    this.#answerForNames();
  }

  /** Tells everybody what is advertised now, if that is something else than before. */
  #refreshAddresses(): void {
    const addresses = this.#rankedAddresses();
    const hosts = addresses.map(({ host }) => host).join(", ");
    if (hosts === this.#addresses.map(({ host }) => host).join(", ")) return;
    this.#addresses = addresses;
    this.#blob = this.#blobOf(addresses);
    if (!this.#isReady) return; // nobody has seen the others
    this.#log.info(`The addresses have changed: ${hosts}.`);
    for (const listener of this.#listeners) this.#guarded(listener);
    this.#writeLinkFile();
  }

  #rankedAddresses(): AdvertisedAddress[] {
    // The hub's own name counts while nobody has said that it is taken.
    const atStart = this.#namesPort === undefined ? [] : [hubName(this.#identity.ufrag)];
    const names: readonly AdvertisedName[] = this.#names?.advertised ?? atStart;
    return rankAddresses(this.#interfaces, this.#config.advertise, names);
  }

  #blobOf(addresses: readonly AdvertisedAddress[]): string {
    return encodeBlob({
      ...this.#identity,
      turn: this.#media.blobTurn,
      endpoints: addresses.map(({ host }) => ({ host, port: this.port })),
    });
  }

  /** Begins to answer for the hub's names, if it can. */
  async #startNames(): Promise<void> {
    if (this.#namesPort === undefined) return;
    const { HubNames } = await import("./mdns/hub_names.ts");
    if (this.#stopped !== undefined) return;
    this.#names = new HubNames({
      portIsShared: this.#namesPort === "shared",
      ufrag: this.#identity.ufrag,
      port: this.port,
      txt: [`version=${VERSION}`, `discovery=${this.#discovery ? 1 : 0}`],
      hostname: hostname(),
      log: this.#log,
      counters: this.#counters,
      changed: () => this.#refreshAddresses(),
    });
    if (this.#pagePort !== undefined) this.#names.setPagePort(this.#pagePort);
    await this.#answerForNames();
  }

  async #answerForNames(): Promise<void> {
    try {
      await this.#names?.setInterfaces(namedInterfaces(this.#interfaces, this.#addresses));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Runs something whose failure must not end the hub. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#counters.count("internal-error");
    this.#log.debug(`internal error: ${error instanceof Error ? error.stack : error}`);
  }
}

/** The IPv4 addresses of all interfaces that are up. */
function networkInterfaces(): NetworkInterface[] {
  return Deno.networkInterfaces().filter(({ family }) => family === "IPv4")
    .map(({ name, family, address, netmask }) => ({ name, family, address, netmask }));
}

/** Who has port 5353; undefined, and a warning in the log, where nobody but its holder may answer. */
function namesPort(log: HubLog): "free" | "shared" | undefined {
  try {
    return isMdnsPortShared() ? "shared" : "free";
  } catch (error) {
    log.warn(
      `The hub has no name on the network, and a printed code holds only as long as its address: ` +
        `UDP port 5353 cannot be shared (${reasonOf(error)}).`,
    );
  }
}

/** What the system calls this computer, if the hub may know without a question to the person. */
function hostname(): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  return state === "granted" ? Deno.hostname() : undefined;
}

/** This computer's addresses for the media relay; those that were given, if the system tells none. */
function relayAddresses(advertise: readonly string[]): HubAddress[] {
  let interfaces: NetworkInterface[];
  try {
    interfaces = networkInterfaces();
  } catch {
    interfaces = []; // the person is told by the hub itself
  }
  return hostAddresses(interfaces, rankAddresses(interfaces, advertise).map(({ host }) => host));
}
