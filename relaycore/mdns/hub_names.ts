/**
 * The names of a running hub on its local network: the name that the hub itself answers for, and
 * the computer's own name if something answers for it. An edge: it has the port and the timer that
 * drive the cores, and warns the user if another hub has the name.
 *
 * @module
 */

import type { HubLog } from "../api.ts";
import { Counters } from "../counters.ts";
import {
  COMPUTER_NAME_WAIT_MS,
  MDNS_ALL_PACKETS_RATE,
  MDNS_GROUP_CHECK_INTERVAL_MS,
  MDNS_PACKET_RATE,
} from "../limits.ts";
import { stackOf } from "../reason.ts";
import type { TransportAddress } from "../net/transport_address.ts";
import { RateLimiter } from "../fairness/rate_limiter.ts";
import type { NetworkInterface } from "../net/network_interfaces.ts";
import { ComputerNameQuery } from "./computer_name_query.ts";
import { type AdvertisedName, hubLabel, hubName, instanceName, shortHostLabel } from "./labels.ts";
import { MulticastPort } from "./multicast_port.ts";
import { MdnsResponder } from "./responder.ts";

/** The hub that the names belong to, and what it needs for them. */
export interface HubNamesOptions {
  /** Whether another program on this computer answers on port 5353. */
  readonly portIsShared: boolean;
  /** The hub's ufrag, from which its name is made. */
  readonly ufrag: string;
  /** The hub's UDP port. */
  readonly port: number;
  /** What browsing hosts learn about the hub, as `key=value`. */
  readonly txt: readonly string[];
  /** This computer's host name; undefined if the system does not tell it. */
  readonly hostname: string | undefined;
  readonly log: HubLog;
  readonly counters: Counters;
  /** Called when the list {@link HubNames.advertised} has changed. */
  readonly changed: () => void;
}

/** The names, answered for until {@link stop}. */
export class HubNames {
  readonly #hubName: AdvertisedName;
  readonly #responder: MdnsResponder;
  readonly #query: ComputerNameQuery | undefined;
  readonly #port: MulticastPort;
  readonly #rate = new RateLimiter(MDNS_PACKET_RATE, crypto.getRandomValues(new Int32Array(1))[0]);
  readonly #allRate = new RateLimiter(MDNS_ALL_PACKETS_RATE, 0);
  readonly #log: HubLog;
  readonly #counters: Counters;
  readonly #changed: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #groupCheck: ReturnType<typeof setInterval>;
  #interfaces: readonly NetworkInterface[] = [];
  /** The interfaces to answer on next; undefined if the hub answers on them already. */
  #wanted: readonly NetworkInterface[] | undefined;
  #joining: Promise<void> | undefined;
  #computerNameAnswered = () => {};
  #wasTaken = false;
  #advertised = "";
  #stopped = false;

  constructor(options: HubNamesOptions) {
    const { ufrag, port, txt, hostname, log, counters, changed } = options;
    this.#log = log;
    this.#counters = counters;
    this.#changed = changed;
    this.#hubName = hubName(ufrag);
    this.#responder = new MdnsResponder(
      { hostLabel: hubLabel(ufrag), instance: instanceName(hostname, port), port, txt },
      Math.random,
    );
    const label = hostname === undefined ? undefined : shortHostLabel(hostname);
    if (label !== undefined) this.#query = new ComputerNameQuery(`${label}.local`);
    this.#port = new MulticastPort(
      options.portIsShared,
      (bytes, from) => this.#receive(bytes, from),
      counters,
    );
    this.#groupCheck = setInterval(() => this.#checkGroup(), MDNS_GROUP_CHECK_INTERVAL_MS);
  }

  /** The names for the blob, in the order of the blob. */
  get advertised(): readonly AdvertisedName[] {
    const names: AdvertisedName[] = [];
    if (this.#query?.answered) {
      names.push({ host: this.#query.name, remark: "this computer's own name" });
    }
    // The name counts from the start: a code is shown before probing ends, and the name is nearly
    // always free.
    if (this.#responder.hubName.state !== "taken") names.push(this.#hubName);
    return names;
  }

  /** The responder's counters. The sockets count into the counters of {@link HubNamesOptions}. */
  get counters(): Readonly<Record<string, number>> {
    return this.#responder.counters;
  }

  /**
   * Answers on these interfaces. A call with the same interfaces announces the names again. That is
   * necessary after the computer was asleep. Of several calls in a row, the last one counts.
   *
   * @returns a promise that resolves when the hub answers on the interfaces of the last call.
   */
  setInterfaces(interfaces: readonly NetworkInterface[]): Promise<void> {
    this.#wanted = interfaces;
    return this.#joining ??= this.#join().finally(() => this.#joining = undefined);
  }

  /** Tells browsing hosts where the QR page is. */
  setPagePort(port: number): void {
    this.#responder.setPagePort(port, performance.now());
    this.#work();
  }

  /** Waits for the first answer to the question for the computer's own name, but not for long. */
  async computerNameAsked(): Promise<void> {
    if (this.#query === undefined || this.#query.answered) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#computerNameAnswered = resolve;
    const timer = setTimeout(resolve, COMPUTER_NAME_WAIT_MS);
    await promise;
    clearTimeout(timer);
  }

  /** Says goodbye and frees the port. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearInterval(this.#groupCheck);
    await this.#joining;
    this.#port.send(this.#responder.goodbye());
    await this.#port.close();
  }

  async #join(): Promise<void> {
    while (this.#wanted !== undefined && !this.#stopped) {
      const interfaces = this.#wanted;
      this.#wanted = undefined;
      await this.#port.join(interfaces.map(({ address }) => address));
      if (this.#wanted !== undefined || this.#stopped) continue;
      this.#interfaces = interfaces;
      const now = performance.now();
      this.#responder.setInterfaces(interfaces, now);
      this.#query?.setInterfaces(interfaces, now);
      this.#work();
    }
  }

  /**
   * Joins the group again if it was lost. Nothing else reports a network card that was replaced.
   */
  async #checkGroup(): Promise<void> {
    if (this.#joining !== undefined || !await this.#port.hasLostGroup()) return;
    this.#counters.count("mdns-group-lost");
    await this.setInterfaces(this.#wanted ?? this.#interfaces);
  }

  #receive(bytes: Uint8Array, from: TransportAddress): void {
    const now = performance.now();
    if (!this.#rate.take(from.address, now) || !this.#allRate.take("", now)) {
      return this.#counters.count("mdns-too-many");
    }
    this.#responder.receive(bytes, from, now);
    this.#query?.receive(bytes, from, now);
    this.#work();
  }

  /** Sends the packets that are due, reports changes, and sets the timer for the next deadline. */
  #work(): void {
    if (this.#stopped) return;
    const now = performance.now();
    this.#port.send(this.#responder.poll(now));
    if (this.#query !== undefined) this.#port.send(this.#query.poll(now));
    this.#tell();
    const next = Math.min(
      this.#responder.nextDeadline ?? Infinity,
      this.#query?.nextDeadline ?? Infinity,
    );
    clearTimeout(this.#timer);
    if (next === Infinity) return;
    this.#timer = setTimeout(() => {
      try {
        this.#work();
      } catch (error) {
        this.#counters.count("mdns-internal-error");
        this.#log.debug(`internal error: ${stackOf(error)}`);
      }
    }, Math.max(0, Math.ceil(next - now)));
  }

  #tell(): void {
    if (this.#query?.answered) this.#computerNameAnswered();
    const { name, state, takenBy } = this.#responder.hubName;
    const isTaken = state === "taken";
    if (isTaken && !this.#wasTaken) {
      this.#log.warn(
        `Another hub is already on this network${
          takenBy === undefined ? "" : `, at ${takenBy}`
        }: ` +
          `guests may find either of the two, and the name ${name} stays with the other.`,
      );
    }
    this.#wasTaken = isTaken;
    const advertised = this.advertised.map(({ host }) => host).join();
    if (advertised === this.#advertised) return;
    this.#advertised = advertised;
    this.#changed();
  }
}
