/**
 * Fuzzes the cores of SCTP: the gate, an association, and the receiving of messages.
 *
 * @module
 */

import { SctpAssociation } from "../../relaycore/sctp/association.ts";
import { isKnownChunk, isSkipped, isWellFormed } from "../../relaycore/sctp/gate.ts";
import { InboundData } from "../../relaycore/sctp/inbound.ts";
import { ReceivePool } from "../../relaycore/sctp/receive_pool.ts";
import { SetupPlane } from "../../relaycore/sctp/setup_plane.ts";
import {
  MAX_REASSEMBLY_BYTES,
  MAX_SCTP_CONTROL_CHUNKS,
  MAX_SCTP_PACKET_BYTES,
} from "../../relaycore/limits.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { chunksOf, ChunkType, Flag, packet, SctpPeer, seal } from "../support/sctp_peer.ts";
import type { Corpus } from "./corpus.ts";
import { mutated } from "./mutate.ts";
import { chunks } from "./shapes/chunks.ts";
import type { Core } from "./cores.ts";

/** The gate: a packet that passes can be read without checks of its lengths. */
export function sctpGate({ sctp }: Corpus): Core {
  const peer = new SctpPeer(() => {});
  return {
    name: "sctp_gate",
    share: 80,
    run(random) {
      const made = () =>
        packet(
          1,
          ...Array.from({ length: random.pick([1, 1, 2, 5]) }, () => chunks(random, peer)).flat(),
        );
      const bytes = random.once(2)
        ? mutated(sctp, random)
        : random.once(2)
        ? made()
        : mutated([made()], random);
      if (!isWellFormed(bytes)) return;
      assert(bytes.length <= MAX_SCTP_PACKET_BYTES);
      // `chunksOf` trusts every length.
      const inside = chunksOf(partThatIsRead(bytes));
      const ofType = (wanted: number) => inside.filter(({ type }) => type === wanted);
      const data = ofType(ChunkType.data);
      assert(data.every(({ body }) => body.length > 12));
      assert(inside.length - data.length <= MAX_SCTP_CONTROL_CHUNKS);
      assert(ofType(ChunkType.sack).length <= 1);
    },
  };
}

/** A packet up to an unknown chunk after which nothing is read, if there is one (RFC 9260 §3.2). */
function partThatIsRead(packet: Uint8Array): Uint8Array {
  const view = new DataView(packet.buffer, packet.byteOffset);
  for (let offset = 12; offset < packet.length;) {
    const type = packet[offset];
    if (!isKnownChunk(type) && !isSkipped(type)) return packet.subarray(0, offset);
    offset += (view.getUint16(offset + 2) + 3) & ~3;
  }
  return packet;
}

/** An open association, which has to survive everything that may not end it. */
export function sctpAssociation({ sctp }: Corpus): Core {
  let hub: SctpAssociation | undefined;
  let peer: SctpPeer | undefined;
  let isEnded = true;
  let now = 0;
  // Shared by all associations, so that no guest may prevent the next one from joining.
  const setup = new SetupPlane();
  function connect(initialTsn: number): void {
    hub?.close();
    isEnded = false;
    const association = new SctpAssociation(new ReceivePool(), setup);
    const own = new SctpPeer((bytes) => association.receive(bytes, now), { initialTsn });
    [hub, peer] = [association, own];
    own.connect();
    while (answer() > 0);
    assert(own.isOpen);
  }
  /** Passes the hub's packets to the guest. @returns how many there were. */
  function answer(): number {
    const packets: Uint8Array[] = [];
    hub!.poll(now, (bytes) => packets.push(bytes.slice()));
    for (const bytes of packets) {
      assert(bytes.length <= MAX_SCTP_PACKET_BYTES + 12);
      peer!.receive(bytes);
    }
    isEnded ||= hub!.takeEvents().some(({ kind }) => kind === "ended");
    return packets.length;
  }
  return {
    name: "sctp_association",
    share: 60,
    run(random) {
      if (isEnded || random.once(200)) return connect(random.number(32));
      const bytes = random.once(2)
        ? mutated(sctp, random)
        : random.once(2)
        ? packet(peer!.peerTag, ...chunks(random, peer!))
        : mutated([packet(peer!.peerTag, ...chunks(random, peer!))], random);
      if (bytes.length >= 8) new DataView(bytes.buffer).setUint32(4, peer!.peerTag);
      hub!.receive(seal(bytes), now);
      if (random.once(8)) hub!.send(random.below(3), 51, random.bytes(random.below(3000)));
      now += random.pick([0, 0, 1, 20, 500]);
      // The peer acknowledges what the hub says, which may be what the hub waits for.
      for (let rounds = 0, packets = 1; packets > 0; rounds++) {
        packets = answer();
        assert(packets <= 16, "a packet is answered with few");
        assert(rounds < 100, "a conversation comes to an end");
      }
      const deadline = hub!.nextDeadline;
      assert(deadline === undefined || deadline > now, "there is nothing left to do at once");
    },
  };
}

/** Receiving on a bad network: whatever is lost, repeated or late, the messages arrive as sent. */
export function sctpInbound(): Core {
  return {
    name: "sctp_inbound",
    share: 40,
    run(random) {
      const initialTsn = random.once(2) ? random.number(32) : 10 ** random.between(1, 9) - 5;
      const inbound = new InboundData(initialTsn, new ReceivePool());
      const sent: string[] = [];
      const got: string[] = [];
      const chunks: { tsn: number; flags: number; userData: Uint8Array }[] = [];
      for (let message = random.between(1, 12); message > 0; message--) {
        const fragments = random.pick([1, 1, 2, 7]);
        let text = "";
        for (let i = 0; i < fragments; i++) {
          const part = String.fromCharCode(97 + random.below(26)).repeat(random.between(1, 9));
          text += part;
          chunks.push({
            tsn: (initialTsn + chunks.length) >>> 0,
            flags: (i === 0 ? Flag.first : 0) | (i === fragments - 1 ? Flag.last : 0),
            userData: new TextEncoder().encode(part),
          });
        }
        sent.push(text);
      }
      const left = [...chunks];
      while (left.length > 0) {
        const index = random.below(Math.min(left.length, random.pick([1, 2, 30])));
        const chunk = left[index];
        if (!random.once(4)) left.splice(index, 1); // otherwise it arrives again
        inbound.receive(
          { ...chunk, streamId: 0, protocol: 51 },
          ({ data }) => got.push(new TextDecoder().decode(data)),
        );
        assert(inbound.heldBytes <= MAX_REASSEMBLY_BYTES);
        if (random.once(5)) assert(inbound.takeSack().length < 1200);
      }
      assertEquals(got, sent);
      assertEquals(inbound.heldBytes, 0);
      const cumulative = new DataView(inbound.takeSack().buffer).getUint32(4);
      assertEquals(cumulative, (initialTsn + chunks.length - 1) >>> 0);
    },
  };
}
