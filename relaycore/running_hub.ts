/**
 * A running hub. It knows the addresses of this computer and the join link that follows from them,
 * serves guests, and reports changes. `start.ts` opens its ports.
 *
 * @module
 */

import { hostAddresses, namedInterfaces } from "./addresses/host_addresses.ts";
import { rankAddresses } from "./addresses/rank.ts";
import { type AddressWatch, watchAddresses } from "./addresses/watch.ts";
import type { AdvertisedAddress, Hub, HubConfig, HubLog, HubStatus } from "./api.ts";
import { Counters } from "./counters.ts";
import type { GuestPort } from "./guest_port.ts";
import type { Identity } from "./identity/identity.ts";
import { encodeBlob } from "./join_link/blob.ts";
import { joinLink } from "./join_link/join_link.ts";
import { LinkFile } from "./join_link/link_file.ts";
import * as limits from "./limits.ts";
import type { HubNames } from "./mdns/hub_names.ts";
import type { AdvertisedName } from "./mdns/labels.ts";
import type { MediaRelay } from "./media_relay.ts";
import type { NetworkInterface } from "./net/network_interfaces.ts";
import { stackOf } from "./reason.ts";
import { VERSION } from "./version.ts";

/** Limits that `/status` shows. */
const SHOWN_LIMITS = {
  guests: limits.MAX_GUESTS,
  unfinishedHandshakes: limits.MAX_UNFINISHED_HANDSHAKES,
  messageBytes: limits.MAX_MESSAGE_BYTES,
  bufferedBytesPerGuest: limits.MAX_BUFFERED_BYTES,
  consentSeconds: limits.CONSENT_TIMEOUT_MS / 1000,
};

/** What {@link RunningHub} depends on. */
export interface HubParts {
  readonly config: HubConfig;
  readonly log: HubLog;
  /** The site of the link. */
  readonly base: string;
  readonly identity: Identity;
  /** The socket for guests. It is bound already, and the hub closes it. */
  readonly socket: Deno.DatagramConn;
  /** The port of that socket. */
  readonly port: number;
  readonly media: MediaRelay;
  /** The names of the hub. They may turn out to be taken. */
  readonly names: readonly AdvertisedName[];
  /**
   * Whether port 5353 is free or shared with another program; undefined if the hub cannot answer
   * for names.
   */
  readonly namesPort: "free" | "shared" | undefined;
  /** All IPv4 addresses that this computer has now. */
  readonly interfaces: readonly NetworkInterface[];
  /** Reads the list of interfaces again. */
  readonly readInterfaces: () => NetworkInterface[];
  /** The addresses to advertise on these interfaces. */
  readonly addresses: readonly AdvertisedAddress[];
}

/** The hub that `mod.ts` exports. */
export class RunningHub implements Hub {
  readonly port: number;
  readonly #parts: HubParts;
  readonly #log: HubLog;
  readonly #startedAt = performance.now();
  readonly #counters = new Counters();
  readonly #linkFile: LinkFile;
  readonly #listeners = new Set<() => void>();
  readonly #ready = Promise.withResolvers<void>();
  /** Loaded after the link is out. */
  #serving: { readonly guests: GuestPort; readonly watch: AddressWatch } | undefined;
  /**
   * Loaded after the link is out, or before it if another program answers for this computer's name.
   */
  #names: HubNames | undefined;
  #pagePort: number | undefined;
  #interfaces: readonly NetworkInterface[];
  #addresses: readonly AdvertisedAddress[];
  /** The blob with these addresses. */
  #blob: string;
  #linkIsOut = false;
  #isReady = false;
  #stopped: Promise<void> | undefined;

  /** Makes the link. The hub does nothing else until {@linkcode open} is called. */
  constructor(parts: HubParts) {
    this.#parts = parts;
    this.#log = parts.log;
    this.port = parts.port;
    this.#interfaces = parts.interfaces;
    this.#linkFile = new LinkFile(parts.config.statePath, parts.log);
    this.#addresses = parts.addresses;
    this.#blob = this.#blobOf(this.#addresses);
    this.ready.catch(() => {}); // a caller that ignores it must not cause an unhandled rejection
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get serving(): boolean {
    return this.#isReady && this.#stopped === undefined &&
      this.#serving?.guests.isReceiving === true;
  }

  get idle(): boolean {
    return this.#isReady && this.#serving?.guests.isIdle === true &&
      (this.#parts.media.own?.status().allocations ?? 0) === 0;
  }

  get addresses(): readonly AdvertisedAddress[] {
    return this.#addresses;
  }

  get blob(): string {
    return this.#blob;
  }

  get link(): string {
    return joinLink(this.#parts.base, this.#blob);
  }

  get discovery(): boolean {
    return this.#parts.config.fixedId && this.port === limits.DISCOVERY_PORT;
  }

  status(): HubStatus {
    const turn = this.#parts.media.own?.status();
    const rooms = this.#serving?.guests.rooms;
    return {
      version: VERSION,
      uptimeSeconds: Math.floor((performance.now() - this.#startedAt) / 1000),
      port: this.port,
      addresses: this.#addresses,
      discovery: this.discovery,
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

  hasHeardFrom(address: string): boolean {
    return this.#serving?.guests.hasHeardFrom(address) ?? false;
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

  /**
   * Completes the link and writes the link file. After that the hub begins to serve guests in the
   * background; {@linkcode ready} tells when it does.
   */
  async open(): Promise<void> {
    // The computer's own name joins the link only if another responder here answers for it.
    if (this.#parts.namesPort === "shared") {
      try {
        await this.#startNames();
        await this.#names?.computerNameAsked();
      } catch (error) {
        this.#ready.reject(error);
        throw error;
      }
    }
    this.#linkIsOut = true;
    this.#linkFile.writeFirst(this.link);
    // The link is printed first. Imports go into a timer, because an import at the start takes Deno
    // 5 ms longer outside of one.
    setTimeout(() => this.#serve().then(this.#ready.resolve, this.#ready.reject));
  }

  reportError(error: unknown): void {
    this.#counters.count("internal-error");
    this.#log.debug(`internal error: ${stackOf(error)}`);
  }

  /**
   * Loads the code that guests need, and begins to serve them. Datagrams that came earlier wait in
   * the sockets.
   */
  async #serve(): Promise<void> {
    const { GuestPort } = await import("./guest_port.ts");
    const guests = new GuestPort({
      socket: this.#parts.socket,
      identity: this.#parts.identity,
      counters: this.#counters,
      log: this.#log,
      failed: (error) => this.reportError(error),
    });
    const watch = watchAddresses(
      this.#parts.readInterfaces,
      this.#interfaces,
      (interfaces) => this.#guarded(() => this.#interfacesChanged(interfaces)),
      limits.ADDRESS_POLL_INTERVAL_MS,
    );
    this.#serving = { guests, watch };
    await this.#parts.media.own?.serve();
    if (this.#names === undefined) await this.#startNames();
    this.#linkFile.removeLeftovers();
    await guests.selfTest();
    this.#isReady = true;
    if (this.#stopped === undefined) guests.rehearse();
  }

  async #stop(): Promise<void> {
    const namesGone = this.#names?.stop();
    await this.ready.catch(() => {}); // even if serving failed, there are sockets to close
    const { guests, watch } = this.#serving ?? {};
    watch?.stop();
    if (guests === undefined) this.#parts.socket.close();
    await Promise.all([
      guests?.stop(),
      namesGone,
      this.#parts.media.own?.stop(),
      this.#linkFile.close(),
    ]);
  }

  /**
   * Updates everything that depends on the interfaces, after they have changed or the computer has
   * been asleep.
   */
  #interfacesChanged(interfaces: readonly NetworkInterface[]): void {
    this.#interfaces = interfaces;
    this.#refreshAddresses();
    this.#parts.media.own?.setHostAddresses(hostAddresses(interfaces, this.#addresses));
    this.#answerForNames();
  }

  /** Publishes the advertised addresses if they have changed. */
  #refreshAddresses(): void {
    const addresses = this.#rankedAddresses();
    const hosts = addresses.map(({ host }) => host).join(", ");
    if (hosts === this.#addresses.map(({ host }) => host).join(", ")) return;
    this.#addresses = addresses;
    this.#blob = this.#blobOf(addresses);
    if (!this.#linkIsOut) return; // no one has seen the earlier addresses
    this.#log.info(`The addresses have changed: ${hosts}.`);
    for (const listener of this.#listeners) this.#guarded(listener);
    this.#linkFile.write(this.link);
  }

  #rankedAddresses(): AdvertisedAddress[] {
    return rankAddresses(
      this.#interfaces,
      this.#parts.config.advertise,
      this.#names?.advertised ?? this.#parts.names,
    );
  }

  #blobOf(addresses: readonly AdvertisedAddress[]): string {
    return encodeBlob({
      ...this.#parts.identity,
      turn: this.#parts.media.blobTurn,
      endpoints: addresses.map(({ host }) => ({ host, port: this.port })),
    });
  }

  /** Begins to answer for the hub's names, if it can. */
  async #startNames(): Promise<void> {
    const { namesPort, identity } = this.#parts;
    if (namesPort === undefined) return;
    const { HubNames } = await import("./mdns/hub_names.ts");
    if (this.#stopped !== undefined) return;
    this.#names = new HubNames({
      portIsShared: namesPort === "shared",
      ufrag: identity.ufrag,
      port: this.port,
      txt: [`version=${VERSION}`, `discovery=${this.discovery ? 1 : 0}`],
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
      this.reportError(error);
    }
  }

  /** Runs a function whose failure must not end the hub. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.reportError(error);
    }
  }
}

/** The system's name of this computer, if the hub may read it without a permission prompt. */
function hostname(): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  return state === "granted" ? Deno.hostname() : undefined;
}
