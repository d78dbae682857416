/**
 * Signs for handshakes with the key of the hub's certificate. OpenSSL does it at once, where it may be
 * called. Elsewhere a signature over P-256 takes most of a millisecond: `crypto.subtle` computes it on
 * another thread, several at once, while this one goes on reading the socket. An edge: it waits for
 * other threads and has the clock.
 *
 * @module
 */

import { MAX_SIGNATURES_AT_ONCE } from "../limits.ts";
import { type DtlsCertificate, privateKeyDer } from "./credentials.ts";
import { derSignature } from "./der_signature.ts";

/** A handshake's request for a signature. */
export interface SignatureRequest {
  readonly bytes: Uint8Array;
  /** Whether the handshake still waits. If not, the signature is not made. */
  isWanted(): boolean;
  /** Called once with the signature in DER, if the handshake still waits then. May throw. */
  done(signature: Uint8Array, now: number): void;
}

const ECDSA_SHA256 = { name: "ECDSA", hash: "SHA-256" };

/** Serves requests for signatures, first come, first served. */
export class Signer {
  readonly #key: Promise<CryptoKey>;
  readonly #failed: (error: unknown) => void;
  readonly #sign: ((bytes: Uint8Array) => Uint8Array) | undefined;
  readonly #waiting: SignatureRequest[] = [];
  #underWay = 0;

  /**
   * @param failed told of every error: of signing, and of what `done` throws. Must not throw.
   * @param sign signs in microseconds, in DER; {@link request} then calls `done` before it returns.
   */
  constructor(
    certificate: DtlsCertificate,
    failed: (error: unknown) => void,
    sign?: (bytes: Uint8Array) => Uint8Array,
  ) {
    this.#failed = failed;
    this.#sign = sign;
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const der = privateKeyDer(certificate);
    this.#key = crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
    this.#key.catch(() => {}); // reported when a signature is requested
  }

  /** Asks for a signature. There is at most one request for each unfinished handshake. */
  request(request: SignatureRequest): void {
    const signature = this.#signNow(request);
    if (signature === undefined) {
      this.#waiting.push(request);
      return this.#next();
    }
    try {
      request.done(signature, performance.now());
    } catch (error) {
      this.#failed(error);
    }
  }

  #signNow({ bytes }: SignatureRequest): Uint8Array | undefined {
    try {
      return this.#sign?.(bytes);
    } catch (error) {
      this.#failed(error); // crypto.subtle signs instead
    }
  }

  #next(): void {
    while (this.#underWay < MAX_SIGNATURES_AT_ONCE) {
      const request = this.#waiting.shift();
      if (request === undefined) return;
      if (!request.isWanted()) continue;
      this.#underWay++;
      this.#signElsewhere(request).catch(this.#failed).then(() => {
        this.#underWay--;
        this.#next();
      });
    }
  }

  async #signElsewhere(request: SignatureRequest): Promise<void> {
    const bytes = new Uint8Array(request.bytes);
    const signature = await crypto.subtle.sign(ECDSA_SHA256, await this.#key, bytes);
    if (!request.isWanted()) return;
    request.done(derSignature(new Uint8Array(signature)), performance.now());
  }
}
