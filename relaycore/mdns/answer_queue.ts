/**
 * Answers that wait to be sent (RFC 6762 §6). Answers that several hosts may give are delayed by a
 * random time, and a record that was just multicast is multicast again only after a while. Pure.
 *
 * @module
 */

import { MAX_MDNS_PENDING_ANSWERS, MDNS_DEFENCE_INTERVAL_MS, MDNS_REPEAT_MS } from "../limits.ts";
import type { LocalNetwork } from "./local_network.ts";
import type { ResourceRecord } from "./message.ts";
import { recordKey } from "./records.ts";

/** A record that is to be multicast on a network. */
interface Pending {
  readonly network: LocalNetwork;
  readonly record: ResourceRecord;
  readonly key: string;
  /** The host that asked. More of its known answers may follow (§7.2). */
  readonly asker: string;
  readonly due: number;
}

/** The multicast answers that are not sent yet. */
export class AnswerQueue {
  #pending: Pending[] = [];

  /** The time when {@link take} next returns something; Infinity for never. */
  get due(): number {
    return this.#pending.reduce((least, { due }) => Math.min(least, due), Infinity);
  }

  /**
   * Queues records. If too many are waiting, further ones are dropped: a host that needs them asks
   * again.
   *
   * @param isDefence whether the records defend a name against a probe. Such answers cannot wait as
   *   long.
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
        // One multicast answers all hosts that asked.
        if (this.#pending[rival].due <= due) continue;
        this.#pending.splice(rival, 1);
      }
      if (this.#pending.length >= MAX_MDNS_PENDING_ANSWERS) return;
      this.#pending.push({ network, record, key, asker, due });
    }
  }

  /** Removes the records that the asking host already knows (§7.1, §7.2). */
  known(asker: string, isKnown: (record: ResourceRecord) => boolean): void {
    this.#pending = this.#pending.filter((pending) =>
      pending.asker !== asker || !isKnown(pending.record)
    );
  }

  /** Forgets everything. */
  clear(): void {
    this.#pending = [];
  }

  /** Takes the records that are due, by network, and marks them as sent. */
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
