/**
 * Two ends of SCTP and the path between them, with a fake clock. Every packet has a delay, and a test
 * chooses which ones are lost. One end is the hub's association. The other is set up like the client
 * of `sctp_peer.ts`, and then sends and receives by the same rules as the hub.
 *
 * @module
 */

import { Acknowledgement } from "../../../relaycore/sctp/acknowledgement.ts";
import { SctpAssociation } from "../../../relaycore/sctp/association.ts";
import { InboundData } from "../../../relaycore/sctp/inbound.ts";
import { OutboundData } from "../../../relaycore/sctp/outbound.ts";
import { PacketWriter } from "../../../relaycore/sctp/packet_writer.ts";
import { ReceivePool } from "../../../relaycore/sctp/receive_pool.ts";
import { SetupPlane } from "../../../relaycore/sctp/setup_plane.ts";
import { assert } from "../../assert.ts";
import { chunksOf, ChunkType, read, SctpPeer } from "../../support/sctp_peer.ts";

/** One way between the two. */
export type Direction = "to-hub" | "to-guest";

/** Whether a packet is lost, by its direction and its number in that direction. */
export type Fate = (direction: Direction, index: number) => "lost" | "arrives" | "twice";

interface Packet {
  readonly at: number;
  readonly direction: Direction;
  readonly bytes: Uint8Array;
}

/** The guest's end once the association is set up. */
class GuestEnd {
  readonly inbound: InboundData;
  readonly outbound: OutboundData;
  readonly #acknowledgement = new Acknowledgement();
  readonly #writer = new PacketWriter();
  readonly #tag: number;
  readonly received: string[] = [];

  constructor(peer: SctpPeer) {
    this.#tag = peer.peerTag;
    this.inbound = new InboundData(peer.peerInitialTsn, new ReceivePool());
    this.outbound = new OutboundData(peer.initialTsn, 1 << 20);
  }

  get deadline(): number {
    return Math.min(this.outbound.deadline ?? Infinity, this.#acknowledgement.deadline ?? Infinity);
  }

  receive(bytes: Uint8Array, now: number): void {
    const hadGap = this.inbound.hasGap;
    let hasData = false;
    let offset = 12;
    for (const { type, flags, body } of chunksOf(bytes)) {
      if (type === ChunkType.sack) this.outbound.receiveSack(bytes, offset, now);
      if (type === ChunkType.data) {
        hasData = true;
        this.inbound.receive({
          tsn: read(body, 0, 4),
          flags,
          streamId: read(body, 4, 2),
          protocol: read(body, 8, 4),
          userData: body.slice(12),
        }, ({ data }) => this.received.push(new TextDecoder().decode(data)));
      }
      offset += (4 + body.length + 3) & ~3;
    }
    const { hasGap, hasDuplicates } = this.inbound;
    if (hasData) this.#acknowledgement.packetReceived(hadGap || hasGap || hasDuplicates, now);
  }

  poll(now: number, send: (packet: Uint8Array) => void): void {
    if ((this.outbound.deadline ?? Infinity) <= now) this.outbound.handleTimeout(now);
    for (let packets = 0; packets < 10; packets++) {
      this.#writer.begin(this.#tag);
      if (this.#acknowledgement.isDue(now)) {
        this.#writer.chunk(this.inbound.takeSack());
        this.#acknowledgement.sent();
      }
      this.outbound.fill(this.#writer, now);
      if (this.#writer.isEmpty) return;
      send(this.#writer.finish().slice());
    }
  }
}

/** The hub, a guest, and the packets in flight between them. */
export class SctpPath {
  now = 5000;
  readonly #setup = new SetupPlane();
  readonly hub = new SctpAssociation(new ReceivePool(), this.#setup);
  /** Messages that have reached the hub. */
  readonly received: string[] = [];
  readonly ends: string[] = [];
  /** How many packets went each way. */
  readonly counts: Record<Direction, number> = { "to-hub": 0, "to-guest": 0 };
  fate: Fate = () => "arrives";
  readonly #delay: number;
  readonly #peer: SctpPeer;
  #guest: GuestEnd | undefined;
  readonly #underWay: Packet[] = [];

  /** @param delay of one direction, in milliseconds. */
  constructor(delay = 5, initialTsn = 2 ** 32 - 3) {
    this.#delay = delay;
    this.#peer = new SctpPeer((packet) => this.#send("to-hub", packet), { initialTsn });
    // The set-up is werift's and has the client's timers. It is not tested here.
    this.#peer.connect();
    this.run(10 * delay);
    assert(this.#peer.isOpen, "the association is set up");
    this.#guest = new GuestEnd(this.#peer);
    this.counts["to-hub"] = this.counts["to-guest"] = 0;
  }

  get guest(): GuestEnd {
    return this.#guest!;
  }

  /** Sends a text to the hub. */
  say(text: string): void {
    this.guest.outbound.send(0, 51, new TextEncoder().encode(text));
  }

  /** Sends a text to the guest. */
  answer(text: string): void {
    this.hub.send(0, 51, new TextEncoder().encode(text));
  }

  /** Advances the clock until a condition is true, for at most `ms`. @returns the time that it took. */
  until(condition: () => boolean, ms: number): number {
    const began = this.now;
    while (!condition()) {
      assert(this.now - began < ms, `not within ${ms} ms`);
      this.run(1);
    }
    return this.now - began;
  }

  /** Advances the clock, and does everything that is due meanwhile. */
  run(ms: number): void {
    const end = this.now + ms;
    for (let rounds = 0;; rounds++) {
      assert(rounds < 100_000, "the two come to rest");
      this.#poll();
      const next = Math.min(
        this.#underWay[0]?.at ?? Infinity,
        this.hub.nextDeadline ?? Infinity,
        this.#guest?.deadline ?? Infinity,
      );
      if (next > end) break;
      this.now = Math.max(this.now, next);
      while (this.#underWay.length > 0 && this.#underWay[0].at <= this.now) {
        this.#deliver(this.#underWay.shift()!);
      }
    }
    this.now = end;
  }

  [Symbol.dispose](): void {
    this.hub.close();
    this.#setup.close();
  }

  #poll(): void {
    this.hub.poll(this.now, (packet) => this.#send("to-guest", packet.slice()));
    for (const event of this.hub.takeEvents()) {
      if (event.kind === "message") this.received.push(new TextDecoder().decode(event.data));
      if (event.kind === "ended") this.ends.push(event.reason);
    }
    this.#guest?.poll(this.now, (packet) => this.#send("to-hub", packet));
  }

  #send(direction: Direction, bytes: Uint8Array): void {
    const fate = this.#guest === undefined
      ? "arrives"
      : this.fate(direction, this.counts[direction]++);
    if (fate === "lost") return;
    for (let times = fate === "twice" ? 2 : 1; times > 0; times--) {
      this.#underWay.push({ at: this.now + this.#delay, direction, bytes });
    }
  }

  #deliver({ direction, bytes }: Packet): void {
    if (direction === "to-hub") this.hub.receive(bytes, this.now);
    else if (this.#guest !== undefined) this.#guest.receive(bytes, this.now);
    else this.#peer.receive(bytes);
  }
}
