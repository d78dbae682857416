/**
 * The hub joins itself, in memory and through everything that a guest goes through: a connectivity
 * check, DTLS, SCTP, the data channel, the first frame. It shows that the hub can be joined at all,
 * and it makes the first guest as fast as the next: on a small computer, code that runs for the first
 * time takes several times as long, and a browser that looks for hubs waits 1.4 s.
 *
 * It has guests and rooms of its own, so the test guest is neither visible nor counted. An edge: it
 * has the clock.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { Counters } from "../counters.ts";
import { certificateDer } from "../dtls/credentials.ts";
import { type Group, GROUPS } from "../dtls/key_agreement.ts";
import type { FastCrypto } from "../dtls/openssl.ts";
import { HelloVerifier } from "../dtls/hello_verifier.ts";
import { Signer } from "../dtls/signer.ts";
import { GuestSession } from "../guests/guest_session.ts";
import { GuestTable } from "../guests/guest_table.ts";
import { IceResponder } from "../ice/responder.ts";
import type { Identity } from "../identity/identity.ts";
import { SELF_TEST_TIMEOUT_MS } from "../limits.ts";
import type { TransportAddress } from "../net/transport_address.ts";
import { reasonOf } from "../reason.ts";
import { Rooms } from "../rooms/rooms.ts";
import { ReceivePool } from "../sctp/receive_pool.ts";
import { SetupPlane } from "../sctp/setup_plane.ts";
import { encodeStun } from "../stun/message.ts";
import { Attribute, MessageClass, Method } from "../stun/registry.ts";
import { DtlsClient } from "./dtls_client.ts";
import { SctpClient } from "./sctp_client.ts";

/** The guest's pretended address. Nothing is ever sent to it. */
const GUEST: TransportAddress = { address: "127.0.0.1", port: 9 };

/** Connectivity checks of the guest before its handshake. Real ones send about as many. */
const CHECKS = 3;

/** What browsers offer, in their order. */
export const BROWSERS_GROUPS: readonly Group[] = [GROUPS.x25519, GROUPS.secp256r1];

const encoder = new TextEncoder();

/**
 * Joins a hub with this identity once.
 *
 * @param crypto the implementation that the hub uses; by default that of Deno.
 * @throws {Error} with a sentence that says what failed.
 */
export async function selfTest(
  identity: Identity,
  crypto: Partial<FastCrypto> = {},
): Promise<void> {
  using test = new SelfTest(identity, crypto);
  await test.join();
}

/** A hub like the real one, which can be joined any number of times. */
export class SelfTest implements Disposable {
  readonly #identity: Identity;
  readonly #setup = new SetupPlane();
  readonly #hub: GuestTable;
  /** The guest that is joining, and what ends its attempt. */
  #joining: { readonly guest: Guest; readonly done: PromiseWithResolvers<void> } | undefined;

  /** @param crypto the implementation that the hub uses; by default that of Deno. */
  constructor(identity: Identity, { primitives, sign }: Partial<FastCrypto> = {}) {
    this.#identity = identity;
    const failed = (error: unknown) => this.#joining?.done.reject(error);
    const signer = new Signer(identity, failed, sign);
    const parts = {
      certificate: certificateDer(identity),
      pool: new ReceivePool(),
      setup: this.#setup,
      primitives,
    };
    this.#hub = new GuestTable({
      ice: new IceResponder(identity),
      verifier: new HelloVerifier(),
      rooms: new Rooms(),
      counters: new Counters(),
      createSession: (firstMessageSeq, now, events) =>
        new GuestSession(parts, firstMessageSeq, now, events),
      send: (datagram) => this.#answer(datagram),
      flushLater: () => this.#turn(() => this.#hub.flush(performance.now())),
      sign: (request) => signer.request(request),
      fault: failed,
      debug: (sentence) => {
        // "guest 1 came" has no reason; every end has one.
        if (sentence.includes(": ")) failed(new Error(sentence));
      },
    });
  }

  /**
   * Joins, and leaves again. The caller waits for the end before it calls this again.
   *
   * @param groups what the guest's ClientHello offers (RFC 8422 §5.1.1).
   * @throws {Error} with a sentence that says what failed.
   */
  async join(groups: readonly Group[] = BROWSERS_GROUPS): Promise<void> {
    const done = Promise.withResolvers<void>();
    const guest = new Guest(this.#identity, groups);
    this.#joining = { guest, done };
    const timer = setTimeout(
      () => done.reject(new Error(`it took more than ${SELF_TEST_TIMEOUT_MS / 1000} s`)),
      SELF_TEST_TIMEOUT_MS,
    );
    try {
      this.#turn(() => this.#talk(guest));
      await done.promise;
    } catch (error) {
      throw new Error(`The hub cannot be joined, not even by itself: ${reasonOf(error)}.`, {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
      this.#joining = undefined;
      this.#hub.close();
    }
  }

  /** Ends the test. A join that is under way fails. */
  [Symbol.dispose](): void {
    this.#joining?.done.reject(new Error("the test is over"));
    this.#joining = undefined;
    this.#hub.close();
    this.#setup.close();
  }

  /** Gives the guest a datagram of the hub. */
  #answer(datagram: Uint8Array): void {
    const guest = this.#joining?.guest;
    if (guest === undefined) return; // a goodbye
    this.#turn(() => {
      guest.receive(datagram);
      this.#talk(guest);
    });
  }

  /** Sends to the hub what the guest has to say. */
  #talk(guest: Guest): void {
    for (const datagram of guest.out.splice(0)) {
      if (isStun(datagram)) this.#hub.receiveStun(datagram, GUEST, performance.now());
      else this.#hub.receiveDtls(datagram, GUEST, performance.now());
    }
    if (guest.isIn) this.#joining?.done.resolve();
  }

  /**
   * Runs a step of this join in a turn of its own. The event loop reads the socket in between, so a
   * real guest does not wait for the test.
   */
  #turn(step: () => void): void {
    const joining = this.#joining;
    setImmediate(() => {
      if (joining === undefined || joining !== this.#joining) return; // a goodbye
      try {
        step();
      } catch (error) {
        joining.done.reject(error);
      }
    });
  }
}

/** A guest from its check to its first frame. */
class Guest {
  readonly out: Uint8Array[];
  readonly #groups: readonly Group[];
  #dtls: DtlsClient | undefined;
  #sctp: SctpClient | undefined;

  constructor({ ufrag, pwd }: Identity, groups: readonly Group[]) {
    this.#groups = groups;
    const check = encodeStun({
      method: Method.binding,
      messageClass: MessageClass.request,
      transactionId: crypto.getRandomValues(new Uint8Array(12)),
      attributes: [
        [Attribute.username, encoder.encode(`${ufrag}:self`)],
        [Attribute.iceControlling, crypto.getRandomValues(new Uint8Array(8))],
        [Attribute.useCandidate, new Uint8Array()],
        [Attribute.priority, Uint8Array.of(110, 0, 1, 255)],
      ],
      integrityKey: encoder.encode(pwd),
      fingerprint: true,
    });
    this.out = Array(CHECKS).fill(check);
  }

  /** Whether the hub has told it its id. */
  get isIn(): boolean {
    return this.#sctp?.text !== undefined && JSON.parse(this.#sctp.text).t === "id";
  }

  receive(datagram: Uint8Array): void {
    if (isStun(datagram)) this.#dtls ??= new DtlsClient(this.#groups); // checked
    else this.#dtls?.receive(datagram);
    if (this.#dtls === undefined) return;
    this.out.push(...this.#dtls.out.splice(0));
    if (!this.#dtls.isConnected) return;
    this.#sctp ??= new SctpClient();
    for (const packet of this.#dtls.data.splice(0)) this.#sctp.receive(packet);
    for (const packet of this.#sctp.out.splice(0)) this.out.push(this.#dtls.seal(packet));
  }
}

/** STUN and DTLS share the port (RFC 7983). */
function isStun(datagram: Uint8Array): boolean {
  return datagram[0] < 4;
}
