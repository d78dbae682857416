/**
 * The rooms of the hub: which guest is in which room, and which frame goes to which guest
 * (docs/PROTOCOL.md §2). Frames go in and frames come out. This file knows no sockets and no time,
 * and does not interpret payloads.
 *
 * @module
 */

import { decodeFrame, encodeEcho, encodeFrom, encodeId, encodePeers } from "./frames.ts";

/** Sends one frame to a guest. It must not throw. The guest may leave the hub during the call. */
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
  /** Ids by room, in order of joining. A room exists as long as a guest is in it. */
  readonly #rooms = new Map<string, Set<number>>();
  #routedFrames = 0;

  /** The number of guests in the hub. */
  get guestCount(): number {
    return this.#members.size;
  }

  /** The number of rooms with a guest in them, including the nameless room. */
  get roomCount(): number {
    return this.#rooms.size;
  }

  /** The number of frames passed from guest to guest since the start. */
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

  /** Removes a guest. Does nothing if no guest has this id. */
  leave(id: number): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    this.#members.delete(id);
    this.#removeFromRoom(id, member.room);
  }

  /** Handles one text message of a guest, in UTF-8. A message that is not a frame is ignored. */
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
