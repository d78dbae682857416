/**
 * One WebRTC connection with the hub, which has nothing but a data channel for texts. Other code
 * decides when to open one and what to send.
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

  /**
   * Dials the hub.
   *
   * @param blob the hub's half of the handshake.
   * @param pageHost the host that the page came from.
   * @throws if the browser allows no more connections.
   */
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

  /** Sends a text. While the channel is not open, it is dropped. */
  send(text: string): void {
    if (this.#channel.readyState !== "open") return;
    // The hub has not read for a long time.
    if (this.#channel.bufferedAmount > HUB_BUFFER_BYTES) return this.#down();
    try {
      this.#channel.send(text);
    } catch {
      this.#down();
    }
  }

  /**
   * The address at which the hub was reached. Undefined if the browser hides it, as browsers do if
   * they have resolved a `.local` name.
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

/** Whether a candidate pair carries the data. Firefox reports `selected`, others `nominated`. */
function isInUse(pair: RTCStats): boolean {
  const { selected, nominated, state } = pair as RTCIceCandidatePairStats & { selected?: boolean };
  return selected ?? (nominated === true && state === "succeeded");
}
