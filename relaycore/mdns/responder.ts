/**
 * The hub as an mDNS responder (RFC 6762) that DNS-SD browsers find too (RFC 6763). Sans-IO:
 * packets, interfaces and the time go in, packets and the next deadline come out.
 *
 * A socket does not tell which interface a packet came in on. The responder therefore takes the
 * interface whose subnet contains the sender. A sender in no such subnet is not on the local
 * network and is ignored (§11).
 *
 * @module
 */

import {
  MAX_MDNS_QUESTIONS,
  MAX_MDNS_REPLY_BYTES,
  MDNS_ALL_REPLIES_RATE,
  MDNS_GROUP,
  MDNS_LEGACY_TTL_S,
  MDNS_PORT,
  MDNS_PROBE_INTERVAL_MS,
  MDNS_REPLY_RATE,
  MDNS_SHARED_DELAY_MS,
  MDNS_TRUNCATED_DELAY_MS,
} from "../limits.ts";
import type { TransportAddress } from "../net/transport_address.ts";
import { RateLimiter } from "../fairness/rate_limiter.ts";
import { AnswerQueue } from "./answer_queue.ts";
import { Claim } from "./claim.ts";
import { LocalNetwork } from "./local_network.ts";
import type { NetworkInterface } from "../net/network_interfaces.ts";
import {
  decodeMessage,
  encodeMessage,
  type MdnsMessage,
  type Question,
  type ResourceRecord,
} from "./message.ts";
import {
  addressRecord,
  compareRecordSets,
  isSameName,
  negativeRecord,
  pointerRecord,
  recordKey,
  serviceRecord,
  textRecord,
} from "./records.ts";

/** A packet to send, from port 5353 of the interface with this address. */
export interface MdnsDatagram {
  readonly from: string;
  readonly to: TransportAddress;
  readonly bytes: Uint8Array;
}

/** What the hub is called and what it offers. */
export interface MdnsServices {
  /** The name of docs/PROTOCOL.md §6 without `.local`. */
  readonly hostLabel: string;
  /** What people see who browse: ASCII, at most 63 bytes. */
  readonly instance: string;
  /** The hub's UDP port. */
  readonly port: number;
  /** What browsing hosts learn about the hub, as `key=value`. */
  readonly txt: readonly string[];
}

/** The hub's own name, and what has become of it. */
export interface HubName {
  readonly name: string;
  readonly state: "probing" | "held" | "taken";
  /** The address of the host that has it, if it is taken. */
  readonly takenBy: string | undefined;
}

const HUBS = "_kibitz._udp.local";
const PAGES = "_http._tcp.local";
const SERVICE_TYPES = "_services._dns-sd._udp.local";
const EVERYBODY: TransportAddress = { address: MDNS_GROUP, port: MDNS_PORT };

/** Answers for the hub's names. */
export class MdnsResponder {
  readonly #services: MdnsServices;
  readonly #random: () => number;
  readonly #host: Claim;
  /** Replaces the hub's name as the target of its services while another hub has that name. */
  readonly #alias: Claim;
  readonly #hub: Claim;
  readonly #page: Claim;
  readonly #queue = new AnswerQueue();
  #pagePort: number | undefined;
  #networks: LocalNetwork[] = [];
  /** Replies to single hosts. */
  #replies: MdnsDatagram[] = [];
  readonly #replyRate: RateLimiter;
  readonly #allRepliesRate: RateLimiter;
  #isSilent = false;
  readonly #totals = { questions: 0, answers: 0, conflicts: 0, unreadable: 0, foreign: 0 };

  /** @param random a number from 0 up to but not including 1. */
  constructor(services: MdnsServices, random: () => number) {
    this.#services = services;
    this.#random = random;
    this.#replyRate = new RateLimiter(MDNS_REPLY_RATE, random() * 2 ** 32);
    this.#allRepliesRate = new RateLimiter(MDNS_ALL_REPLIES_RATE, 0);
    const { hostLabel, instance } = services;
    this.#host = new Claim(`${hostLabel}.local`);
    this.#alias = new Claim(`${hostLabel}-2.local`, (n) => `${hostLabel}-${n + 1}.local`);
    this.#hub = new Claim(`${instance}.${HUBS}`, (n) => `${numbered(instance, n)}.${HUBS}`);
    this.#page = new Claim(`${instance}.${PAGES}`, (n) => `${numbered(instance, n)}.${PAGES}`);
  }

  /** The hub's own name. */
  get hubName(): HubName {
    const { name, takenBy, isProbing } = this.#host;
    const state = takenBy !== undefined
      ? "taken"
      : isProbing || !this.#host.isAnswered
      ? "probing"
      : "held";
    return { name, state, takenBy };
  }

  /** Totals since the start, by name. */
  get counters(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Object.entries(this.#totals).filter(([, total]) => total > 0)
        .map(([name, total]) => [`mdns-${name}`, total]),
    );
  }

  /** When {@link poll} has something next; undefined for never. */
  get nextDeadline(): number | undefined {
    if (this.#isSilent) return undefined;
    if (this.#replies.length > 0) return -Infinity;
    const next = Math.min(this.#queue.due, ...this.#claims.map(({ due }) => due));
    return next === Infinity ? undefined : next;
  }

  /**
   * Sets the current interfaces. The names are always probed for again, as after every change of a
   * network (§8.1). Names that were held are answered for meanwhile.
   */
  setInterfaces(interfaces: readonly NetworkInterface[], now: number): void {
    this.#networks = interfaces.map((one) => new LocalNetwork(one));
    this.#queue.clear();
    const at = now + this.#random() * MDNS_PROBE_INTERVAL_MS;
    for (const claim of this.#wantedClaims()) {
      if (this.#networks.length === 0) claim.pause();
      else claim.start(at);
    }
  }

  /** The TCP port of the QR page, undefined for none. */
  setPagePort(port: number | undefined, now: number): void {
    this.#pagePort = port;
    if (port === undefined) this.#page.pause();
    else if (this.#networks.length > 0) this.#page.start(now);
  }

  /** Handles a packet from the network. Its content is not trusted. */
  receive(bytes: Uint8Array, from: TransportAddress, now: number): void {
    if (this.#isSilent) return;
    const network = this.#networks.find((network) => network.has(from.address));
    if (network === undefined) return this.#count("foreign");
    const message = decodeMessage(bytes);
    if (message === undefined) return this.#count("unreadable");
    if (!message.isResponse) this.#receiveQuery(message, from, network, now);
    // Responses come from port 5353 alone (§6), and our own come back to us.
    else if (from.port === MDNS_PORT && !this.#isOwn(from)) {
      this.#receiveResponse(message, from, now);
    }
  }

  /** All packets that are due. */
  poll(now: number): MdnsDatagram[] {
    if (this.#isSilent) return [];
    const datagrams = this.#replies;
    this.#replies = [];
    const targetBefore = this.#target.name;
    const probing: Claim[] = [];
    const announced: Claim[] = [];
    for (const claim of this.#claims) {
      const step = claim.step(now);
      if (step === "probe") probing.push(claim);
      if (step === "announce") announced.push(claim);
    }
    this.#followTarget(targetBefore, now);
    for (const network of this.#networks) {
      if (probing.length > 0) datagrams.push(this.#probe(network, probing));
      const records = announced.flatMap((claim) => this.#announcement(claim, network));
      for (const record of records) network.said(recordKey(record), now);
      if (records.length > 0) datagrams.push(toEverybody(network, { answers: records }));
    }
    for (const [network, answers] of this.#queue.take(now)) {
      const additionals = this.#additionals(answers, network);
      datagrams.push(toEverybody(network, { answers, additionals }));
    }
    return datagrams;
  }

  /** Packets that tell everybody to forget the hub (§10.1). Afterwards it is silent. */
  goodbye(): MdnsDatagram[] {
    const claims = this.#claims.filter(({ isAnswered }) => isAnswered);
    this.#isSilent = true;
    if (claims.length === 0) return [];
    return this.#networks.map((network) => {
      const answers = claims.flatMap((claim) => this.#announcement(claim, network))
        .map((record) => ({ ...record, ttl: 0 }));
      return toEverybody(network, { answers });
    });
  }

  // ── Claims and their records ──────────────────────────────────────────────────────────────────

  get #claims(): readonly Claim[] {
    return [this.#host, this.#alias, this.#hub, this.#page];
  }

  /** Those that are to be held: the second name only while another hub has the first. */
  #wantedClaims(): Claim[] {
    return this.#claims.filter((claim) => claim !== this.#alias || this.#host.takenBy !== undefined)
      .filter((claim) => claim !== this.#page || this.#pagePort !== undefined);
  }

  /** The name at which the services are. */
  get #target(): Claim {
    return this.#host.takenBy === undefined ? this.#host : this.#alias;
  }

  /** Lets the second name and the services follow after the first was lost or won. */
  #followTarget(before: string, now: number): void {
    const target = this.#target;
    if (target.name === before) return;
    if (target === this.#host) this.#alias.pause();
    else if (!this.#alias.isProbing && !this.#alias.isAnswered) this.#alias.start(now);
    this.#hub.announceAgain(now);
    this.#page.announceAgain(now);
  }

  /** The records that a claim is for. No other host may have records of this name. */
  #uniqueRecords(claim: Claim, network: LocalNetwork): ResourceRecord[] {
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

  /** The records under shared names that lead to a claim's name. */
  #sharedRecords(claim: Claim): ResourceRecord[] {
    if (claim !== this.#hub && claim !== this.#page) return [];
    const type = claim === this.#hub ? HUBS : PAGES;
    return [pointerRecord(type, claim.name), pointerRecord(SERVICE_TYPES, type)];
  }

  #announcement(claim: Claim, network: LocalNetwork): ResourceRecord[] {
    return [...this.#sharedRecords(claim), ...this.#uniqueRecords(claim, network)];
  }

  #probe(network: LocalNetwork, claims: readonly Claim[]): MdnsDatagram {
    const bytes = encodeMessage({
      // Not as questions for a unicast answer (§8.1 recommends them): where the system's responder
      // shares the port, that answer would be received by either of the two.
      questions: claims.map(({ name }) => ({ name, type: "ANY", unicast: false })),
      authorities: claims.flatMap((claim) => this.#uniqueRecords(claim, network))
        .map((record) => ({ ...record, flush: false })),
    });
    return { from: network.address, to: EVERYBODY, bytes };
  }

  // ── Questions ─────────────────────────────────────────────────────────────────────────────────

  #receiveQuery(
    message: MdnsMessage,
    from: TransportAddress,
    network: LocalNetwork,
    now: number,
  ): void {
    const isLegacy = from.port !== MDNS_PORT;
    if (!isLegacy && !this.#isOwn(from)) this.#compareProbes(message, network, now);
    const known = this.#knownAnswers(message);
    const isKnown = (record: ResourceRecord) =>
      (known.get(recordKey(record)) ?? -1) >= record.ttl / 2;
    if (message.questions.length === 0) return this.#queue.known(from.address, isKnown);
    this.#totals.questions += message.questions.length;

    const toAll: ResourceRecord[] = [];
    const toOne: ResourceRecord[] = [];
    const answered: Question[] = [];
    for (const question of distinctQuestions(message.questions)) {
      const answers = this.#answersTo(question, network).filter((record) => !isKnown(record));
      if (answers.length > 0) answered.push(question);
      for (const record of answers) {
        // Every record should be multicast from time to time, even if unicast answers were asked
        // for (§5.4).
        const isFresh = network.sinceSaid(recordKey(record), now) < record.ttl * 1000 / 4;
        (isLegacy || (question.unicast && isFresh) ? toOne : toAll).push(record);
      }
    }
    if (toOne.length > 0) {
      this.#reply({ ...message, questions: answered }, from, network, distinct(toOne), now);
    }
    const isProbe = message.authorities.length > 0;
    const isShared = toAll.some(({ flush }) => !flush);
    const [least, most] = message.isTruncated
      ? MDNS_TRUNCATED_DELAY_MS
      : isShared && !isProbe
      ? MDNS_SHARED_DELAY_MS
      : [0, 0];
    const due = now + least + this.#random() * (most - least);
    this.#queue.add(network, from.address, toAll, due, isProbe, now);
  }

  /** What an asker says that it knows of ours, by key, with the TTL that it has left. */
  #knownAnswers({ answers }: MdnsMessage): Map<string, number> {
    const names = new Set([HUBS, PAGES, SERVICE_TYPES, ...this.#claims.map(({ name }) => name)]
      .map((name) => name.toLowerCase()));
    const ours = answers.filter(({ name }) => names.has(name.toLowerCase()));
    return new Map(ours.map((record) => [recordKey(record), record.ttl]));
  }

  #answersTo({ name, type }: Question, network: LocalNetwork): ResourceRecord[] {
    const answers: ResourceRecord[] = [];
    const isAsked = (record: ResourceRecord) =>
      isSameName(record.name, name) && (type === "ANY" || type === record.type);
    for (const claim of this.#claims.filter(({ isAnswered }) => isAnswered)) {
      answers.push(...this.#sharedRecords(claim).filter(isAsked));
      if (!isSameName(claim.name, name)) continue;
      const records = this.#uniqueRecords(claim, network);
      const asked = records.filter(isAsked);
      answers.push(
        ...asked.length > 0 ? asked : [negativeRecord(claim.name, records.map(({ type }) => type))],
      );
    }
    return distinct(answers);
  }

  /** The records that the receiver of these answers asks for next (RFC 6763 §12). */
  #additionals(answers: readonly ResourceRecord[], network: LocalNetwork): ResourceRecord[] {
    const wanted: ResourceRecord[] = [];
    const claims = this.#claims.filter(({ isAnswered }) => isAnswered);
    for (const { type, data } of answers) {
      if (type !== "PTR") continue;
      const claim = claims.find(({ name }) => isSameName(name, String(data)));
      if (claim !== undefined) wanted.push(...this.#uniqueRecords(claim, network));
    }
    const isService = ({ type }: ResourceRecord) => type === "SRV";
    const target = this.#target;
    if ([...answers, ...wanted].some(isService) && target.isAnswered) {
      wanted.push(...this.#uniqueRecords(target, network));
    }
    const given = new Set(answers.map(recordKey));
    return distinct(wanted).filter((record) => !given.has(recordKey(record)));
  }

  /**
   * Answers a single host: one that asked for a unicast answer, or one that is not an mDNS host
   * (§6.7).
   */
  #reply(
    query: MdnsMessage,
    to: TransportAddress,
    network: LocalNetwork,
    answers: ResourceRecord[],
    now: number,
  ): void {
    if (!this.#replyRate.take(to.address, now) || !this.#allRepliesRate.take("", now)) return;
    const additionals = this.#additionals(answers, network);
    const message = { isResponse: true, answers, additionals };
    const plain = (record: ResourceRecord) => ({
      ...record,
      flush: false,
      ttl: Math.min(record.ttl, MDNS_LEGACY_TTL_S),
    });
    const bytes = encodeMessage(
      to.port === MDNS_PORT ? message : {
        ...message,
        id: query.id,
        questions: query.questions.map((question) => ({ ...question, unicast: false })),
        answers: answers.map(plain),
        additionals: additionals.map(plain),
      },
    );
    if (bytes.length > MAX_MDNS_REPLY_BYTES) return;
    this.#totals.answers++;
    this.#replies.push({ from: network.address, to, bytes });
  }

  // ── Others ────────────────────────────────────────────────────────────────────────────────────

  /**
   * Handles another host's probe. If the hub is probing for the same name, one of the two waits
   * (§8.2).
   */
  #compareProbes({ authorities }: MdnsMessage, network: LocalNetwork, now: number): void {
    for (const claim of this.#claims.filter(({ isProbing }) => isProbing)) {
      const theirs = authorities.filter(({ name }) => isSameName(name, claim.name));
      // The hub's own probes come back too, from another card or through a reflector. They are not
      // a rival.
      const own = this.#networks.flatMap((one) => this.#uniqueRecords(claim, one)).map(recordKey);
      if (theirs.every((record) => own.includes(recordKey(record)))) continue;
      if (compareRecordSets(this.#uniqueRecords(claim, network), theirs) < 0) claim.defer(now);
    }
  }

  #receiveResponse(message: MdnsMessage, from: TransportAddress, now: number): void {
    const before = this.#target.name;
    for (const record of [...message.answers, ...message.additionals]) {
      const claim = this.#claims.find(({ name }) => isSameName(name, record.name));
      if (claim === undefined || record.type === "NSEC") continue;
      if (record.ttl === 0) {
        claim.released(now);
        continue;
      }
      const key = recordKey(record);
      const own = this.#networks.flatMap((network) => this.#uniqueRecords(claim, network));
      if (own.some((one) => recordKey(one) === key)) continue;
      // Another host may have records of other types for a held name. They do not contradict the
      // hub's records.
      if (claim.isAnswered && !own.some(({ type }) => type === record.type)) continue;
      this.#count("conflicts");
      claim.contradicted(from.address, now);
      break; // one packet is one contradiction
    }
    this.#followTarget(before, now);
  }

  #isOwn({ address }: TransportAddress): boolean {
    return this.#networks.some((network) => network.address === address);
  }

  #count(total: "conflicts" | "unreadable" | "foreign"): void {
    this.#totals[total]++;
  }
}

function toEverybody(network: LocalNetwork, message: Partial<MdnsMessage>): MdnsDatagram {
  const bytes = encodeMessage({ ...message, isResponse: true });
  return { from: network.address, to: EVERYBODY, bytes };
}

function distinct(records: readonly ResourceRecord[]): ResourceRecord[] {
  return [...new Map(records.map((record) => [recordKey(record), record])).values()];
}

function distinctQuestions(questions: readonly Question[]): Question[] {
  const byText = new Map(questions.map((one) => [`${one.name.toLowerCase()} ${one.type}`, one]));
  return [...byText.values()].slice(0, MAX_MDNS_QUESTIONS);
}

function numbered(instance: string, attempt: number): string {
  const suffix = ` (${attempt})`;
  return instance.slice(0, 63 - suffix.length) + suffix;
}
