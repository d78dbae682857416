/**
 * The long-term credential mechanism (RFC 8489 §9.2): it decides whether a client may make
 * requests. It knows nothing about allocations.
 *
 * @module
 */

import type { TransportAddress } from "../net/transport_address.ts";
import { hasValidIntegrity, longTermKey } from "../stun/integrity.ts";
import { findAttribute, type StunMessage } from "../stun/message.ts";
import { Attribute } from "../stun/registry.ts";
import type { Nonces } from "./nonce.ts";

/** The result of checking a request's credentials. */
export type Verdict =
  | {
    readonly kind: "granted";
    readonly username: string;
    /** The key for the answer's MESSAGE-INTEGRITY. */
    readonly key: Uint8Array;
  }
  | {
    readonly kind: "refused";
    /** 400 bad request, 401 unauthenticated, 438 stale nonce. */
    readonly code: 400 | 401 | 438;
  };

const decoder = new TextDecoder();

/** The users of one realm. */
export class LongTermCredentials {
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #nonces: Nonces;

  /** @param users passwords by username. Both are ASCII, which SASLprep leaves unchanged. */
  constructor(realm: string, users: ReadonlyMap<string, string>, nonces: Nonces) {
    this.#keys = new Map(
      [...users].map(([name, password]) => [name, longTermKey(name, realm, password)]),
    );
    this.#nonces = nonces;
  }

  /**
   * Checks the credentials of a request (RFC 8489 §9.2.4). The hash is checked before the nonce: a
   * stale nonce says nothing about whether the client knows the password, and both answers carry a
   * fresh nonce.
   */
  check(request: StunMessage, client: TransportAddress, now: number): Verdict {
    if (findAttribute(request, Attribute.messageIntegrity) === undefined) return refused(401);
    const name = findAttribute(request, Attribute.username);
    const nonce = findAttribute(request, Attribute.nonce);
    if (
      name === undefined || nonce === undefined ||
      findAttribute(request, Attribute.realm) === undefined
    ) return refused(400);

    const username = decoder.decode(name);
    const key = this.#keys.get(username);
    // A wrong realm needs no check of its own: the client's key is derived from the realm, so the
    // hash is wrong too.
    if (key === undefined || !hasValidIntegrity(request, key)) return refused(401);
    if (!this.#nonces.isValid(nonce, client, now)) return refused(438);
    return { kind: "granted", username, key };
  }
}

function refused(code: 400 | 401 | 438): Verdict {
  return { kind: "refused", code };
}
