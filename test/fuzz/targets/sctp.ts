/**
 * Attacks SCTP, DCEP and the hub frames inside real DTLS sessions, so that everything is authentic.
 *
 * @module
 */

import { chunk, ChunkType, dataChannelOpen, packet, seal } from "../../support/sctp_peer.ts";
import { pause } from "../../support/waiting.ts";
import { HostileGuest } from "../hostile_guest.ts";
import { mutated } from "../mutate.ts";
import type { Random } from "../random.ts";
import { chunks } from "../shapes/chunks.ts";
import { frame } from "../shapes/frames.ts";
import type { Field, Target } from "../target.ts";

/** After so many packets a guest is replaced by a new one, if the hub has not ended it before. */
const PACKETS_PER_GUEST = 600;
const PACKETS_PER_CASE = 24;

/**
 * The wait after a guest that could not join, so that a busy hub is not flooded with handshakes.
 */
const RETRY_MS = 200;

type Attack = (guest: HostileGuest, random: Random) => Promise<void>;

/** Sends SCTP packets: mutated ones of the corpus, and well-formed ones that make no sense. */
export function sctpTarget(field: Field): Target {
  return inSession("sctp", 4, field, async (guest, random) => {
    const { peer } = guest;
    const bytes = random.once(2)
      ? mutated(field.corpus.sctp, random)
      : random.once(3)
      ? mutated([packet(peer.peerTag, ...chunks(random, peer))], random)
      : packet(peer.peerTag, ...chunks(random, peer));
    // Most packets get the right tag and checksum, so that the hub reads further.
    if (bytes.length >= 12 && !random.once(20)) {
      new DataView(bytes.buffer).setUint32(4, random.once(30) ? 0 : peer.peerTag);
      seal(bytes);
    }
    await guest.sendPacket(bytes);
  });
}

/** Sends valid and invalid DCEP messages on several streams. */
export function dcepTarget(field: Field): Target {
  const label = (random: Random) =>
    random.pick(["hub", "content", "", "\u0000", "h".repeat(1000), "hub\u0000"]);
  return inSession("dcep", 2, field, async (guest, random) => {
    const { peer } = guest;
    const stream = random.pick([0, 0, 1, 2, 3, 14, random.once(100) ? random.number(16) : 4]);
    const message = random.once(2)
      ? mutated(field.corpus.dcep, random)
      : random.once(3)
      ? Uint8Array.of(random.pick([2, 3, 0, 255]))
      : dataChannelOpen(label(random));
    if (message.length === 0) return;
    const protocol = random.once(10) ? random.pick([0, 51, 52, 53, 54, 56, 57]) : 50;
    const parts = [peer.next(message.subarray(0, 1100), { protocol, stream })];
    if (random.once(8)) parts.push(chunk(ChunkType.heartbeat, new Uint8Array()));
    await guest.sendPacket(packet(peer.peerTag, ...parts));
  });
}

/** Sends valid and invalid frames on the hub channel. */
export function framesTarget(field: Field): Target {
  return inSession("frames", 4, field, async (guest, random) => {
    const { peer } = guest;
    if (peer.messages.length === 0 && peer.nextTsn === peer.initialTsn) peer.open();
    const text = random.once(2)
      ? new TextEncoder().encode(frame(random))
      : mutated(field.corpus.frames, random);
    const protocol = random.once(20) ? random.pick([50, 53, 56, 57]) : 51;
    // Long frames are fragmented as RFC 9260 requires.
    for (let offset = 0; offset === 0 || offset < text.length; offset += 1100) {
      const part = text.subarray(offset, offset + 1100);
      if (part.length === 0) return;
      const isLast = offset + 1100 >= text.length;
      const flags = (offset === 0 ? 2 : 0) | (isLast ? 1 : 0);
      await guest.sendPacket(packet(peer.peerTag, peer.next(part, { protocol, flags })));
    }
  });
}

/**
 * A target that attacks from within a session, and begins another one when the hub has ended it.
 */
function inSession(name: string, share: number, { guests }: Field, attack: Attack): Target {
  let guest: HostileGuest | undefined;
  let sessions = 0;
  let left = 0;
  return {
    name,
    pace: { share },
    packets: 0,
    async attack(random) {
      if (guest === undefined || guest.isEnded || guest.peer.isAborted || left <= 0) {
        await guest?.leave();
        guest = undefined;
        const next = new HostileGuest(guests, random, `${name}${sessions++}`);
        const isConnected = await next.connect();
        if (!isConnected || !await next.associate()) {
          await next.leave(isConnected);
          await pause(RETRY_MS);
          return;
        }
        guest = next;
        left = PACKETS_PER_GUEST;
      }
      if (left % 100 === 0) await guest.check();
      for (let i = 0; i < PACKETS_PER_CASE && !guest.isEnded; i++) {
        await attack(guest, random);
        this.packets++;
        left--;
      }
      // The hub's answers, which may end the session, are read meanwhile.
      await pause(0);
    },
    async end() {
      await guest?.leave();
    },
  };
}
