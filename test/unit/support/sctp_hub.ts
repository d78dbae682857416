/**
 * The hub's SCTP association with a fake clock, and the client of `sctp_peer.ts` at the other end. The
 * network between them loses the packets that a test chooses.
 *
 * @module
 */

import { SctpAssociation } from "../../../relaycore/sctp/association.ts";
import { ReceivePool } from "../../../relaycore/sctp/receive_pool.ts";
import { SetupPlane } from "../../../relaycore/sctp/setup_plane.ts";
import { assert } from "../../assert.ts";
import {
  chunksOf,
  ChunkType,
  read,
  SctpPeer,
  type SctpPeerOptions,
} from "../../support/sctp_peer.ts";

/** A packet that the hub has sent. */
export interface SentPacket {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** The hub's association and a client, joined without a network. */
export class SctpPair {
  now = 1_000_000;
  readonly #setup = new SetupPlane();
  readonly hub: SctpAssociation;
  readonly peer: SctpPeer;
  readonly messages: string[] = [];
  /** Streams that the client has reset; "all" for all. */
  readonly resets: (number | "all")[] = [];
  readonly ends: string[] = [];
  /** Everything that the hub has sent. */
  readonly sent: SentPacket[] = [];
  /** Whether the next packet of the hub arrives, by its number. */
  arrives: (index: number) => boolean = () => true;

  constructor(options: SctpPeerOptions = {}, pool = new ReceivePool()) {
    this.hub = new SctpAssociation(pool, this.#setup);
    this.peer = new SctpPeer((packet) => this.toHub(packet), options);
  }

  /** A pair whose association is set up. */
  static connect(options: SctpPeerOptions = {}): SctpPair {
    const pair = new SctpPair(options);
    pair.peer.connect();
    pair.settle();
    assert(pair.peer.isOpen, "the association is set up");
    return pair;
  }

  /** Passes a packet to the hub. Its answers wait for {@link settle}. */
  toHub(packet: Uint8Array): void {
    this.hub.receive(packet, this.now);
    for (const event of this.hub.takeEvents()) {
      if (event.kind === "message") this.messages.push(new TextDecoder().decode(event.data));
      else if (event.kind === "ended") this.ends.push(event.reason);
      else this.resets.push(...event.streams === "all" ? ["all" as const] : event.streams);
    }
  }

  /** Lets both sides send everything that is due now. */
  settle(): void {
    for (let rounds = 0;; rounds++) {
      assert(rounds < 10_000, "the two come to rest");
      const before = this.sent.length;
      const out: Uint8Array[] = [];
      this.hub.poll(this.now, (packet) => out.push(packet.slice()));
      for (const event of this.hub.takeEvents()) {
        if (event.kind === "ended") this.ends.push(event.reason);
      }
      for (const bytes of out) {
        const index = this.sent.push({ at: this.now, bytes }) - 1;
        if (this.arrives(index)) this.peer.receive(bytes);
      }
      const deadline = this.hub.nextDeadline;
      if (this.sent.length === before && (deadline === undefined || deadline > this.now)) return;
    }
  }

  /** Advances the clock, and does everything that is due meanwhile. */
  run(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      this.settle();
      const deadline = this.hub.nextDeadline;
      if (deadline === undefined || deadline > end) break;
      this.now = deadline;
    }
    this.now = end;
    this.settle();
  }

  /** Sends a text on stream 0. */
  send(text: string | Uint8Array): boolean {
    return this.hub.send(0, 51, typeof text === "string" ? new TextEncoder().encode(text) : text);
  }

  /** The hub's packets since the one with this number, each as the types of its chunks. */
  typesSince(index: number): number[][] {
    return this.sent.slice(index).map(({ bytes }) => chunksOf(bytes).map(({ type }) => type));
  }

  /** The TSNs of DATA chunks in the hub's packets since the one with this number. */
  tsnsSince(index: number): number[] {
    return this.sent.slice(index).flatMap(({ bytes }) =>
      chunksOf(bytes).filter(({ type }) => type === ChunkType.data).map(({ body }) =>
        read(body, 0, 4)
      )
    );
  }

  /** The cumulative TSN of the hub's last SACK. */
  get acknowledged(): number | undefined {
    const last = this.peer.received.filter(({ type }) => type === ChunkType.sack).at(-1);
    return last && read(last.body, 0, 4);
  }

  [Symbol.dispose](): void {
    this.hub.close();
    this.#setup.close();
  }
}
