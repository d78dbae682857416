/**
 * Fuzzes the table of guests, with an honest guest, and strangers that send anything from any
 * address. They can read what is sent to their own addresses, and nothing else.
 *
 * What must hold: the honest guest is not removed, is reached at its address, and its checks are
 * answered. An address that has never proven that it receives gets no more bytes than came from it,
 * except for one probe.
 *
 * @module
 */

import type { TransportAddress } from "../../relaycore/net/transport_address.ts";
import { transportAddressKey } from "../../relaycore/net/transport_address.ts";
import { assert } from "../support/assert.ts";
import { clientHello } from "../support/client_hello.ts";
import { PATH_PROBE_DATAGRAM_BYTES } from "../../relaycore/guests/path_probe.ts";
import { CERTIFICATE, type FakeSession, protectedRecord, setUp } from "../support/guest_table.ts";
import { check } from "../support/ice_check.ts";
import type { Core } from "./cores.ts";
import type { Corpus } from "./corpus.ts";
import { mutated } from "./mutate.ts";
import type { Random } from "./random.ts";

/** The number of cases after which a new scene begins. */
const CASES = 500;
const CHECK_INTERVAL_MS = 5000;
const HONEST_AGENT = 1;
/**
 * The strangers' ClientHellos have one of so many random values, which the honest guest does not
 * use.
 */
const SEEDS = 254;

const address = (last: number): TransportAddress => ({ address: `192.168.7.${last}`, port: 4000 });
const HOMES = [address(1), address(2)];
const STRANGERS = [address(3), address(4)];
/** Hosts that never send anything themselves. Strangers send in their names. */
const BYSTANDERS = [address(5), address(6)];
const EVERYWHERE = [...HOMES, ...STRANGERS, ...BYSTANDERS];

const isAmong = (list: readonly TransportAddress[], { address }: TransportAddress) =>
  list.some((one) => one.address === address);

/** A table with its guests, and what the strangers know. */
class Scene {
  readonly #setUp = setUp();
  /** Bytes received from each address, minus those sent to it. */
  readonly #balance = new Map<string, number>();
  /**
   * The cookies that strangers have received at their own addresses, with the seeds they are for.
   */
  readonly #cookies: { readonly seed: number; readonly cookie: Uint8Array }[] = [];
  readonly #honest: FakeSession;
  /** The latest nonce of a probe that strangers have read. */
  #nonce: Uint8Array = new Uint8Array(8);
  #home = HOMES[0];
  #now = 0;
  #nextCheck = CHECK_INTERVAL_MS;
  #seen = 0;

  constructor() {
    this.#honest = this.#setUp.join(this.#home, 0, HONEST_AGENT);
    this.#look();
  }

  step(random: Random, { dtls, stun }: Corpus): void {
    this.#now += random.pick([0, 0, 1, 20, 200]);
    const { table, sessions, sent } = this.#setUp;
    if (random.once(20)) table.sweep(this.#now);
    if (this.#now >= this.#nextCheck || random.once(50)) this.#check();
    if (random.once(10)) this.#speak();
    if (random.once(100)) this.#move();

    const from = random.pick(EVERYWHERE);
    // No noise in the names of bystanders, because its bytes would allow answers of the same
    // length.
    const noise = random.pick([...HOMES, ...STRANGERS]);
    const own = random.pick(STRANGERS);
    const agent = random.between(60, 63);
    const mine = sessions.filter((session) => session !== this.#honest && !session.closed);
    random.pick<() => void>([
      () => this.#stun(check({ tieBreaker: agent, isNominated: random.once(2) }), from),
      () => this.#stun(mutated(stun, random), noise),
      () => this.#dtls(mutated(dtls, random), noise),
      () => this.#dtls(CERTIFICATE, noise),
      () => this.#dtls(protectedRecord(250), noise),
      () => this.#dtls(clientHello(random.below(SEEDS)), from),
      () => {
        const seed = random.below(SEEDS);
        this.#stun(check({ tieBreaker: agent }), own);
        this.#dtls(clientHello(seed), own);
        const last = sent.at(-1);
        if (last?.datagram[13] !== 3 || !isAmong([own], last.to)) return;
        this.#cookies.push({ seed, cookie: last.datagram.slice(28) });
        if (this.#cookies.length > 20) this.#cookies.shift();
      },
      () => {
        const known = random.pick(this.#cookies);
        if (known !== undefined) this.#dtls(clientHello(known.seed, known.cookie), from);
      },
      () => {
        const session = random.pick(mine);
        if (session === undefined || session.isOpen) return;
        session.isSecured ? session.open() : session.secure();
      },
      () => {
        const session = random.pick(mine);
        if (session?.isSecured) this.#dtls(protectedRecord(session.key), from);
      },
      () => {
        const session = random.pick(mine);
        const nonce = random.once(3) ? random.bytes(8) : this.#nonce;
        if (session !== undefined) this.#dtls(session.answer(nonce), from);
      },
      () => random.pick(mine)?.send("x".repeat(random.below(500))),
      () => {
        const session = random.pick(mine);
        session?.close();
        session?.events.ended("gone");
      },
    ])();
    this.#look();
    assert(!this.#honest.closed, "the honest guest was thrown out");
  }

  #stun(datagram: Uint8Array, from: TransportAddress): void {
    this.#received(datagram, from);
    this.#setUp.table.receiveStun(datagram, from, this.#now);
    this.#look();
  }

  #dtls(datagram: Uint8Array, from: TransportAddress): void {
    this.#received(datagram, from);
    this.#setUp.table.receiveDtls(datagram, from, this.#now);
    this.#look();
  }

  #received({ length }: Uint8Array, from: TransportAddress): void {
    const key = transportAddressKey(from);
    this.#balance.set(key, (this.#balance.get(key) ?? 0) + length);
  }

  /** Checks everything that was sent since the last call. */
  #look(): void {
    const { sent } = this.#setUp;
    for (; this.#seen < sent.length; this.#seen++) {
      const { datagram, to } = sent[this.#seen];
      const key = transportAddressKey(to);
      // Strangers learn the nonce of a probe only if it is sent to one of their own addresses.
      const isProbe = datagram.length === PATH_PROBE_DATAGRAM_BYTES;
      if (isProbe && isAmong(STRANGERS, to)) this.#nonce = datagram.slice(0, 8);
      this.#balance.set(key, (this.#balance.get(key) ?? 0) - datagram.length);
      assert(
        !isAmong(BYSTANDERS, to) || this.#balance.get(key)! >= -PATH_PROBE_DATAGRAM_BYTES,
        `${key} was sent more than came from it`,
      );
    }
  }

  /** The honest guest sends a check, which must be answered. */
  #check(): void {
    this.#nextCheck = this.#now + CHECK_INTERVAL_MS;
    const { sent, table } = this.#setUp;
    const before = sent.length;
    table.receiveStun(
      check({ tieBreaker: HONEST_AGENT, isNominated: false }),
      this.#home,
      this.#now,
    );
    assert(sent.length === before + 1, "the honest guest's check was not answered");
  }

  /** The honest guest sends a record, and the answer must reach it at its address. */
  #speak(): void {
    const { sent, table } = this.#setUp;
    const before = this.#honest.records.length;
    table.receiveDtls(protectedRecord(this.#honest.key), this.#home, this.#now);
    assert(this.#honest.records.length === before + 1, "a record of the honest guest was lost");
    this.#honest.send("answer");
    assert(isAmong([this.#home], sent.at(-1)!.to), "the honest guest is not reached");
  }

  /** The honest guest nominates its other address, and answers the probe. */
  #move(): void {
    const { table } = this.#setUp;
    const to = HOMES.find((home) => home !== this.#home)!;
    table.receiveStun(check({ tieBreaker: HONEST_AGENT }), to, this.#now);
    const nonce = this.#honest.probes.at(-1);
    if (nonce === undefined) return;
    table.receiveDtls(this.#honest.answer(nonce), to, this.#now);
    this.#honest.send("where am I?");
    if (isAmong([to], this.#setUp.sent.at(-1)!.to)) this.#home = to;
  }
}

/** Makes the core. A scene lasts for {@link CASES} cases. */
export function guestTable(corpus: Corpus): Core {
  let scene: Scene | undefined;
  let cases = 0;
  return {
    name: "guests",
    share: 60,
    run(random) {
      if (scene === undefined || cases++ % CASES === 0) scene = new Scene();
      scene.step(random, corpus);
    },
  };
}
