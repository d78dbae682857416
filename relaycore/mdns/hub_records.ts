/**
 * The names that the hub claims on its networks, and the records under them. It decides which
 * records answer a question, but not when an answer is sent. Pure.
 *
 * The hub claims four names: its host name, an alias for that name, and one DNS-SD instance each
 * (RFC 6763) for the hub and for its QR page.
 *
 * @module
 */

import { Claim } from "./claim.ts";
import type { LocalNetwork } from "./local_network.ts";
import type { Question, ResourceRecord } from "./message.ts";
import {
  addressRecord,
  distinct,
  isSameName,
  negativeRecord,
  pointerRecord,
  recordKey,
  serviceRecord,
  textRecord,
} from "./records.ts";

/** What the hub is called and what it offers. */
export interface MdnsServices {
  /** The name of docs/PROTOCOL.md §6 without `.local`. */
  readonly hostLabel: string;
  /** The name that people see when they browse the network: ASCII, at most 63 bytes. */
  readonly instance: string;
  /** The hub's UDP port. */
  readonly port: number;
  /** What browsing hosts learn about the hub, as `key=value`. */
  readonly txt: readonly string[];
}

const HUBS = "_kibitz._udp.local";
const PAGES = "_http._tcp.local";
const SERVICE_TYPES = "_services._dns-sd._udp.local";

/** The hub's claims and their records. */
export class HubRecords {
  /** The claim to the host name. */
  readonly host: Claim;
  /** Replaces the host name as the target of the services while another hub has that name. */
  readonly #alias: Claim;
  readonly #hub: Claim;
  readonly #page: Claim;
  /** All claims, held or not. */
  readonly claims: readonly Claim[];
  readonly #services: MdnsServices;
  #pagePort: number | undefined;

  constructor(services: MdnsServices) {
    this.#services = services;
    const { hostLabel, instance } = services;
    this.host = new Claim(`${hostLabel}.local`);
    this.#alias = new Claim(`${hostLabel}-2.local`, (n) => `${hostLabel}-${n + 1}.local`);
    this.#hub = new Claim(`${instance}.${HUBS}`, (n) => `${numbered(instance, n)}.${HUBS}`);
    this.#page = new Claim(`${instance}.${PAGES}`, (n) => `${numbered(instance, n)}.${PAGES}`);
    this.claims = [this.host, this.#alias, this.#hub, this.#page];
  }

  // ── Claims ────────────────────────────────────────────────────────────────────────────────────

  /** Starts probing for all names that the hub wants now. */
  start(at: number): void {
    for (const claim of this.#wanted) claim.start(at);
  }

  /** Stops claiming the names until {@link start} is called. */
  pause(): void {
    for (const claim of this.#wanted) claim.pause();
  }

  /**
   * Sets the TCP port of the QR page; undefined if there is no page.
   *
   * @param isOnline whether there is a network to probe on.
   */
  setPagePort(port: number | undefined, isOnline: boolean, now: number): void {
    this.#pagePort = port;
    if (port === undefined) this.#page.pause();
    else if (isOnline) this.#page.start(now);
  }

  /**
   * Updates the claims, and then the alias and the services: they depend on whether the host name
   * was lost or won back.
   */
  update(change: () => void, now: number): void {
    const before = this.#target.name;
    change();
    const target = this.#target;
    if (target.name === before) return;
    if (target === this.host) this.#alias.pause();
    else if (!this.#alias.isProbing && !this.#alias.isAnswered) this.#alias.start(now);
    this.#hub.announceAgain(now);
    this.#page.announceAgain(now);
  }

  /** The alias is wanted only while another hub has the host name. */
  get #wanted(): readonly Claim[] {
    return this.claims.filter((claim) => claim !== this.#alias || this.host.takenBy !== undefined)
      .filter((claim) => claim !== this.#page || this.#pagePort !== undefined);
  }

  /** The name that the services point to. */
  get #target(): Claim {
    return this.host.takenBy === undefined ? this.host : this.#alias;
  }

  /** The claims whose names the hub answers for. */
  get answered(): readonly Claim[] {
    return this.claims.filter(({ isAnswered }) => isAnswered);
  }

  // ── Records ───────────────────────────────────────────────────────────────────────────────────

  /** The records that a claim is for. No other host may have records of this name. */
  unique(claim: Claim, network: LocalNetwork): ResourceRecord[] {
    const { port, txt } = this.#services;
    const target = this.#target.name;
    if (claim === this.#hub) {
      return [serviceRecord(claim.name, port, target), textRecord(claim.name, txt)];
    }
    if (claim === this.#page) {
      const path = textRecord(claim.name, ["path=/"]);
      return [serviceRecord(claim.name, this.#pagePort ?? 0, target), path];
    }
    return [addressRecord(claim.name, network.address)];
  }

  /** The records that announce a name. */
  announcement(claim: Claim, network: LocalNetwork): ResourceRecord[] {
    return [...this.#shared(claim), ...this.unique(claim, network)];
  }

  /** The records that answer a question. */
  answers({ name, type }: Question, network: LocalNetwork): ResourceRecord[] {
    const answers: ResourceRecord[] = [];
    const isAsked = (record: ResourceRecord) =>
      isSameName(record.name, name) && (type === "ANY" || type === record.type);
    for (const claim of this.answered) {
      answers.push(...this.#shared(claim).filter(isAsked));
      if (!isSameName(claim.name, name)) continue;
      const records = this.unique(claim, network);
      const asked = records.filter(isAsked);
      answers.push(
        ...asked.length > 0 ? asked : [negativeRecord(claim.name, records.map(({ type }) => type))],
      );
    }
    return distinct(answers);
  }

  /** The records that the receiver of these answers asks for next (RFC 6763 §12). */
  additionals(answers: readonly ResourceRecord[], network: LocalNetwork): ResourceRecord[] {
    const wanted: ResourceRecord[] = [];
    const claims = this.answered;
    for (const { type, data } of answers) {
      if (type !== "PTR") continue;
      const claim = claims.find(({ name }) => isSameName(name, String(data)));
      if (claim !== undefined) wanted.push(...this.unique(claim, network));
    }
    const isService = ({ type }: ResourceRecord) => type === "SRV";
    const target = this.#target;
    if ([...answers, ...wanted].some(isService) && target.isAnswered) {
      wanted.push(...this.unique(target, network));
    }
    const given = new Set(answers.map(recordKey));
    return distinct(wanted).filter((record) => !given.has(recordKey(record)));
  }

  /** The hub's records among those that a host says it knows: their keys, with the TTL left. */
  knownAnswers(answers: readonly ResourceRecord[]): Map<string, number> {
    const names = new Set([HUBS, PAGES, SERVICE_TYPES, ...this.claims.map(({ name }) => name)]
      .map((name) => name.toLowerCase()));
    const ours = answers.filter(({ name }) => names.has(name.toLowerCase()));
    return new Map(ours.map((record) => [recordKey(record), record.ttl]));
  }

  /** The records under shared names that lead to a claim's name. */
  #shared(claim: Claim): ResourceRecord[] {
    if (claim !== this.#hub && claim !== this.#page) return [];
    const type = claim === this.#hub ? HUBS : PAGES;
    return [pointerRecord(type, claim.name), pointerRecord(SERVICE_TYPES, type)];
  }
}

function numbered(instance: string, attempt: number): string {
  const suffix = ` (${attempt})`;
  return instance.slice(0, 63 - suffix.length) + suffix;
}
