/**
 * Answers to single hosts: to a host that asked for a unicast answer, and to a client that is not
 * an mDNS host (RFC 6762 §5.4, §6.7). Pure.
 *
 * The sender's address of a question can be forged. Replies are therefore limited in number and
 * in size.
 *
 * @module
 */

import { RateLimiter } from "../fairness/rate_limiter.ts";
import {
  MAX_MDNS_REPLY_BYTES,
  MDNS_ALL_REPLIES_RATE,
  MDNS_LEGACY_TTL_S,
  MDNS_PORT,
  MDNS_REPLY_RATE,
} from "../limits.ts";
import type { TransportAddress } from "../net/transport_address.ts";
import type { MdnsDatagram } from "./datagram.ts";
import type { LocalNetwork } from "./local_network.ts";
import { encodeMessage, type Question, type ResourceRecord } from "./message.ts";

/** A question from a single host. */
export interface UnicastQuery {
  readonly id: number;
  /** The questions that have an answer. */
  readonly questions: readonly Question[];
  readonly from: TransportAddress;
}

/** The unicast answers that are not sent yet. */
export class UnicastReplies {
  readonly #rate: RateLimiter;
  readonly #allRate = new RateLimiter(MDNS_ALL_REPLIES_RATE, 0);
  #waiting: MdnsDatagram[] = [];

  /** @param salt a secret number for the {@link RateLimiter}. */
  constructor(salt: number) {
    this.#rate = new RateLimiter(MDNS_REPLY_RATE, salt);
  }

  /** Whether {@link take} returns nothing. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Whether a host may get a reply now. Each call counts as a reply. */
  mayReply(to: TransportAddress, now: number): boolean {
    return this.#rate.take(to.address, now) && this.#allRate.take("", now);
  }

  /** Adds a reply. @returns false if it is too large to be sent. */
  add(
    query: UnicastQuery,
    network: LocalNetwork,
    answers: readonly ResourceRecord[],
    additionals: readonly ResourceRecord[],
  ): boolean {
    const to = query.from;
    const message = { isResponse: true, answers, additionals };
    const bytes = encodeMessage(
      to.port === MDNS_PORT ? message : {
        ...message,
        id: query.id,
        questions: query.questions.map((question) => ({ ...question, unicast: false })),
        answers: answers.map(plain),
        additionals: additionals.map(plain),
      },
    );
    if (bytes.length > MAX_MDNS_REPLY_BYTES) return false;
    this.#waiting.push({ from: network.address, to, bytes });
    return true;
  }

  /** Takes all replies. */
  take(): MdnsDatagram[] {
    const replies = this.#waiting;
    this.#waiting = [];
    return replies;
  }
}

/** A record without what only an mDNS host understands (§6.7). */
function plain(record: ResourceRecord): ResourceRecord {
  return { ...record, flush: false, ttl: Math.min(record.ttl, MDNS_LEGACY_TTL_S) };
}
