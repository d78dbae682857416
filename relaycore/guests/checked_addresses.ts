/**
 * The addresses that have passed a connectivity check, and the agents that sent the checks. Only
 * these addresses may begin a handshake. This file also knows which agents are orphans: they send
 * records although they have no association. All entries are claims: a check proves that its sender
 * has read the join link, but neither its source address nor its agent.
 *
 * Addresses are keys (see `transportAddressKey`), `now` is milliseconds.
 *
 * @module
 */

import { FairShare } from "../fairness/fair_share.ts";
import {
  CONSENT_TIMEOUT_MS,
  MAX_AGENTS_PER_ADDRESS,
  MAX_CHECKED_ADDRESSES,
  ORPHAN_GRACE_MS,
  ORPHAN_SILENCE_MS,
} from "../limits.ts";
import { PATH_PROBE_DATAGRAM_BYTES } from "./path_probe.ts";

/** One agent at one address. */
interface Checker {
  at: number;
  /** The times of the first and last record without an association since the last ClientHello. */
  orphanedAt: number | undefined;
  lastOrphanAt: number;
}

interface CheckedAddress {
  /** The client address that it counts for. */
  readonly owner: string;
  /** When the last check came. */
  at: number;
  /** By agent; the agent that sent the latest check comes last. */
  readonly agents: Map<string, Checker>;
  /** The number of bytes that may still be sent here, besides the answers to checks. */
  credit: number;
}

/** Addresses that passed a check within the consent time. */
export class CheckedAddresses {
  /** The least recently checked first. */
  readonly #addresses = new Map<string, CheckedAddress>();
  readonly #share = new FairShare<string>();
  readonly #isGuest: (agent: string) => boolean;

  /** @param isGuest whether an agent has a guest. Other agents do not displace such an agent. */
  constructor(isGuest: (agent: string) => boolean) {
    this.#isGuest = isGuest;
  }

  /**
   * Notes a check. If there are too many addresses, one is forgotten: the least recently checked one
   * of the client address that has the most.
   *
   * @param owner the client address of `key`.
   * @param credit by how many bytes the check is larger than its answer.
   */
  add(key: string, owner: string, agent: string, credit: number, now: number): void {
    const known = this.#at(key, now);
    this.#forget(key);
    const agents: Map<string, Checker> = known?.agents ?? new Map();
    const before = known?.credit ?? PATH_PROBE_DATAGRAM_BYTES;
    this.#addresses.set(key, { owner, at: now, agents, credit: before + credit });
    this.#share.add(owner, key);
    if (this.#addresses.size > MAX_CHECKED_ADDRESSES) this.#forget(this.#share.first!);

    const checker = agents.get(agent) ?? { at: now, orphanedAt: undefined, lastOrphanAt: 0 };
    checker.at = now;
    agents.delete(agent);
    agents.set(agent, checker);
    if (agents.size > MAX_AGENTS_PER_ADDRESS) agents.delete(this.#leastWanted(agents));
  }

  /** Whether an address passed a check within the consent time. */
  has(key: string, now: number): boolean {
    return this.#at(key, now) !== undefined;
  }

  /** The agents that passed a check from an address within the consent time, the latest first. */
  agentsAt(key: string, now: number): string[] {
    const agents: string[] = [];
    for (const [agent, { at }] of this.#at(key, now)?.agents ?? []) {
      if (now - at < CONSENT_TIMEOUT_MS) agents.push(agent);
    }
    return agents.reverse();
  }

  /** Notes that bytes came from an address. As many may be sent back. */
  received(key: string, bytes: number): void {
    const address = this.#addresses.get(key);
    if (address !== undefined) address.credit += bytes;
  }

  /**
   * Spends some of the bytes that may be sent to an address. That is as much as came from it, plus
   * one probe, because Firefox nominates a pair with the first check over it.
   *
   * @returns false if not enough is left.
   */
  spend(key: string, bytes: number): boolean {
    const address = this.#addresses.get(key);
    if (address === undefined || address.credit < bytes) return false;
    address.credit -= bytes;
    return true;
  }

  /** A protected record came from an address, and it cannot belong to any association. */
  orphaned(key: string, now: number): void {
    for (const checker of this.#at(key, now)?.agents.values() ?? []) {
      checker.orphanedAt ??= now;
      checker.lastOrphanAt = now;
    }
  }

  /** A ClientHello came from an address: a client starts a new handshake. */
  begins(key: string): void {
    for (const checker of this.#addresses.get(key)?.agents.values() ?? []) {
      checker.orphanedAt = undefined;
    }
  }

  /**
   * Whether an agent keeps sending protected records from this address that belong to no
   * association. Its checks are then not answered, so that the browser gives up its old connection
   * and joins again.
   *
   * Records can be forged. A record that is forged before a newcomer's ClientHello has no effect if
   * the ClientHello comes within {@link ORPHAN_GRACE_MS}.
   */
  isOrphan(key: string, agent: string, now: number): boolean {
    const checker = this.#at(key, now)?.agents.get(agent);
    return checker?.orphanedAt !== undefined && now - checker.orphanedAt >= ORPHAN_GRACE_MS &&
      now - checker.lastOrphanAt < ORPHAN_SILENCE_MS;
  }

  /** Forgets addresses whose checks have stopped. */
  sweep(now: number): void {
    for (const [key, { at }] of this.#addresses) {
      if (now - at < CONSENT_TIMEOUT_MS) break;
      this.#forget(key);
    }
  }

  #at(key: string, now: number): CheckedAddress | undefined {
    const address = this.#addresses.get(key);
    return address !== undefined && now - address.at < CONSENT_TIMEOUT_MS ? address : undefined;
  }

  #forget(key: string): void {
    const address = this.#addresses.get(key);
    if (address === undefined) return;
    this.#addresses.delete(key);
    this.#share.delete(address.owner, key);
  }

  /** The least recently checked agent without a guest, or if all have guests, of all agents. */
  #leastWanted(agents: ReadonlyMap<string, Checker>): string {
    const names = [...agents.keys()];
    return names.find((agent) => !this.#isGuest(agent)) ?? names[0];
  }
}
