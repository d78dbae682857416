/**
 * A guest with another WebRTC stack, libdatachannel. It joins by the link alone, as docs/PROTOCOL.md
 * §1 describes, and shares no code with the hub.
 *
 * @module
 */

import datachannel from "node-datachannel";
import { candidatesOf, hubAnswer, readLink } from "./join_link.ts";
import { Changes, eventually, pause } from "./waiting.ts";

/** How often a guest asks who is in its room while it waits for another guest. */
const PEERS_POLL_MS = 50;

// After the tests, the threads of libdatachannel end, and what they still have to say arrives.
// Otherwise a busy machine may crash the process when its isolate ends.
Deno.test.afterAll(async () => {
  datachannel.cleanup();
  await pause(100);
});

// deno-lint-ignore no-explicit-any -- frames are whatever JSON the hub sends
type Frame = any;

/** A guest whose hub channel is open and that has its id. */
export class Guest {
  /** Frames received since, not yet taken by {@link next}. */
  readonly frames: Frame[] = [];
  /** If set, gets every further message instead of {@link frames}, for tests with many messages. */
  onText: ((text: string) => void) | undefined;
  /** Becomes true when the guest sees its channel close. */
  closed = false;
  id = 0;
  /** From making the offer to the `id` frame, in milliseconds. */
  offerToIdMs = 0;
  readonly #peer: datachannel.PeerConnection;
  readonly #channel: datachannel.DataChannel;
  readonly #changes = new Changes();

  private constructor(peer: datachannel.PeerConnection, channel: datachannel.DataChannel) {
    this.#peer = peer;
    this.#channel = channel;
    channel.onMessage((message) => {
      if (this.onText !== undefined) return this.onText(message as string);
      this.frames.push(JSON.parse(message as string));
      this.#changes.announce();
    });
    channel.onClosed(() => {
      this.closed = true;
      this.#changes.announce();
    });
  }

  /**
   * Follows a join link.
   *
   * @param maxMessageSize the largest message that the guest believes the hub accepts. The true value
   *   is 262144.
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

  /** Bytes that its SCTP has not accepted yet. */
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

  /** Waits for the first frame that fits, and takes it. Fails after `timeoutMs`. */
  next(fits: (frame: Frame) => boolean, timeoutMs = 30_000): Promise<Frame> {
    return this.#until(() => {
      const index = this.frames.findIndex(fits);
      return index >= 0 ? this.frames.splice(index, 1)[0] : undefined;
    }, timeoutMs);
  }

  /** Waits until the guest sees its channel close. */
  async untilClosed(timeoutMs = 30_000): Promise<void> {
    await this.#until(() => this.closed || undefined, timeoutMs);
  }

  /** The ids in this guest's room, ascending. */
  async peers(): Promise<number[]> {
    this.send({ t: "peers" });
    const { ids } = await this.next((frame) => frame.t === "peers");
    return ids.sort((a: number, b: number) => a - b);
  }

  /** Asks until the room has exactly these ids, in any order. */
  async untilPeersAre(ids: readonly number[], timeoutMs = 40_000): Promise<void> {
    const expected = JSON.stringify(ids.toSorted((a, b) => a - b));
    await eventually(`the peers [${ids}]`, timeoutMs, async () => {
      const peers = await this.peers();
      if (JSON.stringify(peers) === expected) return true;
      throw new Error(`They are [${peers}].`);
    }, PEERS_POLL_MS);
  }

  /** Waits until the hub has handled everything that was sent so far. */
  async sync(): Promise<void> {
    const x = crypto.randomUUID();
    this.send({ t: "echo", x });
    await this.next((frame) => frame.t === "echo" && frame.x === x);
  }

  /** Closes the connection. */
  leave(): void {
    this.#peer.close();
  }

  #until<T>(look: () => T | undefined, timeoutMs: number): Promise<T> {
    return this.#changes.until(look, timeoutMs, () => "the guest waited in vain");
  }
}
