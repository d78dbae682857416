/**
 * A table of guests with a fake clock, and with sessions that have no cryptography.
 *
 * @module
 */

import { Counters } from "../../relaycore/counters.ts";
import { HelloVerifier } from "../../relaycore/dtls/hello_verifier.ts";
import type { DtlsRecord } from "../../relaycore/dtls/record.ts";
import type { SignatureRequest } from "../../relaycore/dtls/signer.ts";
import type { GuestEvents } from "../../relaycore/guests/guest_session.ts";
import { GuestTable, type Session } from "../../relaycore/guests/guest_table.ts";
import { PATH_PROBE_DATAGRAM_BYTES } from "../../relaycore/guests/path_probe.ts";
import { IceResponder } from "../../relaycore/ice/responder.ts";
import { HANDSHAKE_TIMEOUT_MS } from "../../relaycore/limits.ts";
import type { TransportAddress } from "../../relaycore/net/transport_address.ts";
import { Rooms } from "../../relaycore/rooms/rooms.ts";
import { clientHello, cookieOf } from "./client_hello.ts";
import { check, HUB } from "./ice_check.ts";

/** A protected record for the session with this key, or for every session with 0. */
export function protectedRecord(key = 0): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(PATH_PROBE_DATAGRAM_BYTES);
  body[0] = key;
  return new Uint8Array([23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, body.length, ...body]);
}

/** A plaintext handshake record that is not a ClientHello. */
export const CERTIFICATE: Uint8Array<ArrayBuffer> = new Uint8Array(
  [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 13, 11, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 1, 7],
);

/** A session that a test completes and opens. Until then it accepts every record. */
export class FakeSession implements Session {
  isSecured = false;
  isOpen = false;
  closed = false;
  authentic = true;
  /** Called for every record. */
  costs = () => {};
  readonly records: DtlsRecord[] = [];
  readonly texts: string[] = [];
  readonly probes: Uint8Array[] = [];

  /** @param key the first byte of its protected records. */
  constructor(readonly key: number, readonly startedAt: number, readonly events: GuestEvents) {}

  isOverdue(now: number): boolean {
    return !this.isOpen && now - this.startedAt >= HANDSHAKE_TIMEOUT_MS;
  }

  heldBytes = 0;

  receive(record: DtlsRecord): boolean {
    this.costs();
    if (!this.isSecured) {
      this.records.push(record);
      return true;
    }
    const [key, ...rest] = record.fragment;
    if (record.epoch === 0 || !this.authentic || (key !== 0 && key !== this.key)) return false;
    this.records.push(record);
    if (rest[0] === 1) this.events.reachable(record.fragment.subarray(2, 10));
    return true;
  }

  nextDeadline = Infinity;
  /** The times at which it was polled. */
  readonly polls: number[] = [];
  poll(now: number): void {
    this.polls.push(now);
    this.nextDeadline = Infinity;
  }
  readonly signatures: Uint8Array[] = [];
  signed(signature: Uint8Array): void {
    this.signatures.push(signature);
  }

  send(text: Uint8Array | string): void {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    this.texts.push(new TextDecoder().decode(bytes));
    this.events.send(bytes);
  }
  /** Makes the guest send a text. */
  say(text: string): void {
    this.events.text(new TextEncoder().encode(text));
  }

  probe(nonce: Uint8Array): void {
    if (!this.isOpen) return;
    this.probes.push(nonce);
    const question = new Uint8Array(PATH_PROBE_DATAGRAM_BYTES);
    question.set(nonce);
    this.events.send(question);
  }

  /** The times at which it was told of a new address. */
  readonly moves: number[] = [];
  pathChanged(now: number): void {
    this.moves.push(now);
  }

  /** A protected record that returns the number of a probe. */
  answer(nonce: Uint8Array): Uint8Array<ArrayBuffer> {
    const datagram = protectedRecord(this.key);
    datagram[14] = 1;
    datagram.set(nonce, 15);
    return datagram;
  }

  close(): void {
    this.closed = true;
  }

  secure(): void {
    this.isSecured = true;
    this.events.secured();
  }

  open(): void {
    if (!this.isSecured) this.secure();
    this.isOpen = true;
    this.events.opened();
  }
}

/** A table of guests, what it has sent, and its two inputs. */
export function setUp(parts: { stopwatch?: () => number } = {}) {
  const rooms = new Rooms();
  const counters = new Counters();
  const sessions: FakeSession[] = [];
  const sent: { datagram: Uint8Array; to: TransportAddress }[] = [];
  const failures: unknown[] = [];
  const requests: SignatureRequest[] = [];
  const table = new GuestTable({
    ice: new IceResponder(HUB),
    verifier: new HelloVerifier(),
    rooms,
    flushLater: () => {},
    counters,
    createSession: (_seq, now, events) => {
      const session = new FakeSession((sessions.length + 1) & 255, now, events);
      sessions.push(session);
      return session;
    },
    send: (datagram, to) => sent.push({ datagram, to }),
    debug: () => {},
    sign: (request) => requests.push(request),
    fault: (error) => failures.push(error),
    ...parts,
  });
  /** The cookie that a ClientHello from this address gets. */
  const cookieFor = (from: TransportAddress, now: number, seed: number): Uint8Array => {
    table.receiveDtls(clientHello(seed), from, now);
    return cookieOf(sent.at(-1)!.datagram);
  };
  /** Both ClientHellos of a handshake from an address that has passed a check. */
  const shakeHands = (from: TransportAddress, now: number, seed: number): FakeSession => {
    table.receiveDtls(clientHello(seed, cookieFor(from, now, seed)), from, now);
    return sessions.at(-1)!;
  };
  const join = (from: TransportAddress, now: number, tieBreaker: number): FakeSession => {
    table.receiveStun(check({ tieBreaker }), from, now);
    const session = shakeHands(from, now, tieBreaker);
    session.open();
    return session;
  };
  return {
    rooms,
    counters,
    sessions,
    sent,
    failures,
    requests,
    table,
    cookieFor,
    shakeHands,
    join,
  };
}
