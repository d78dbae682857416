/**
 * The channel to the hub: this guest's id, the frames in both directions, and the actions that the
 * {@link HubLink} asks for. Frames and `now` go in; actions and decoded frames come out. It knows
 * neither the people nor the meaning of payloads.
 *
 * @module
 */

/// <reference lib="dom" />

import type { MeetingAction } from "./actions.ts";
import { decodeHubFrame, encodeJoin, encodeTo, type HubFrame, PEERS_FRAME } from "./hub_frames.ts";
import { HubLink } from "./hub_link.ts";

/** What a {@link HubChannel} needs of the meeting that it belongs to. */
export interface HubChannelOwner {
  perform(action: MeetingAction): void;
  /**
   * The hub is joined. {@link HubChannel.id} is the new id already.
   *
   * @param formerId the previous id; 0 the first time.
   */
  joined(formerId: number, now: number): void;
  /** The connection with the hub is lost. The next dial follows by itself. */
  lost(): void;
}

/** Sends frames to the hub, and reads its frames. */
export class HubChannel {
  readonly link = new HubLink();
  readonly #owner: HubChannelOwner;
  #id = 0;

  constructor(owner: HubChannelOwner) {
    this.#owner = owner;
  }

  /** This guest's id; 0 before the hub has given one. */
  get id(): number {
    return this.#id;
  }
  /** Whether frames can be sent. */
  get isJoined(): boolean {
    return this.link.joinedDial !== undefined;
  }

  /**
   * Takes a message from the connection `dial`. @returns its frame if this connection is in use.
   */
  receive(dial: number, data: unknown, now: number): HubFrame | undefined {
    const frame = decodeHubFrame(data);
    this.link.heard(dial, now);
    if (frame?.t === "id") this.link.gotId(dial, frame.id, now);
    return dial === this.link.joinedDial ? frame : undefined;
  }

  /** Performs the steps of the {@link HubLink}. */
  settle(now: number): void {
    for (const step of this.link.take()) {
      if (step.do === "dial") this.#owner.perform({ do: "hub-dial", dial: step.dial });
      else if (step.do === "hang-up") this.#owner.perform({ do: "hub-hang-up", dial: step.dial });
      else if (step.do === "probe") this.askForList();
      else if (step.do === "joined") {
        this.#owner.perform({ do: "hub-joined", dial: step.dial });
        const formerId = this.#id;
        this.#id = step.id;
        this.#owner.joined(formerId, now);
      } else this.#owner.lost();
    }
  }

  /** Sends a payload to another guest. While the hub is not joined, nothing is sent. */
  send(id: number, payload: unknown): void {
    this.#send(encodeTo(id, payload));
  }

  /** Asks who is in the room. */
  askForList(): void {
    this.#send(PEERS_FRAME);
  }

  /** Moves this guest to a room, by its key. */
  moveTo(room: string): void {
    this.#send(encodeJoin(room));
  }

  /** Closes the connection in use, if there is one. */
  hangUp(): void {
    const dial = this.link.joinedDial;
    if (dial !== undefined) this.#owner.perform({ do: "hub-hang-up", dial });
  }

  #send(text: string): void {
    const dial = this.link.joinedDial;
    if (dial !== undefined) this.#owner.perform({ do: "hub-send", dial, text });
  }
}
