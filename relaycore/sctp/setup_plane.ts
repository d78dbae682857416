/**
 * The edge to werift, which answers the chunks for the set-up and the end of associations: INIT,
 * COOKIE ECHO, HEARTBEAT and SHUTDOWN (RFC 9260 §5, §8.3, §9). It gets one chunk at a time, in a
 * packet of its own, and the answers are taken from the packets that it sends. It gets neither DATA
 * nor the chunks that belong to it, and the hub does not touch its internals.
 *
 * A responder keeps no state before a cookie comes back (§5.1.3), and nothing in werift's INIT ACK
 * depends on the guest. So one werift association answers all guests, and its INIT ACK is reused
 * for half a cookie's lifetime. This saves memory and time for each guest. The hub itself writes
 * the values that differ between guests into the INIT ACK: the verification tag, the first TSN, and
 * the numbers of streams.
 *
 * werift answers before the call returns. The packets that it sends later, from its own timers
 * (heartbeats), are dropped: connectivity checks show whether a guest is still there.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { RTCSctpTransport } from "werift";
import { MAX_MESSAGE_BYTES, SCTP_COOKIE_LIFETIME_MS } from "../limits.ts";
import {
  Chunk,
  CHUNK_HEADER_LENGTH,
  COMMON_HEADER_LENGTH,
  InitField,
  padded,
  SCTP_PORT,
  STATE_COOKIE,
  uint16,
  uint32,
  writeUint16,
  writeUint32,
} from "./chunk.ts";
import { writeChecksum } from "./crc32c.ts";

const DONE = Promise.resolve();

/** Set-up and end of all associations of a hub. */
export class SetupPlane {
  #werift = new WeriftAssociation();
  /** werift's latest INIT ACK, and when it was made. */
  #initAck: { readonly chunk: Uint8Array; readonly at: number } | undefined;

  /**
   * Answers an INIT.
   *
   * @param init an INIT chunk, well-formed down to its parameters.
   * @returns the INIT ACK, with a new random tag and first TSN. The caller sets the window.
   *   Undefined if werift gives no answer.
   */
  answerInit(init: Uint8Array, now: number): Uint8Array | undefined {
    const known = this.#initAck;
    const isYoung = known !== undefined && now - known.at < SCTP_COOKIE_LIFETIME_MS / 2;
    const answer = (isYoung ? known.chunk : this.#askForInitAck(init, now))?.slice();
    if (answer === undefined) return undefined;
    const [tag, tsn] = crypto.getRandomValues(new Uint32Array(2));
    writeUint32(answer, InitField.initiateTag, tag === 0 ? 1 : tag);
    writeUint32(answer, InitField.initialTsn, tsn);
    writeUint16(answer, InitField.outboundStreams, uint16(init, InitField.inboundStreams));
    writeUint16(answer, InitField.inboundStreams, uint16(init, InitField.outboundStreams));
    return answer;
  }

  /**
   * A new cookie. werift, which uses the wall clock, will accept it for a cookie's whole lifetime.
   */
  freshCookie(init: Uint8Array, now: number): Uint8Array | undefined {
    const initAck = this.#askForInitAck(init, now);
    if (initAck === undefined) return undefined;
    for (let at = InitField.parameters; at < initAck.length;) {
      const length = uint16(initAck, at + 2);
      if (uint16(initAck, at) === STATE_COOKIE) {
        return initAck.subarray(at + CHUNK_HEADER_LENGTH, at + length);
      }
      at += padded(length);
    }
  }

  #askForInitAck(init: Uint8Array, now: number): Uint8Array | undefined {
    let chunk = initAckOf(this.#werift.exchange(init));
    if (chunk === undefined) {
      // werift's association has ended, which should not happen. A new one replaces it.
      this.#werift.close();
      this.#werift = new WeriftAssociation();
      chunk = initAckOf(this.#werift.exchange(init));
    }
    this.#initAck = chunk && { chunk, at: now };
    return chunk;
  }

  /**
   * Answers a COOKIE ECHO or a HEARTBEAT.
   *
   * @param chunk well-formed down to its parameters.
   * @returns the chunks of the answer.
   */
  answer(chunk: Uint8Array): readonly Uint8Array[] {
    return this.#werift.exchange(chunk);
  }

  /**
   * Answers a SHUTDOWN. This ends a werift association, so it is not the one that all guests share.
   *
   * @param init the INIT of the guest that leaves.
   * @param shutdown its SHUTDOWN chunk.
   * @returns the chunks of the answer.
   */
  answerShutdown(init: Uint8Array, shutdown: Uint8Array): readonly Uint8Array[] {
    const leaving = new WeriftAssociation();
    leaving.exchange(init);
    const answer = leaving.exchange(shutdown);
    leaving.close();
    return answer;
  }

  /** Ends werift's timers. */
  close(): void {
    this.#werift.close();
  }
}

/** One werift association. */
class WeriftAssociation {
  readonly #transport = new RTCSctpTransport(SCTP_PORT, MAX_MESSAGE_BYTES);
  /** In place of a DTLS transport: the parts of it that werift uses. */
  readonly #lower = {
    id: "hub",
    iceTransport: { role: "controlled" },
    onStateChange: { subscribe: () => ({ unSubscribe: () => {} }) },
    dataReceiver: (_packet: Buffer): void => {},
    sendData: (packet: Buffer): Promise<void> => {
      // A copy, and not a Buffer, whose slice() would be a view.
      this.#answers?.push(new Uint8Array(packet.subarray(COMMON_HEADER_LENGTH)));
      return DONE;
    },
  };
  /** Collects the answers during {@link exchange}; undefined at other times. */
  #answers: Uint8Array[] | undefined;
  /** werift's verification tag, known from its first INIT ACK on. */
  #tag = 0;

  constructor() {
    this.#transport.setDtlsTransport(
      this.#lower as unknown as Parameters<RTCSctpTransport["setDtlsTransport"]>[0],
    );
    this.#transport.setRemotePort(SCTP_PORT);
    this.#transport.start(SCTP_PORT).catch(() => {});
  }

  /** Hands a chunk to werift, and returns the chunks of its answer. */
  exchange(chunk: Uint8Array): readonly Uint8Array[] {
    const packet = Buffer.alloc(COMMON_HEADER_LENGTH + chunk.length);
    writeUint16(packet, 0, SCTP_PORT);
    writeUint16(packet, 2, SCTP_PORT);
    writeUint32(packet, 4, chunk[0] === Chunk.init ? 0 : this.#tag);
    packet.set(chunk, COMMON_HEADER_LENGTH);
    writeChecksum(packet);
    const answers: Uint8Array[] = this.#answers = [];
    try {
      this.#lower.dataReceiver(packet);
    } finally {
      this.#answers = undefined;
    }
    const initAck = initAckOf(answers);
    if (initAck !== undefined) this.#tag = uint32(initAck, InitField.initiateTag);
    return answers;
  }

  close(): void {
    const stop = () => this.#transport.stop().catch(() => {});
    // Twice, because a promise that is still pending may mark the association as open again.
    stop().then(stop);
  }
}

function initAckOf(chunks: readonly Uint8Array[]): Uint8Array | undefined {
  return chunks.find(([type]) => type === Chunk.initAck);
}
