/**
 * What the hub knows of one guest, from its verified ClientHello on (types).
 *
 * @module
 */

import type { DtlsRecord } from "../dtls/record.ts";
import type { TimeBudget } from "../fairness/time_budget.ts";
import type { TransportAddress } from "../net/transport_address.ts";

/** The part of a guest's session that the table of guests uses. */
export interface Session {
  /** Whether the handshake is complete: the guest's Finished was verified. */
  readonly isSecured: boolean;
  /** Whether the hub channel is open. */
  readonly isOpen: boolean;
  isOverdue(now: number): boolean;
  /** Bytes that wait: of messages that the guest has not acknowledged, or not completed. */
  readonly heldBytes: number;
  /**
   * Handles a record.
   *
   * @returns whether the record may be the guest's own. Once the session is secured, it is if it can
   *   be decrypted.
   */
  receive(record: DtlsRecord, now: number): boolean;
  /** Receives the signature that the session asked for. */
  signed(signature: Uint8Array, now: number): void;
  /** The time when {@link poll} has something to do; Infinity for never. */
  readonly nextDeadline: number;
  poll(now: number): void;
  /** Sends a text in UTF-8. */
  send(text: Uint8Array): void;
  /** Asks the guest to return eight bytes. Nothing happens before its channel is open. */
  probe(nonce: Uint8Array): void;
  /** The guest has moved to another address. */
  pathChanged(now: number): void;
  close(): void;
}

/** A probe that asks a guest whether it receives at another address. */
export interface PathProbe {
  readonly address: TransportAddress;
  readonly key: string;
  readonly nonce: Uint8Array;
  readonly at: number;
}

/** A guest, or a handshake that may become one. */
export interface Guest {
  /** The ICE agent that the checks name. It is only a claim. */
  readonly agent: string;
  readonly session: Session;
  /** The random of its ClientHello. It tells a repeated ClientHello from a new one. */
  readonly clientRandom: Uint8Array;
  /** The address that datagrams for the guest go to. It has proved that it receives there. */
  address: TransportAddress;
  addressKey: string;
  /** The probe that is being sent. Datagrams go to its address meanwhile. */
  probing: PathProbe | undefined;
  /** The last probe, if it is not answered yet. */
  probe: PathProbe | undefined;
  /** When its last check came. */
  lastCheck: number;
  /** The client address that the guest is counted under: the one where its handshake began. */
  readonly owner: string;
  /** The time that it may use when the hub is busy. */
  readonly budget: TimeBudget;
  /** When it sent its last message. Before the first message, when its handshake began. */
  lastMessage: number;
  /** Its id in the rooms, once the channel is open. */
  id: number | undefined;
}
