/**
 * Guests that change their address. The hub sends a probe to the new address, and the guest moves
 * when its answer comes from there (RFC 8445 §9, RFC 9260 §5.4).
 *
 * @module
 */

import { isEqual } from "../bytes.ts";
import { PATH_PROBE_INTERVAL_MS } from "../limits.ts";
import { type TransportAddress, transportAddressKey } from "../net/transport_address.ts";
import type { CheckedAddresses } from "./checked_addresses.ts";
import type { Guest } from "./guest.ts";
import type { GuestIndex } from "./guest_index.ts";
import { PATH_PROBE_DATAGRAM_BYTES, PATH_PROBE_NONCE_BYTES } from "./path_probe.ts";

/** Probes guests at new addresses, and moves them. */
export class Moves {
  readonly #guests: GuestIndex;
  readonly #checked: CheckedAddresses;

  constructor(guests: GuestIndex, checked: CheckedAddresses) {
    this.#guests = guests;
    this.#checked = checked;
  }

  /**
   * Sends a probe to find out whether a guest receives at an address where no guest lives. There is
   * no probe before the guest's channel is open: until then it is reached at the address that its
   * cookie went to.
   */
  ask(guest: Guest, address: TransportAddress, now: number): void {
    if (!guest.session.isOpen || !this.#guests.has(guest)) return;
    const key = transportAddressKey(address);
    if (guest.probe?.key === key && now - guest.probe.at < PATH_PROBE_INTERVAL_MS) return;
    if (!this.#checked.spend(key, PATH_PROBE_DATAGRAM_BYTES)) return;
    const nonce = crypto.getRandomValues(new Uint8Array(PATH_PROBE_NONCE_BYTES));
    guest.probe = guest.probing = { address, key, nonce, at: now };
    guest.session.probe(nonce);
    guest.probing = undefined;
  }

  /**
   * A guest has returned a number, in a record from the address with this key. If number and address
   * are those of the probe, the guest lives there from now on.
   */
  answered(guest: Guest, nonce: Uint8Array, key: string, now: number): void {
    const { probe } = guest;
    if (probe === undefined || probe.key !== key) return;
    if (!isEqual(nonce, probe.nonce)) return;
    guest.probe = undefined;
    this.#guests.move(guest, probe.address);
    guest.session.pathChanged(now);
  }
}
