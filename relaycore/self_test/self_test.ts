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

import { Counters } from "../counters.ts";
import { certificateDer } from "../dtls/credentials.ts";
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

const encoder = new TextEncoder();

/**
 * Joins a hub with this identity.
 *
 * @param crypto the implementation that the hub uses; by default that of Deno.
 * @throws {Error} with a sentence that says what failed.
 */
export async function selfTest(
  identity: Identity,
  { primitives, sign }: Partial<FastCrypto> = {},
): Promise<void> {
  const setup = new SetupPlane();
  const done = Promise.withResolvers<void>();
  const guest = new Guest(identity);
  const failed = (error: unknown) => done.reject(error);
  const turn = (run: () => void) =>
    queueMicrotask(() => {
      try {
        run();
      } catch (error) {
        failed(error);
      }
    });
  const signer = new Signer(identity, failed, sign);
  const parts = {
    certificate: certificateDer(identity),
    pool: new ReceivePool(),
    setup,
    primitives,
  };
  const hub = new GuestTable({
    ice: new IceResponder(identity),
    verifier: new HelloVerifier(),
    rooms: new Rooms(),
    counters: new Counters(),
    createSession: (firstMessageSeq, now, events) =>
      new GuestSession(parts, firstMessageSeq, now, events),
    send: (datagram) =>
      turn(() => {
        guest.receive(datagram);
        talk();
      }),
    flushLater: () => turn(() => hub.flush(performance.now())),
    sign: (request) => signer.request(request),
    fault: failed,
    debug: (sentence) => {
      // "guest 1 came" has no reason; every end has one.
      if (sentence.includes(": ")) failed(new Error(sentence));
    },
  });
  function talk(): void {
    for (const datagram of guest.out.splice(0)) {
      if (isStun(datagram)) hub.receiveStun(datagram, GUEST, performance.now());
      else hub.receiveDtls(datagram, GUEST, performance.now());
    }
    if (guest.isIn) done.resolve();
  }
  const timer = setTimeout(
    () => failed(new Error(`it took more than ${SELF_TEST_TIMEOUT_MS / 1000} s`)),
    SELF_TEST_TIMEOUT_MS,
  );
  try {
    turn(talk);
    await done.promise;
  } catch (error) {
    throw new Error(`The hub cannot be joined, not even by itself: ${reasonOf(error)}.`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    hub.close();
    setup.close();
  }
}

/** A guest from its check to its first frame. */
class Guest {
  readonly out: Uint8Array[];
  #dtls: DtlsClient | undefined;
  #sctp: SctpClient | undefined;

  constructor({ ufrag, pwd }: Identity) {
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
    this.out = [check];
  }

  /** Whether the hub has told it its id. */
  get isIn(): boolean {
    return this.#sctp?.text !== undefined && JSON.parse(this.#sctp.text).t === "id";
  }

  receive(datagram: Uint8Array): void {
    if (isStun(datagram)) this.#dtls ??= new DtlsClient(); // checked
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
