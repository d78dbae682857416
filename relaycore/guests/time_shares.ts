/**
 * How guests share the hub's time: what each guest, each client address and all guests together have
 * used, and which guests' datagrams a busy hub drops.
 *
 * @module
 */

import { TimeBudget } from "../fairness/time_budget.ts";
import { BUSY_SHARE, GUEST_ADDRESS_SHARE, SHARE_BURST_MS } from "../limits.ts";
import type { Guest } from "./guest.ts";

/** The shares of open guests. */
export class TimeShares {
  readonly #all = new TimeBudget(BUSY_SHARE, SHARE_BURST_MS, 0);
  /** By client address, for addresses with an open guest. */
  readonly #byOwner = new Map<string, TimeBudget>();

  /** A client address has an open guest. */
  enter(owner: string, now: number): void {
    if (this.#byOwner.has(owner)) return;
    this.#byOwner.set(owner, new TimeBudget(GUEST_ADDRESS_SHARE, SHARE_BURST_MS, now));
  }

  /** The last open guest of a client address has left. */
  leave(owner: string): void {
    this.#byOwner.delete(owner);
  }

  /** Whether the hub is busy, and this guest or its address has used its share. */
  isSpent({ budget, owner }: Guest, now: number): boolean {
    // All three budgets are asked, because isSpent() also refills them.
    const isOwn = budget.isSpent(now);
    const isOfOwner = (this.#byOwner.get(owner)?.isSpent(now) ?? false) && this.#byOwner.size > 1;
    return this.#all.isSpent(now) && (isOwn || isOfOwner);
  }

  /** Charges time. If the sender of a datagram is not proved, only the total is charged. */
  spend(ms: number, guest: Guest | undefined): void {
    this.#all.spend(ms);
    if (guest === undefined) return;
    guest.budget.spend(ms);
    this.#byOwner.get(guest.owner)?.spend(ms);
  }
}
