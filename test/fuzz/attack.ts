/**
 * The list of targets, and an attack on all of them at once, each at its own pace.
 *
 * @module
 */

import { pause } from "../support/waiting.ts";
import { Random } from "./random.ts";
import type { Field, Target } from "./target.ts";
import { dtlsHandshakeTarget, dtlsRecordsTarget } from "./targets/dtls.ts";
import { canForge, forgedTarget } from "./targets/forged.ts";
import { httpTarget } from "./targets/http.ts";
import { dcepTarget, framesTarget, sctpTarget } from "./targets/sctp.ts";
import { stunTarget } from "./targets/stun.ts";
import { turnTarget } from "./targets/turn.ts";

/** All targets by name. */
export const TARGETS: Readonly<Record<string, (field: Field) => Target>> = {
  "stun": stunTarget,
  "dtls-records": dtlsRecordsTarget,
  "dtls-handshakes": dtlsHandshakeTarget,
  "sctp": sctpTarget,
  "dcep": dcepTarget,
  "frames": framesTarget,
  "turn": turnTarget,
  "http": httpTarget,
  ...canForge() ? { "forged": forgedTarget } : {},
};

/** How to attack. */
export interface Attack {
  readonly seed: string;
  /** The number of the first case. */
  readonly from: number;
  /** The factor by which targets with a limited rate are slowed down. */
  readonly slowness: number;
  /** Whether to continue. `sent` is the number of packets that all targets have sent. */
  goesOn(sent: number): boolean;
  /** Is filled with the number of cases of each target. */
  readonly cases?: Map<string, number>;
}

/** How many packets a target may be ahead of its share. */
const HEAD_START = 400;

/** Runs all named targets at the same time, until {@link Attack.goesOn} is false. */
export async function attackAll(
  names: readonly string[],
  field: Field,
  attack: Attack,
): Promise<Target[]> {
  const targets = names.map((name) => TARGETS[name](field));
  const sent = () => targets.reduce((sum, { packets }) => sum + packets, 0);
  const shared = targets.flatMap(({ pace }, i) =>
    "share" in pace ? [{ pace, of: targets[i] }] : []
  );
  const shares = shared.reduce((sum, { pace }) => sum + pace.share, 0);
  const isAhead = ({ pace, packets }: Target) =>
    "share" in pace && packets > HEAD_START +
        shared.reduce((sum, { of }) => sum + of.packets, 0) * pace.share / shares;
  await Promise.all(targets.map(async (target) => {
    const { name, pace } = target;
    const atOnce = "share" in pace ? 1 : pace.atOnce;
    const interval = "share" in pace ? 0 : 1000 * atOnce * attack.slowness / pace.casesPerSecond;
    let index = attack.from;
    await Promise.all(Array.from({ length: atOnce }, async () => {
      while (attack.goesOn(sent())) {
        const random = new Random(attack.seed, name, index++);
        attack.cases?.set(name, index);
        const next = performance.now() + interval;
        await target.attack(random);
        while (attack.goesOn(sent()) && (performance.now() < next || isAhead(target))) {
          await pause(2); // the pace
        }
      }
    }));
  }));
  for (const target of targets) await target.end();
  return targets;
}
