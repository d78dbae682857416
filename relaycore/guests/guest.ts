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
  /** @returns whether the record can be taken for the guest's own; of a secured one, it opened. */
  receive(record: DtlsRecord, now: number): boolean;
  /** Takes a signature that it asked for. */
  signed(signature: Uint8Array, now: number): void;
  /** When {@link poll} has something to do; Infinity for never. */
  readonly nextDeadline: number;
  poll(now: number): void;
  /** Sends a text in UTF-8. */
  send(text: Uint8Array): void;
  /** Asks the guest to return eight bytes. Nothing happens before its channel is open. */
  probe(nonce: Uint8Array): void;
  /** The guest is reached at another address than before. */
  pathChanged(now: number): void;
  close(): void;
}

/** A question to a guest whether it receives at another address than before. */
export interface PathProbe {
  readonly address: TransportAddress;
  readonly key: string;
  readonly nonce: Uint8Array;
  readonly at: number;
}

/** A guest, or a handshake on its way to become one. */
export interface Guest {
  /** The ICE agent that it belongs to, as far as checks can say. */
  readonly agent: string;
  readonly session: Session;
  /** The random of its ClientHello: tells a repeated one from a new one. */
  readonly clientRandom: Uint8Array;
  /** Where datagrams for it go: it has shown that it receives there. */
  address: TransportAddress;
  addressKey: string;
  /** Where a datagram goes that is sent during a probe. */
  probing: PathProbe | undefined;
  /** The last probe that was not answered yet. */
  probe: PathProbe | undefined;
  /** When a check for it came last. */
  lastCheck: number;
  /** The client address that it counts for: where it began. */
  readonly owner: string;
  /** What it may cost a busy hub. */
  readonly budget: TimeBudget;
  /** When it last sent a message, or began. */
  lastMessage: number;
  /** Its id in the hub, once the channel is open. */
  id: number | undefined;
}
