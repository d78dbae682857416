/**
 * A guest that is not ours: libdatachannel, joined by the link alone as docs/PROTOCOL.md §1 tells a browser
 * to. It shares no code with the hub.
 *
 * @module
 */

import datachannel from "node-datachannel";
import { candidatesOf, hubAnswer, readLink } from "./join_link.ts";
import { eventually } from "./waiting.ts";

/** How often a guest asks who is in its room while it waits for somebody. */
const PEERS_POLL_MS = 50;

// deno-lint-ignore no-explicit-any -- frames are whatever JSON the hub sends
type Frame = any;

/** A guest whose hub channel is open and that has its id. */
export class Guest {
  /** Frames received since, not yet taken by {@link next}. */
  readonly frames: Frame[] = [];
  /** Takes every further message, if it is set, instead of {@link frames}: for very many of them. */
  onText: ((text: string) => void) | undefined;
  /** Becomes true when the guest sees its channel close. */
  closed = false;
  id = 0;
  /** From making the offer to the `id` frame, in milliseconds. */
  offerToIdMs = 0;
  readonly #peer: datachannel.PeerConnection;
  readonly #channel: datachannel.DataChannel;
  readonly #waiting = new Set<() => void>();

  private constructor(peer: datachannel.PeerConnection, channel: datachannel.DataChannel) {
    this.#peer = peer;
    this.#channel = channel;
    channel.onMessage((message) => {
      if (this.onText !== undefined) return this.onText(message as string);
      this.frames.push(JSON.parse(message as string));
      this.#wake();
    });
    channel.onClosed(() => {
      this.closed = true;
      this.#wake();
    });
  }

  /**
   * Follows a join link.
   *
   * @param maxMessageSize what the guest believes that the hub takes; the truth is 262144.
   * @param bindAddress the address that it sends from, if that matters.
   */
  static async join(link: string, maxMessageSize = 262_144, bindAddress?: string): Promise<Guest> {
    const invitation = readLink(link);
    const started = performance.now();
    const peer = new datachannel.PeerConnection("guest", {
      iceServers: [],
      maxMessageSize,
      bindAddress,
    });
    peer.onLocalDescription((offer) => {
      const mid = /a=mid:(\S+)/.exec(offer)?.[1] ?? "0";
      const answer = hubAnswer(invitation, mid, { maxMessageSize, candidates: false });
      peer.setRemoteDescription(answer, "answer" as datachannel.DescriptionType);
      for (const candidate of candidatesOf(invitation)) peer.addRemoteCandidate(candidate, mid);
    });
    const guest = new Guest(peer, peer.createDataChannel("hub"));
    try {
      guest.id = (await guest.next((frame) => frame.t === "id")).id;
    } catch (error) {
      guest.leave();
      throw error;
    }
    guest.offerToIdMs = performance.now() - started;
    return guest;
  }

  /** Where its datagrams come from: `127.0.0.1:51234`. */
  get address(): string {
    const pair = this.#peer.getSelectedCandidatePair();
    if (pair === null) throw new Error("the guest has no pair yet");
    return `${pair.local.address}:${pair.local.port}`;
  }

  /** Bytes that its SCTP has not taken yet. */
  get unsent(): number {
    return this.#channel.bufferedAmount();
  }

  send(frame: unknown): void {
    this.sendText(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.#channel.sendMessage(text);
  }

  sendBinary(bytes: Uint8Array): void {
    this.#channel.sendMessageBinary(bytes);
  }

  /** Takes the first frame that fits, waiting for it; fails after `timeoutMs`. */
  async next(fits: (frame: Frame) => boolean, timeoutMs = 30_000): Promise<Frame> {
    let found: Frame;
    await this.#until(() => {
      const index = this.frames.findIndex(fits);
      if (index >= 0) found = this.frames.splice(index, 1)[0];
      return index >= 0;
    }, timeoutMs);
    return found;
  }

  /** Waits until the guest sees its channel close. */
  untilClosed(timeoutMs = 30_000): Promise<void> {
    return this.#until(() => this.closed, timeoutMs);
  }

  /** The ids in this guest's room, ascending. */
  async peers(): Promise<number[]> {
    this.send({ t: "peers" });
    const { ids } = await this.next((frame) => frame.t === "peers");
    return ids.sort((a: number, b: number) => a - b);
  }

  /** Asks until the room holds exactly these ids, in whatever order. */
  async untilPeersAre(ids: readonly number[], timeoutMs = 40_000): Promise<void> {
    const expected = JSON.stringify(ids.toSorted((a, b) => a - b));
    await eventually(`the peers [${ids}]`, timeoutMs, async () => {
      const peers = await this.peers();
      if (JSON.stringify(peers) === expected) return true;
      throw new Error(`They are [${peers}].`);
    }, PEERS_POLL_MS);
  }

  /** Waits for everything sent so far to have been handled by the hub. */
  async sync(): Promise<void> {
    const x = crypto.randomUUID();
    this.send({ t: "echo", x });
    await this.next((frame) => frame.t === "echo" && frame.x === x);
  }

  /** Closes the connection. */
  leave(): void {
    this.#peer.close();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async #until(condition: () => boolean, timeoutMs: number): Promise<void> {
    if (condition()) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wake = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        wake = () => {
          if (!condition()) return;
          // Once: a condition may take what it finds, and the next frame is for the next who waits.
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
        timer = setTimeout(() => reject(new Error("the guest waited in vain")), timeoutMs);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(wake);
    }
  }
}
