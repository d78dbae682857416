/**
 * The hub's half of ICE: a lite, controlled agent (RFC 8445 §2.5) that answers connectivity checks
 * and never sends any. It takes bytes and returns bytes: it stores no addresses, has no clock, and
 * does not know what a guest is.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { MAX_STUN_BYTES } from "../limits.ts";
import type { TransportAddress } from "../net/transport_address.ts";
import { encodeErrorCode, encodeXorAddress } from "../stun/attributes.ts";
import { hasNoWrongFingerprint, hasValidIntegrity } from "../stun/integrity.ts";
import { decodeStun, encodeStun, findAttribute, type StunMessage } from "../stun/message.ts";
import { Attribute, MessageClass, Method } from "../stun/registry.ts";

/** Why a datagram that looked like STUN was dropped without an answer. */
export type StunDropCause =
  | "stun-too-large"
  | "stun-malformed"
  | "stun-not-a-check"
  | "stun-wrong-username"
  | "stun-wrong-integrity"
  | "stun-wrong-fingerprint"
  | "stun-too-many-checks";

/** The result of a connectivity check. */
export type CheckOutcome =
  | { readonly kind: "dropped"; readonly cause: StunDropCause }
  /**
   * The check is authenticated, but wrong in another way. `response` reports that, and nothing else
   * happens.
   */
  | { readonly kind: "refused"; readonly response: Uint8Array }
  | {
    readonly kind: "passed";
    readonly response: Uint8Array;
    /**
     * The name of the agent that sent the check, as the agent claims it: see {@link IceResponder}.
     */
    readonly agent: string;
    /** Whether the guest wants to use the pair that this check went over (RFC 8445 §7.1.2). */
    readonly isNominated: boolean;
  };

/** The comprehension-required attributes (type below 0x8000) that a check may contain. */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  Attribute.username,
  Attribute.messageIntegrity,
  Attribute.messageIntegritySha256,
  Attribute.priority,
  Attribute.useCandidate,
]);

/** The longest ufrag (RFC 8839 §5.4) in bytes. Its characters are ASCII. */
const MAX_UFRAG_BYTES = 256;

/** The length of a tie-breaker in bytes (RFC 8445 §7.1.3). */
const TIE_BREAKER_BYTES = 8;

const encoder = new TextEncoder();

/**
 * Answers connectivity checks made with one set of ICE credentials.
 *
 * An _agent_ is named by its tie-breaker: 64 random bits, which are the same in all checks of one
 * ICE agent (RFC 8445 §16.1). The tie-breaker stays the same when the agent has several addresses,
 * and when it restarts ICE, which changes its ufrag and its port. A client without a tie-breaker is
 * named by its ufrag. The name is only a claim: a client that has read the join link can send a
 * check with any tie-breaker that it knows.
 */
export class IceResponder {
  readonly #usernamePrefix: Uint8Array;
  readonly #key: Uint8Array;

  /** @param credentials the hub's ufrag and pwd, as in the blob. */
  constructor(credentials: { readonly ufrag: string; readonly pwd: string }) {
    this.#usernamePrefix = encoder.encode(`${credentials.ufrag}:`);
    this.#key = encoder.encode(credentials.pwd);
  }

  /**
   * Checks one datagram, and makes the answer if it gets one (RFC 8445 §7.3).
   *
   * Cheap tests come first: nothing is hashed for a datagram that cannot be a check for this hub.
   * An answer is never larger than its check, because the address that it goes to can be forged.
   *
   * @param datagram a whole datagram. It is the same afterwards.
   * @param from the transport address that the datagram came from. The answer tells it to the
   *   guest.
   * @param mayHash is called before the first hash. It returns whether the hub may compute hashes
   *   for one more check of this agent.
   */
  check(
    datagram: Uint8Array,
    from: TransportAddress,
    mayHash: (agent: string) => boolean = () => true,
  ): CheckOutcome {
    if (datagram.length > MAX_STUN_BYTES) return dropped("stun-too-large");
    const message = decodeStun(datagram);
    if (message === undefined) return dropped("stun-malformed");
    if (message.method !== Method.binding || message.messageClass !== MessageClass.request) {
      return dropped("stun-not-a-check");
    }
    const username = findAttribute(message, Attribute.username);
    if (
      username === undefined || !startsWith(username, this.#usernamePrefix) ||
      username.length - this.#usernamePrefix.length > MAX_UFRAG_BYTES
    ) {
      return dropped("stun-wrong-username");
    }
    const tieBreaker = findAttribute(message, Attribute.iceControlling);
    const controlled = findAttribute(message, Attribute.iceControlled);
    // A shorter one would also let the answer become larger than the check.
    if ([tieBreaker, controlled].some((one) => one && one.length !== TIE_BREAKER_BYTES)) {
      return dropped("stun-malformed");
    }
    const agent = tieBreaker === undefined
      ? `ufrag ${latin1(username.subarray(this.#usernamePrefix.length))}`
      : hex(tieBreaker);
    if (!mayHash(agent)) return dropped("stun-too-many-checks");
    if (!hasNoWrongFingerprint(message)) return dropped("stun-wrong-fingerprint");
    if (!hasValidIntegrity(message, this.#key)) return dropped("stun-wrong-integrity");

    const unknown = message.attributes
      .map(({ type }) => type)
      .filter((type) => type < 0x8000 && !UNDERSTOOD.has(type));
    // This answer has no reason phrase, because that would make it larger than the check.
    if (unknown.length > 0) return this.#refuse(message, 420, "", unknown);
    // The hub cannot take the controlling role, so the guest must take it (RFC 8445 §7.3.1.1).
    if (controlled !== undefined) {
      return this.#refuse(message, 487, "Role Conflict");
    }

    return {
      kind: "passed",
      response: this.#encode(message, MessageClass.success, [
        [Attribute.xorMappedAddress, encodeXorAddress(from)],
      ]),
      agent,
      isNominated: findAttribute(message, Attribute.useCandidate) !== undefined,
    };
  }

  #refuse(request: StunMessage, code: number, reason: string, unknown?: number[]): CheckOutcome {
    const attributes: [number, Uint8Array][] = [
      [Attribute.errorCode, encodeErrorCode(code, reason)],
    ];
    if (unknown !== undefined) {
      const value = new Uint8Array(unknown.length * 2);
      unknown.forEach((type, i) => value.set([type >> 8, type & 255], i * 2));
      attributes.push([Attribute.unknownAttributes, value]);
    }
    return { kind: "refused", response: this.#encode(request, MessageClass.error, attributes) };
  }

  #encode(
    request: StunMessage,
    messageClass: number,
    attributes: readonly (readonly [number, Uint8Array])[],
  ): Uint8Array {
    return encodeStun({
      method: Method.binding,
      messageClass,
      transactionId: request.transactionId,
      attributes,
      integrityKey: this.#key,
      fingerprint: findAttribute(request, Attribute.fingerprint) !== undefined,
    });
  }
}

function dropped(cause: StunDropCause): CheckOutcome {
  return { kind: "dropped", cause };
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, i) => bytes[i] === byte);
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
