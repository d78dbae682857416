/**
 * The hub as an mDNS responder (RFC 6762) that DNS-SD browsers find too (RFC 6763). Sans-IO:
 * packets, interfaces and the time go in, packets and the next deadline come out. The names and
 * their records are in `hub_records.ts`.
 *
 * A socket does not tell which interface a packet came in on. The responder therefore takes the
 * interface whose subnet contains the sender. A sender in no such subnet is not on the local
 * network and is ignored (§11).
 *
 * @module
 */

import {
  MAX_MDNS_QUESTIONS,
  MDNS_PORT,
  MDNS_PROBE_INTERVAL_MS,
  MDNS_SHARED_DELAY_MS,
  MDNS_TRUNCATED_DELAY_MS,
} from "../limits.ts";
import type { NetworkInterface } from "../net/network_interfaces.ts";
import type { TransportAddress } from "../net/transport_address.ts";
import { AnswerQueue } from "./answer_queue.ts";
import type { Claim } from "./claim.ts";
import { type MdnsDatagram, multicast } from "./datagram.ts";
import { HubRecords, type MdnsServices } from "./hub_records.ts";
import { LocalNetwork } from "./local_network.ts";
import { decodeMessage, type MdnsMessage, type Question, type ResourceRecord } from "./message.ts";
import { compareRecordSets, distinct, isSameName, recordKey } from "./records.ts";
import { UnicastReplies } from "./unicast_replies.ts";

/** The hub's own name, and what has become of it. */
export interface HubName {
  readonly name: string;
  readonly state: "probing" | "held" | "taken";
  /** The address of the host that has the name, if it is taken. */
  readonly takenBy: string | undefined;
}

/** Answers for the hub's names. */
export class MdnsResponder {
  readonly #records: HubRecords;
  readonly #random: () => number;
  readonly #queue = new AnswerQueue();
  readonly #replies: UnicastReplies;
  #networks: LocalNetwork[] = [];
  #isSilent = false;
  readonly #totals = { questions: 0, answers: 0, conflicts: 0, unreadable: 0, foreign: 0 };

  /** @param random returns a number from 0 up to but not including 1. */
  constructor(services: MdnsServices, random: () => number) {
    this.#records = new HubRecords(services);
    this.#random = random;
    this.#replies = new UnicastReplies(random() * 2 ** 32);
  }

  /** The hub's own name. */
  get hubName(): HubName {
    const { name, takenBy, isProbing, isAnswered } = this.#records.host;
    const state = takenBy !== undefined ? "taken" : isProbing || !isAnswered ? "probing" : "held";
    return { name, state, takenBy };
  }

  /** Totals since the start, by name. */
  get counters(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Object.entries(this.#totals).filter(([, total]) => total > 0)
        .map(([name, total]) => [`mdns-${name}`, total]),
    );
  }

  /** The time when {@link poll} next returns something; undefined for never. */
  get nextDeadline(): number | undefined {
    if (this.#isSilent) return undefined;
    if (!this.#replies.isEmpty) return -Infinity;
    const next = Math.min(this.#queue.due, ...this.#records.claims.map(({ due }) => due));
    return next === Infinity ? undefined : next;
  }

  /**
   * Sets the current interfaces, and probes for the names again, as a host does after every change
   * of a network (§8.1). Meanwhile the hub still answers for the names that it held.
   */
  setInterfaces(interfaces: readonly NetworkInterface[], now: number): void {
    this.#networks = interfaces.map((one) => new LocalNetwork(one));
    this.#queue.clear();
    const at = now + this.#random() * MDNS_PROBE_INTERVAL_MS;
    if (this.#networks.length === 0) this.#records.pause();
    else this.#records.start(at);
  }

  /** Sets the TCP port of the QR page; undefined if there is no page. */
  setPagePort(port: number | undefined, now: number): void {
    this.#records.setPagePort(port, this.#networks.length > 0, now);
  }

  /** Handles a packet from the network. Its content is not trusted. */
  receive(bytes: Uint8Array, from: TransportAddress, now: number): void {
    if (this.#isSilent) return;
    const network = this.#networks.find((network) => network.has(from.address));
    if (network === undefined) return this.#count("foreign");
    const message = decodeMessage(bytes);
    if (message === undefined) return this.#count("unreadable");
    if (!message.isResponse) this.#receiveQuery(message, from, network, now);
    // Responses come from port 5353 only (§6). The hub also receives its own responses.
    else if (from.port === MDNS_PORT && !this.#isOwn(from)) {
      this.#receiveResponse(message, from, now);
    }
  }

  /** All packets that are due. */
  poll(now: number): MdnsDatagram[] {
    if (this.#isSilent) return [];
    const datagrams = this.#replies.take();
    const probing: Claim[] = [];
    const announced: Claim[] = [];
    this.#records.update(() => {
      for (const claim of this.#records.claims) {
        const step = claim.step(now);
        if (step === "probe") probing.push(claim);
        if (step === "announce") announced.push(claim);
      }
    }, now);
    for (const network of this.#networks) {
      if (probing.length > 0) datagrams.push(this.#probe(network, probing));
      const answers = this.#announcement(announced, network);
      for (const record of answers) network.said(recordKey(record), now);
      if (answers.length > 0) datagrams.push(multicast(network, { isResponse: true, answers }));
    }
    for (const [network, answers] of this.#queue.take(now)) {
      const additionals = this.#records.additionals(answers, network);
      datagrams.push(multicast(network, { isResponse: true, answers, additionals }));
    }
    return datagrams;
  }

  /** Packets that tell all hosts to forget the hub (§10.1). Afterwards the responder is silent. */
  goodbye(): MdnsDatagram[] {
    const claims = this.#records.answered;
    this.#isSilent = true;
    if (claims.length === 0) return [];
    return this.#networks.map((network) => {
      const answers = this.#announcement(claims, network).map((record) => ({ ...record, ttl: 0 }));
      return multicast(network, { isResponse: true, answers });
    });
  }

  #announcement(claims: readonly Claim[], network: LocalNetwork): ResourceRecord[] {
    return claims.flatMap((claim) => this.#records.announcement(claim, network));
  }

  #probe(network: LocalNetwork, claims: readonly Claim[]): MdnsDatagram {
    return multicast(network, {
      // The questions do not ask for a unicast answer, although §8.1 recommends it. If the system's
      // responder shares the port, either of the two could receive that answer.
      questions: claims.map(({ name }) => ({ name, type: "ANY", unicast: false })),
      authorities: claims.flatMap((claim) => this.#records.unique(claim, network))
        .map((record) => ({ ...record, flush: false })),
    });
  }

  // ── Questions ─────────────────────────────────────────────────────────────────────────────────

  #receiveQuery(
    message: MdnsMessage,
    from: TransportAddress,
    network: LocalNetwork,
    now: number,
  ): void {
    // A client that is not an mDNS host sends from another port and needs a plain DNS reply (§6.7).
    const isLegacy = from.port !== MDNS_PORT;
    if (!isLegacy && !this.#isOwn(from)) this.#compareProbes(message, network, now);
    const known = this.#records.knownAnswers(message.answers);
    const isKnown = (record: ResourceRecord) =>
      (known.get(recordKey(record)) ?? -1) >= record.ttl / 2;
    if (message.questions.length === 0) return this.#queue.known(from.address, isKnown);
    this.#totals.questions += message.questions.length;

    const toAll: ResourceRecord[] = [];
    const toOne: ResourceRecord[] = [];
    const answered: Question[] = [];
    for (const question of distinctQuestions(message.questions)) {
      const answers = this.#records.answers(question, network)
        .filter((record) => !isKnown(record));
      if (answers.length > 0) answered.push(question);
      for (const record of answers) {
        // Each record is multicast from time to time, even if the questions ask for unicast answers
        // (§5.4).
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

  #reply(
    { id, questions }: MdnsMessage,
    from: TransportAddress,
    network: LocalNetwork,
    answers: ResourceRecord[],
    now: number,
  ): void {
    if (!this.#replies.mayReply(from, now)) return;
    const additionals = this.#records.additionals(answers, network);
    if (this.#replies.add({ id, questions, from }, network, answers, additionals)) {
      this.#totals.answers++;
    }
  }

  // ── Other hosts ───────────────────────────────────────────────────────────────────────────────

  /**
   * Handles another host's probe. If the hub is probing for the same name, one of the two waits
   * (§8.2).
   */
  #compareProbes({ authorities }: MdnsMessage, network: LocalNetwork, now: number): void {
    for (const claim of this.#records.claims.filter(({ isProbing }) => isProbing)) {
      const theirs = authorities.filter(({ name }) => isSameName(name, claim.name));
      // The hub also receives its own probes, from another interface or through a reflector. They
      // do not compete with it.
      const own = this.#networks.flatMap((one) => this.#records.unique(claim, one)).map(recordKey);
      if (theirs.every((record) => own.includes(recordKey(record)))) continue;
      if (compareRecordSets(this.#records.unique(claim, network), theirs) < 0) claim.defer(now);
    }
  }

  #receiveResponse(message: MdnsMessage, from: TransportAddress, now: number): void {
    const records = [...message.answers, ...message.additionals];
    this.#records.update(() => this.#resolveConflicts(records, from, now), now);
  }

  /** Compares another host's records with the hub's claims (§9). */
  #resolveConflicts(
    theirs: readonly ResourceRecord[],
    from: TransportAddress,
    now: number,
  ): void {
    for (const record of theirs) {
      const claim = this.#records.claims.find(({ name }) => isSameName(name, record.name));
      if (claim === undefined || record.type === "NSEC") continue;
      if (record.ttl === 0) {
        claim.released(now);
        continue;
      }
      const key = recordKey(record);
      const own = this.#networks.flatMap((network) => this.#records.unique(claim, network));
      if (own.some((one) => recordKey(one) === key)) continue;
      // Another host may have records of other types for a held name. They do not contradict the
      // hub's records.
      if (claim.isAnswered && !own.some(({ type }) => type === record.type)) continue;
      this.#count("conflicts");
      claim.contradicted(from.address, now);
      return; // a packet counts as one conflict
    }
  }

  #isOwn({ address }: TransportAddress): boolean {
    return this.#networks.some((network) => network.address === address);
  }

  #count(total: "conflicts" | "unreadable" | "foreign"): void {
    this.#totals[total]++;
  }
}

/** The first questions, each once. */
function distinctQuestions(questions: readonly Question[]): Question[] {
  const byText = new Map(questions.map((one) => [`${one.name.toLowerCase()} ${one.type}`, one]));
  return [...byText.values()].slice(0, MAX_MDNS_QUESTIONS);
}
