/**
 * One WebRTC connection with the hub: its data channel, and nothing else. Text in, text out. When to
 * open one and what to say is decided elsewhere.
 *
 * @module
 */

/// <reference lib="dom" />

import type { HubBlob } from "../../../relaycore/join_link/blob.ts";
import { synthesizeAnswer } from "../protocol/hub_answer.ts";
import { HUB_BUFFER_BYTES } from "../protocol/limits.ts";

/** What a connection reports. */
export interface HubConnectionEvents {
  message(data: unknown): void;
  /** The connection cannot be used any more. Called once. */
  down(): void;
}

/** A connection with the hub. */
export class HubConnection {
  readonly #events: HubConnectionEvents;
  readonly #connection: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  #isDown = false;

  /** @throws if the browser allows no more connections. */
  constructor(blob: HubBlob, pageHost: string, events: HubConnectionEvents) {
    this.#events = events;
    const connection = this.#connection = new RTCPeerConnection();
    const channel = this.#channel = connection.createDataChannel("hub");
    channel.onmessage = ({ data }) => events.message(data);
    channel.onclose = () => this.#down();
    connection.onconnectionstatechange = () => {
      const { connectionState } = connection;
      if (connectionState === "failed" || connectionState === "closed") this.#down();
    };
    this.#dial(blob, pageHost).catch(() => this.#down());
  }

  async #dial(blob: HubBlob, pageHost: string): Promise<void> {
    const connection = this.#connection;
    const offer = await connection.createOffer();
    await connection.setLocalDescription(offer);
    const sdp = synthesizeAnswer(offer.sdp ?? "", blob, pageHost);
    await connection.setRemoteDescription({ type: "answer", sdp });
  }

  send(text: string): void {
    if (this.#channel.readyState !== "open") return;
    // The hub stopped reading long ago.
    if (this.#channel.bufferedAmount > HUB_BUFFER_BYTES) return this.#down();
    try {
      this.#channel.send(text);
    } catch {
      this.#down();
    }
  }

  /**
   * The hub's address that is in use; undefined if the browser hides it, as browsers do when it was
   * found by a `.local` name.
   */
  async remoteAddress(): Promise<string | undefined> {
    const entries: RTCStats[] = [];
    (await this.#connection.getStats()).forEach((entry: RTCStats) => entries.push(entry));
    const pair = entries.find((entry) => entry.type === "candidate-pair" && isInUse(entry));
    const id = (pair as RTCIceCandidatePairStats | undefined)?.remoteCandidateId;
    const remote = entries.find((entry) => entry.id === id) as { address?: string } | undefined;
    return remote?.address;
  }

  /** Closes the connection. Nothing is reported after that. */
  close(): void {
    this.#isDown = true;
    this.#channel.onmessage = this.#channel.onclose = null;
    this.#connection.onconnectionstatechange = null;
    this.#channel.close();
    this.#connection.close();
  }

  #down(): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#events.down();
  }
}

/** Whether a candidate pair carries the data: Firefox marks the selected one, others nominate it. */
function isInUse(pair: RTCStats): boolean {
  const { selected, nominated, state } = pair as RTCIceCandidatePairStats & { selected?: boolean };
  return selected ?? (nominated === true && state === "succeeded");
}
