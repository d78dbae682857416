/**
 * Connectivity checks as a browser sends them, and wrong ones.
 *
 * @module
 */

import type { TransportAddress } from "../../relaycore/net/transport_address.ts";
import { encodeStun } from "../../relaycore/stun/message.ts";
import { Attribute, MessageClass, Method } from "../../relaycore/stun/registry.ts";

/** The hub's credentials in tests. */
export const HUB = { ufrag: "hubufrag", pwd: "a password of 24 letters" };

/** Where a test guest's datagrams come from. */
export const FROM: TransportAddress = { address: "192.168.7.20", port: 40_000 };

/** The differences from a valid check. */
export interface CheckOptions {
  readonly username?: string;
  readonly guestUfrag?: string;
  /** null for no MESSAGE-INTEGRITY. */
  readonly key?: string | null;
  readonly method?: number;
  readonly messageClass?: number;
  readonly fingerprint?: boolean;
  /** Whether it nominates its pair. True by default. */
  readonly isNominated?: boolean;
  /** Whether it has a PRIORITY. True by default. */
  readonly hasPriority?: boolean;
  /** null for no ICE-CONTROLLING. */
  readonly tieBreaker?: number | Uint8Array | null;
  /** Random unless given. */
  readonly transactionId?: Uint8Array;
  readonly extra?: readonly (readonly [number, Uint8Array])[];
}

/** A check that is valid except for the given differences. */
export function check(options: CheckOptions): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  let tieBreaker = new Uint8Array(8);
  if (options.tieBreaker instanceof Uint8Array) tieBreaker = options.tieBreaker.slice();
  else new DataView(tieBreaker.buffer).setUint32(4, options.tieBreaker ?? 0);
  return encodeStun({
    method: options.method ?? Method.binding,
    messageClass: options.messageClass ?? MessageClass.request,
    transactionId: options.transactionId ?? crypto.getRandomValues(new Uint8Array(12)),
    attributes: [
      [
        Attribute.username,
        encoder.encode(options.username ?? `${HUB.ufrag}:${options.guestUfrag ?? "abcd"}`),
      ],
      ...(options.tieBreaker === null ? [] : [[Attribute.iceControlling, tieBreaker] as const]),
      ...(options.isNominated === false
        ? []
        : [[Attribute.useCandidate, new Uint8Array(0)] as const]),
      ...(options.hasPriority === false
        ? []
        : [[Attribute.priority, new Uint8Array([110, 0, 1, 255])] as const]),
      ...(options.extra ?? []),
    ],
    integrityKey: options.key === null ? undefined : encoder.encode(options.key ?? HUB.pwd),
    fingerprint: options.fingerprint ?? true,
  });
}

/** The check of an agent, which its number tells from others, that a hub has to answer. */
export function agentCheck(
  { ufrag, pwd }: { readonly ufrag: string; readonly pwd: string },
  agent: number,
): Uint8Array {
  return check({ username: `${ufrag}:f${agent}`, key: pwd, tieBreaker: agent });
}
