/**
 * A running hub: opens the socket, keeps the time, reads and writes the files, and joins the parts
 * that know nothing of these. What happens inside a packet is not its business.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import {
  hostAddresses,
  namedInterfaces,
  type NetworkInterface,
} from "./addresses/host_addresses.ts";
import { rankAddresses } from "./addresses/rank.ts";
import { watchAddresses } from "./addresses/watch.ts";
import {
  type AdvertisedAddress,
  type Relay,
  type RelayConfig,
  type RelayLog,
  RelayStartError,
  type RelayStatus,
} from "./api.ts";
import { Counters } from "./counters.ts";
import { kindOf } from "./demultiplexer.ts";
import type { GuestSession } from "./guest/guest_session.ts";
import { GuestTable } from "./guest/guest_table.ts";
import { HandshakeQueue } from "./guest/handshake_queue.ts";
import { HelloVerifier } from "./guest/hello_verifier.ts";
import { Hub } from "./hub/hub.ts";
import { IceResponder } from "./ice/responder.ts";
import { writeFileAtomically } from "./identity/atomic_file.ts";
import type { Identity } from "./identity/identity.ts";
import { loadState, saveState } from "./identity/state_file.ts";
import { wellKnownIdentity } from "./identity/well_known.ts";
import * as limits from "./limits.ts";
import { encodeBlob, isHost, isTurn } from "./link/blob.ts";
import { joinLink, parseBase } from "./link/join_link.ts";
import { linkPath } from "./link/link_path.ts";
import { HubNames } from "./names/hub_names.ts";
import { type MediaRelay, startMediaRelay } from "./media_relay.ts";
import { type HubSocket, openHubSocket } from "./net/hub_port.ts";
import { parseIpv4, type TransportAddress } from "./net/transport_address.ts";
import { UdpLoop } from "./net/udp_loop.ts";
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

const SILENT: RelayLog = { warn: () => {}, info: () => {}, debug: () => {} };

/**
 * Starts a hub.
 *
 * @returns once the port is open and guests can join.
 * @throws {RelayStartError} if something is for a person to put right: a setting that makes no
 *   sense, a port that is taken, a state file that cannot be read.
 */
export async function startRelay(config: RelayConfig): Promise<Relay> {
  const base = parseBase(config.base);
  if (base === undefined) {
    throw new RelayStartError(
      `"${config.base}" is not the address of a site; give an http or https URL without ? and #, ` +
        `like https://kibitz.chat.`,
    );
  }
  for (const host of config.advertise) {
    if (!isHost(host)) {
      throw new RelayStartError(
        `"${host}" cannot be advertised; give an IPv4 address or a host name.`,
      );
    }
  }
  if (config.turn !== undefined && config.turn !== "off" && !isTurn(config.turn)) {
    throw new RelayStartError(
      "This TURN server cannot stand in a link; give a port, and a user and a password of letters " +
        "and digits.",
    );
  }
  if (linkPath(config.statePath) === config.statePath) {
    throw new RelayStartError(
      `The state file cannot be called relay-link.txt, which is where the link is written; name ` +
        `another with --state.`,
    );
  }
  const { identity, port, socket } = await takeIdentityAndPort(config);
  const media = await startMediaRelay(
    config,
    config.log ?? SILENT,
    () => relayAddresses(config.advertise),
  );
  const relay = new RunningRelay(config, base, identity, { socket, port }, media);
  await relay.ready();
  return relay;
}

/** The identity of this run and its open port. A new or changed one of its own is saved. */
async function takeIdentityAndPort(
  config: RelayConfig,
): Promise<HubSocket & { identity: Identity }> {
  const wellKnown = wellKnownIdentity();
  if (config.fixedId) {
    const { socket, port } = await openHubSocket(config.port, undefined, [wellKnown]);
    return { identity: wellKnown, socket, port };
  }
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

class RunningRelay implements Relay {
  readonly port: number;
  readonly #base: string;
  readonly #identity: Identity;
  readonly #config: RelayConfig;
  readonly #log: RelayLog;
  readonly #startedAt = performance.now();
  readonly #counters = new Counters();
  readonly #hub = new Hub();
  readonly #loop: UdpLoop;
  readonly #media: MediaRelay;
  readonly #handshakes: HandshakeQueue;
  #running: Promise<void> | undefined;
  readonly #guests: GuestTable;
  /** Loaded before the first datagram is read. */
  #Session: typeof GuestSession | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #endTimers: () => void;
  readonly #names: HubNames | undefined;
  #interfaces: readonly NetworkInterface[];
  #addresses: readonly AdvertisedAddress[];
  #isReady = false;
  /** One write of the link file after the other, so that the last link is the one that stays. */
  #linkWritten: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(
    config: RelayConfig,
    base: string,
    identity: Identity,
    { socket, port }: HubSocket,
    media: MediaRelay,
  ) {
    this.#media = media;
    this.port = port;
    this.#base = base;
    this.#identity = identity;
    this.#config = config;
    this.#log = config.log ?? SILENT;
    this.#loop = new UdpLoop(socket, this.#counters);
    this.#guests = new GuestTable({
      ice: new IceResponder(identity),
      verifier: new HelloVerifier(),
      hub: this.#hub,
      counters: this.#counters,
      createSession: (firstMessageSeq, now, events) =>
        new this.#Session!(identity, firstMessageSeq, now, events),
      send: this.#loop.send,
      debug: (sentence) => this.#log.debug(sentence),
    });
    this.#handshakes = new HandshakeQueue(
      (datagram, from) =>
        this.#guarded(() => this.#guests.receiveDtls(datagram, from, performance.now())),
      afterReading,
    );
    try {
      this.#interfaces = networkInterfaces();
    } catch {
      this.#interfaces = [];
      this.#log.warn(
        "The system does not tell the addresses of this computer; start the hub with " +
          "--allow-sys=networkInterfaces or -A, or give --advertise.",
      );
    }
    this.#names = config.names === false ? undefined : HubNames.start({
      ufrag: identity.ufrag,
      port,
      txt: [`version=${VERSION}`, `discovery=${this.#discovery ? 1 : 0}`],
      hostname: hostname(),
      log: this.#log,
      counters: this.#counters,
      changed: () => this.#refreshAddresses(),
    });
    this.#addresses = this.#rankedAddresses();
    const watch = watchAddresses(
      networkInterfaces,
      this.#interfaces,
      (interfaces) => this.#guarded(() => this.#interfacesChanged(interfaces)),
      limits.ADDRESS_POLL_INTERVAL_MS,
    );
    const sweep = setInterval(
      () => this.#guarded(() => this.#guests.sweep(performance.now())),
      limits.SWEEP_INTERVAL_MS,
    );
    this.#endTimers = () => {
      watch.stop();
      clearInterval(sweep);
    };
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
    return encodeBlob({
      ...this.#identity,
      turn: this.#media.blobTurn,
      endpoints: this.#addresses.map(({ host }) => ({ host, port: this.port })),
    });
  }

  get link(): string {
    return joinLink(this.#base, this.blob);
  }

  get #discovery(): boolean {
    return this.#config.fixedId && this.port === limits.DISCOVERY_PORT;
  }

  status(): RelayStatus {
    const turn = this.#media.own?.status();
    return {
      version: VERSION,
      uptimeSeconds: Math.floor((performance.now() - this.#startedAt) / 1000),
      port: this.port,
      addresses: this.#addresses,
      discovery: this.#discovery,
      guests: this.#hub.guestCount,
      rooms: this.#hub.roomCount,
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
        "frames-routed": this.#hub.routedFrames,
        ...turn?.counters,
      },
    };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setPagePort(port: number): void {
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
    await this.#answerForNames();
    await this.#names?.hostNameAsked();
    this.#isReady = true;
    await this.#writeLinkFile();
    this.#running = this.#serve();
  }

  /** Writes `relay-link.txt` beside the state file; if it cannot, that is a warning. */
  #writeLinkFile(): Promise<void> {
    const path = linkPath(this.#config.statePath);
    this.#linkWritten = this.#linkWritten.then(async () => {
      try {
        await writeFileAtomically(path, `${this.link}\n`, { mode: 0o644, durable: false });
      } catch (error) {
        this.#log.warn(`${path} cannot be written (${reasonOf(error)}); the hub runs without it.`);
      }
    });
    return this.#linkWritten;
  }

  async #stop(): Promise<void> {
    this.#endTimers();
    const namesGone = this.#names?.stop();
    this.#guests.close();
    await this.#loop.drain(limits.STOP_GRACE_MS);
    this.#loop.close();
    await Promise.all([this.#running, namesGone, this.#media.own?.stop(), this.#linkWritten]);
  }

  /** Reads what guests send, until the hub stops. */
  async #serve(): Promise<void> {
    // DTLS and SCTP take longest to load, so whoever waits for the link gets it first. The port is
    // open meanwhile, and what guests send waits in the socket.
    await new Promise((resolve) => setTimeout(resolve));
    const { GuestSession } = await import("./guest/guest_session.ts");
    this.#Session = GuestSession;
    await this.#loop.run((datagram, from) => this.#receive(datagram, from));
  }

  #receive(datagram: Uint8Array, from: TransportAddress): void {
    const now = performance.now();
    switch (kindOf(datagram)) {
      case "stun":
        return this.#guests.receiveStun(datagram, from, now);
      case "other":
        return this.#counters.count("datagram-unknown");
      case "dtls":
        switch (this.#guests.standingOf(from, now)) {
          case "data":
            return this.#guests.receiveDtls(datagram, from, now);
          case "unchecked":
            return this.#counters.count("dtls-unchecked");
          case "handshake":
            if (!this.#handshakes.push(datagram, from)) {
              this.#counters.count("handshake-queue-full");
            }
        }
    }
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
    if (!this.#isReady) return; // nobody has seen the others
    this.#log.info(`The addresses have changed: ${hosts}.`);
    for (const listener of this.#listeners) this.#guarded(listener);
    this.#writeLinkFile();
  }

  #rankedAddresses(): AdvertisedAddress[] {
    return rankAddresses(this.#interfaces, this.#config.advertise, this.#names?.advertised);
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

/** Calls `step` when what waits in the socket has been taken: one datagram a turn of the event loop. */
function afterReading(step: () => void, turns: number = limits.READS_PER_HANDSHAKE_STEP): void {
  setImmediate(() => turns > 1 ? afterReading(step, turns - 1) : step());
}
