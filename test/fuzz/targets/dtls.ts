/**
 * Attacks DTLS on the port for guests: before, during and after a handshake, from the guest's
 * address and from others.
 *
 * @module
 */

import { pause } from "../../support/waiting.ts";
import type { Corpus } from "../corpus.ts";
import { honestCheck, HostileGuest } from "../hostile_guest.ts";
import { mutated } from "../mutate.ts";
import type { Random } from "../random.ts";
import { openSocket, type Sender } from "../sender.ts";
import type { Field, Target } from "../target.ts";

const HANDSHAKE = 22;
const RECORD_HEADER = 13;
const HANDSHAKE_HEADER = 12;

/** Sends mutated datagrams of the corpus, from addresses with and without a valid check. */
export function dtlsRecordsTarget({ guests, corpus }: Field): Target {
  const strangers = Array.from({ length: 4 }, () => openSocket());
  const checked = Array.from({ length: 4 }, () => openSocket());
  let cases = 0;
  return {
    name: "dtls-records",
    pace: { share: 3 },
    packets: 0,
    async attack(random) {
      if (cases++ % 50 === 0) {
        for (const [i, socket] of checked.entries()) {
          await guests.send(socket, honestCheck(random, `dtls${i}`));
        }
      }
      for (let i = 0; i < 32; i++) {
        const socket = random.pick(random.once(3) ? checked : strangers);
        await guests.send(socket, mutated(corpus.dtls, random));
        this.packets++;
      }
    },
    end() {
      for (const socket of [...strangers, ...checked]) socket.close();
      return Promise.resolve();
    },
  };
}

/** Does handshakes with many faults. Some of them finish, most do not. */
export function dtlsHandshakeTarget({ guests, corpus }: Field): Target {
  let cases = 0;
  return {
    name: "dtls-handshakes",
    pace: { casesPerSecond: 40, atOnce: 8 },
    packets: 0,
    async attack(random) {
      const severity = random.pick([2, 4, 20]);
      const isSiege = random.once(2);
      const guest = new HostileGuest(
        guests,
        random,
        `hs${cases++}`,
        (datagram) =>
          isSiege ? besieged(datagram, random) : tampered(datagram, random, severity, corpus),
      );
      // Half of the handshakes are abandoned at any moment.
      const connecting = guest.connect();
      if (random.once(2)) {
        const isConnected = await connecting;
        if (isConnected) await afterHandshake(guest, random, corpus, guests);
        await guest.leave(isConnected);
      } else {
        await pause(random.below(60)); // any moment
        for (const datagram of guest.handshake) {
          await guest.sendDatagram(mutated([datagram], random));
        }
        await guest.leave(false);
      }
      this.packets += guest.sent;
    },
    end: () => Promise.resolve(),
  };
}

/** A datagram after many mutated copies of it. */
function besieged(datagram: Uint8Array, random: Random): Uint8Array[] {
  const crowd = Array.from({ length: random.below(30) }, () => mutated([datagram], random));
  return [...crowd, datagram];
}

/** What arrives of a datagram. One in `severity` is lost, repeated, mutated or fragmented. */
function tampered(
  datagram: Uint8Array,
  random: Random,
  severity: number,
  { dtls }: Corpus,
): Uint8Array[] {
  if (!random.once(severity)) return [datagram];
  switch (random.below(7)) {
    case 0:
      return [];
    case 1:
      return [datagram, datagram];
    case 2:
      return [mutated([datagram], random)];
    case 3:
      return [mutated([datagram], random), datagram];
    case 4:
      return [datagram, mutated(dtls, random)];
    case 5:
      return fragmented(datagram, random);
    default:
      return fragmented(datagram, random).reverse();
  }
}

/** The handshake message of a datagram in small fragments, some of them repeated or overlapping. */
function fragmented(datagram: Uint8Array, random: Random): Uint8Array[] {
  if (datagram[0] !== HANDSHAKE || datagram[4] !== 0) return [datagram];
  const message = datagram.subarray(RECORD_HEADER);
  if (message.length < HANDSHAKE_HEADER) return [datagram];
  const length = message[1] << 16 | message[2] << 8 | message[3];
  if (message.length < HANDSHAKE_HEADER + length) return [datagram];
  const size = random.pick([1, 7, 40, 200]);
  const out: Uint8Array[] = [];
  for (let offset = 0; offset < length && out.length < 200; offset += size) {
    const end = Math.min(length, offset + size + random.pick([0, 0, 3]));
    const part = message.subarray(HANDSHAKE_HEADER + offset, HANDSHAKE_HEADER + end);
    const record = new Uint8Array(RECORD_HEADER + HANDSHAKE_HEADER + part.length);
    record.set(datagram.subarray(0, RECORD_HEADER + HANDSHAKE_HEADER));
    const view = new DataView(record.buffer);
    view.setUint16(11, HANDSHAKE_HEADER + part.length);
    record.set([offset >> 16, offset >> 8, offset], RECORD_HEADER + 6);
    record.set([part.length >> 16, part.length >> 8, part.length], RECORD_HEADER + 9);
    record.set(part, RECORD_HEADER + HANDSHAKE_HEADER);
    out.push(record);
    if (random.once(10)) out.push(record);
  }
  return out;
}

/** A handshake fragment: part of a Finished, of a renegotiation, or of anything. */
function handshakeFragment(random: Random): Uint8Array {
  const length = random.pick([0, 12, 12, 40, 300]);
  const offset = random.pick([0, 0, random.below(length + 1)]);
  const body = random.bytes(random.pick([length - offset, random.below(length - offset + 1)]));
  return Uint8Array.of(
    random.pick([20, 20, 1, 11, 15, 16, random.below(256)]),
    ...[0, length >> 8, length & 255],
    ...[0, random.below(12)],
    ...[0, offset >> 8, offset & 255],
    ...[0, body.length >> 8, body.length & 255],
    ...body,
  );
}

/** Sends handshake messages and forged records to an open association. */
async function afterHandshake(
  guest: HostileGuest,
  random: Random,
  { dtls }: Corpus,
  guests: Sender,
): Promise<void> {
  if (random.once(2) && await guest.associate()) guest.peer.open();
  const stranger = openSocket();
  for (let i = random.between(4, 40); i > 0; i--) {
    const datagram = random.pick([
      () => mutated(dtls, random),
      () => mutated(guest.handshake, random),
      () => random.pick(guest.handshake),
      () => mutated([guest.seal(23, random.bytes(random.below(100)))], random),
      () => guest.seal(random.pick([20, 21, 22, 23, 24, 255]), random.bytes(random.below(40))),
      () => guest.seal(23, random.bytes(20), random.pick([2, 65_535])),
      () => guest.seal(HANDSHAKE, handshakeFragment(random)),
      () => guest.sealed.length > 0 ? random.pick(guest.sealed) : random.bytes(40),
      // An alert in plaintext, which anybody can send.
      () => Uint8Array.of(21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, random.pick([1, 2]), 0),
    ])();
    if (random.once(4)) await guests.send(stranger, datagram);
    else await guest.sendDatagram(datagram);
  }
  stranger.close();
}
