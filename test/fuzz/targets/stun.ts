/**
 * Attacks STUN on the port for guests: mutated checks of the corpus, odd checks with valid
 * credentials, and noise.
 *
 * @module
 */

import { IDENTITY } from "../identity.ts";
import { mutated } from "../mutate.ts";
import { openSocket } from "../sender.ts";
import { check, resigned } from "../shapes/stun.ts";
import type { Field, Target } from "../target.ts";

const SOCKETS = 8;
const PACKETS_PER_CASE = 32;

/** Sends from several sockets. */
export function stunTarget({ guests, corpus }: Field): Target {
  const sockets = Array.from({ length: SOCKETS }, () => openSocket());
  return {
    name: "stun",
    pace: { share: 3 },
    packets: 0,
    async attack(random) {
      for (let i = 0; i < PACKETS_PER_CASE; i++) {
        const datagram = random.once(3)
          ? check(random, IDENTITY)
          : random.once(2)
          ? resigned(mutated(corpus.stun, random), IDENTITY.pwd)
          : random.once(10)
          ? random.bytes(random.below(200))
          : mutated(corpus.stun, random);
        await guests.send(random.pick(sockets), datagram);
        this.packets++;
      }
    },
    end() {
      for (const socket of sockets) socket.close();
      return Promise.resolve();
    },
  };
}
