/**
 * The hub: who is in which room, and what goes to whom (docs/PROTOCOL.md §2). Frames in, frames out; it
 * knows no sockets, no time, and no meaning of payloads.
 *
 * @module
 */

import { decodeFrame, encodeEcho, encodeFrom, encodeId, encodePeers } from "./frames.ts";

/** Sends one frame to a guest. Must not throw; may end with the guest leaving the hub meanwhile. */
export type SendFrame = (frame: Uint8Array) => void;

interface Member {
  readonly send: SendFrame;
  room: string;
}

/** The room of a guest that has not joined any. */
const NAMELESS_ROOM = "";

/** Guests and rooms. */
export class Rooms {
  #lastId = 0;
  readonly #members = new Map<number, Member>();
  /** Ids by room, in order of joining. A room exists as long as somebody is in it. */
  readonly #rooms = new Map<string, Set<number>>();
  #routedFrames = 0;

  /** Guests in the hub. */
  get guestCount(): number {
    return this.#members.size;
  }

  /** Rooms with a guest in them, the nameless one included. */
  get roomCount(): number {
    return this.#rooms.size;
  }

  /** Frames delivered from guest to guest since the start. */
  get routedFrames(): number {
    return this.#routedFrames;
  }

  /**
   * Lets a guest in and tells it its id.
   *
   * @returns the id: positive, and never given twice.
   */
  enter(send: SendFrame): number {
    const id = ++this.#lastId;
    const member = { send, room: NAMELESS_ROOM };
    this.#members.set(id, member);
    this.#addToRoom(id, NAMELESS_ROOM);
    send(encodeId(id));
    return id;
  }

  /** Takes a guest out; of an id that is not in, nothing. */
  leave(id: number): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    this.#members.delete(id);
    this.#removeFromRoom(id, member.room);
  }

  /** Handles one text message of a guest, in UTF-8. What is not a frame is ignored. */
  receive(id: number, text: Uint8Array): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    const frame = decodeFrame(text);
    switch (frame?.t) {
      case "join":
        this.#removeFromRoom(id, member.room);
        member.room = frame.room;
        this.#addToRoom(id, frame.room);
        break;
      case "peers":
        member.send(encodePeers([...this.#rooms.get(member.room) ?? []]));
        break;
      case "to": {
        const peer = this.#members.get(frame.id);
        if (peer === undefined || peer.room !== member.room) break;
        this.#routedFrames++;
        peer.send(encodeFrom(id, frame.payload));
        break;
      }
      case "echo":
        member.send(encodeEcho(frame.x));
        break;
    }
  }

  #addToRoom(id: number, room: string): void {
    const ids = this.#rooms.get(room);
    if (ids === undefined) this.#rooms.set(room, new Set([id]));
    else ids.add(id);
  }

  #removeFromRoom(id: number, room: string): void {
    const ids = this.#rooms.get(room);
    ids?.delete(id);
    if (ids?.size === 0) this.#rooms.delete(room);
  }
}
