/**
 * Answers that wait for their moment (RFC 6762 §6): those that several hosts may give are delayed by
 * chance, and what was just said to everybody is said again only after a while. Pure.
 *
 * @module
 */

import { MAX_MDNS_PENDING_ANSWERS, MDNS_DEFENCE_INTERVAL_MS, MDNS_REPEAT_MS } from "../limits.ts";
import type { LocalNetwork } from "./local_network.ts";
import type { ResourceRecord } from "./message.ts";
import { recordKey } from "./records.ts";

/** A record for everybody on a network. */
interface Pending {
  readonly network: LocalNetwork;
  readonly record: ResourceRecord;
  readonly key: string;
  /** Who asked: more of what that one knows may follow (§7.2). */
  readonly asker: string;
  readonly due: number;
}

/** The answers to everybody that are not sent yet. */
export class AnswerQueue {
  #pending: Pending[] = [];

  /** When {@link take} has something next; Infinity for never. */
  get due(): number {
    return this.#pending.reduce((least, { due }) => Math.min(least, due), Infinity);
  }

  /**
   * Puts records in line. With too many waiting they are dropped: whoever needs them asks again.
   *
   * @param isDefence whether they defend a name against a probe, which cannot wait as long.
   */
  add(
    network: LocalNetwork,
    asker: string,
    records: readonly ResourceRecord[],
    from: number,
    isDefence: boolean,
    now: number,
  ): void {
    const interval = isDefence ? MDNS_DEFENCE_INTERVAL_MS : MDNS_REPEAT_MS;
    for (const record of records) {
      const key = recordKey(record);
      const due = Math.max(from, now + interval - network.sinceSaid(key, now));
      const rival = this.#pending.findIndex((other) =>
        other.network === network && other.key === key
      );
      if (rival >= 0) {
        // Said once, it is said to all who asked.
        if (this.#pending[rival].due <= due) continue;
        this.#pending.splice(rival, 1);
      }
      if (this.#pending.length >= MAX_MDNS_PENDING_ANSWERS) return;
      this.#pending.push({ network, record, key, asker, due });
    }
  }

  /** Takes out what an asker says that it knows already (§7.1, §7.2). */
  known(asker: string, isKnown: (record: ResourceRecord) => boolean): void {
    this.#pending = this.#pending.filter((pending) =>
      pending.asker !== asker || !isKnown(pending.record)
    );
  }

  /** Forgets everything. */
  clear(): void {
    this.#pending = [];
  }

  /** What is due, by network, and marks it as said. */
  take(now: number): Map<LocalNetwork, ResourceRecord[]> {
    const answers = new Map<LocalNetwork, ResourceRecord[]>();
    for (const { network, record, key } of this.#pending.filter(({ due }) => due <= now)) {
      network.said(key, now);
      answers.set(network, [...answers.get(network) ?? [], record]);
    }
    this.#pending = this.#pending.filter(({ due }) => due > now);
    return answers;
  }
}
