/**
 * The guests that may have sent a datagram from an address: the guest that lives there, the
 * handshake that began there, and the guests of agents that have sent checks from there. Only the
 * record itself proves who sent it.
 *
 * @module
 */

import { MAX_GUESTS_TRIED } from "../limits.ts";
import type { CheckedAddresses } from "./checked_addresses.ts";
import type { Guest } from "./guest.ts";
import type { GuestIndex } from "./guest_index.ts";

/** Finds guests by the address that they may send from. */
export class PossibleSenders {
  readonly #guests: GuestIndex;
  readonly #checked: CheckedAddresses;

  constructor(guests: GuestIndex, checked: CheckedAddresses) {
    this.#guests = guests;
    this.#checked = checked;
  }

  /**
   * The guest that lives at an address; if there is no such guest, one whose agent has sent checks
   * from there.
   */
  expectedFrom(key: string, now: number): Guest | undefined {
    return this.#guests.livingAt(key) ?? this.guestsFrom(key, now)[0] ??
      this.#guests.handshakeAt(key);
  }

  /** Guests and handshakes of the agents that have sent checks from an address, guests first. */
  guestsFrom(key: string, now: number): Guest[] {
    const guests = this.#checked.agentsAt(key, now)
      .flatMap((agent) => this.#guests.ofAgent(agent));
    const rank = ({ session }: Guest) => Number(session.isSecured) + Number(session.isOpen);
    return guests.sort((a, b) => rank(b) - rank(a)).slice(0, MAX_GUESTS_TRIED);
  }

  /** Handshakes that a plaintext record from an address may belong to. */
  handshakesFrom(key: string, now: number): Guest[] {
    const here = this.#guests.handshakeAt(key);
    const others = this.guestsFrom(key, now)
      .filter((guest) => guest !== here && !guest.session.isSecured);
    return here === undefined ? others : [here, ...others];
  }

  /**
   * The agent that has sent checks from both of two addresses: the one that a ClientHello came from,
   * and the one that its cookie was sent to.
   */
  agentAtBoth(key: string, cookieKey: string, now: number): string | undefined {
    const agents = this.#agentsAt(key, now);
    if (key === cookieKey) return agents[0];
    const others = this.#agentsAt(cookieKey, now);
    return agents.find((agent) => others.includes(agent));
  }

  /** The agents that have sent checks from an address, and last that of the guest that lives there. */
  #agentsAt(key: string, now: number): string[] {
    const agents = this.#checked.agentsAt(key, now);
    const living = this.#guests.livingAt(key);
    if (living !== undefined) agents.push(living.agent);
    return agents;
  }
}
