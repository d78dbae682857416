/**
 * Sends what a stranger can send from the honest guests' addresses: checks of its own ICE agents,
 * ClientHellos with and without cookies, forged records.
 *
 * @module
 */

import type { TransportAddress } from "../../../relaycore/net/transport_address.ts";
import { Forger } from "../../support/forger.ts";
import { cookieIn, wholeClientHello } from "../../support/client_hello.ts";
import { honestCheck } from "../hostile_guest.ts";
import { mutated } from "../mutate.ts";
import { openSocket } from "../sender.ts";
import type { Field, Target } from "../target.ts";

export { canForge } from "../../support/forger.ts";

const PACKETS_PER_CASE = 32;
/** How many cookies are kept, which the stranger has received at its own address. */
const COOKIES = 16;
const APPLICATION_DATA = 23;

/** Needs {@link canForge}. */
export function forgedTarget({ guests, corpus, honest }: Field): Target {
  const forger = new Forger();
  const hellos: { readonly random: Uint8Array; readonly cookie: Uint8Array }[] = [];
  let random32 = new Uint8Array(32);
  const own = openSocket((datagram) => {
    const cookie = cookieIn(datagram);
    if (cookie !== undefined) hellos.push({ random: random32, cookie });
    if (hellos.length > COOKIES) hellos.shift();
  });
  const victims = honest.map((text): TransportAddress => {
    const [address, port] = text.split(":");
    return { address, port: Number(port) };
  });
  let cases = 0;
  return {
    name: "forged",
    pace: { share: 3 },
    packets: 0,
    async attack(random) {
      const agent = `forge${cases++ % 8}`;
      await guests.send(own, honestCheck(random, agent));
      random32 = random.bytes(32);
      await guests.send(own, wholeClientHello(random32));
      for (let i = 0; i < PACKETS_PER_CASE; i++) {
        const victim = random.pick(victims);
        const record = random.bytes(random.between(14, 200));
        record.set([APPLICATION_DATA, 0xfe, 0xfd, 0, 1]);
        new DataView(record.buffer).setUint16(11, record.length - 13);
        const hello = random.pick(hellos);
        const datagram = random.pick<() => Uint8Array>([
          () => honestCheck(random, agent),
          () => honestCheck(random, `forge${random.below(1000)}`),
          () => wholeClientHello(random.bytes(32)),
          () =>
            hello === undefined
              ? wholeClientHello(random32)
              : wholeClientHello(hello.random, hello.cookie),
          () => record,
          () => mutated(corpus.dtls, random),
          () => mutated(corpus.stun, random),
          // An alert in plaintext.
          () => Uint8Array.of(21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, random.pick([1, 2]), 0),
        ])();
        // Also from ports close by, because another guest behind the same router may use them.
        const port = random.once(4) ? victim.port + random.between(-30, 30) : victim.port;
        await guests.forge(forger, datagram, { ...victim, port });
        this.packets++;
      }
    },
    end() {
      own.close();
      forger[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
