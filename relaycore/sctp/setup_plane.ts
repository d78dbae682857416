/**
 * The edge to werift, which carries the set-up and the end of an association: INIT, COOKIE ECHO,
 * HEARTBEAT and SHUTDOWN (RFC 9260 §5, §8.3, §9). It gets one chunk at a time, in a packet of
 * its own, and its answers are taken from the packets it sends. DATA and all that goes with it never
 * reach it, and nothing of its insides is read or changed.
 *
 * werift answers before the call returns. What it says later, by timers of its own (heartbeats, a
 * repeated SHUTDOWN ACK), is not sent: whether a guest is still there is known from its connectivity
 * checks.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { RTCSctpTransport } from "werift";
import { MAX_MESSAGE_BYTES } from "../limits.ts";
import { COMMON_HEADER_LENGTH, SCTP_PORT, writeUint16, writeUint32 } from "./chunk.ts";
import { writeChecksum } from "./crc32c.ts";

const DONE = Promise.resolve();

/** One association as werift sees it. */
export class SetupPlane {
  readonly #transport = new RTCSctpTransport(SCTP_PORT, MAX_MESSAGE_BYTES);
  /** All that werift uses of the DTLS transport that it asks for. */
  readonly #lower = {
    id: "hub",
    iceTransport: { role: "controlled" },
    onStateChange: { subscribe: () => ({ unSubscribe: () => {} }) },
    dataReceiver: (_packet: Buffer): void => {},
    sendData: (packet: Buffer): Promise<void> => {
      this.#answers?.push(packet.subarray(COMMON_HEADER_LENGTH));
      return DONE;
    },
  };
  /** Only while werift is asked. */
  #answers: Uint8Array[] | undefined;

  constructor() {
    this.#transport.setDtlsTransport(
      this.#lower as unknown as Parameters<RTCSctpTransport["setDtlsTransport"]>[0],
    );
    this.#transport.setRemotePort(SCTP_PORT);
    this.#transport.start(SCTP_PORT).catch(() => {});
  }

  /**
   * Hands werift a chunk.
   *
   * @param verificationTag 0 for an INIT, else the hub's.
   * @param chunk well-formed down to its parameters, and of one of the types above: of anything else
   *   werift may not be able to make sense.
   * @returns the chunks it answers with.
   */
  exchange(verificationTag: number, chunk: Uint8Array): readonly Uint8Array[] {
    const packet = Buffer.alloc(COMMON_HEADER_LENGTH + chunk.length);
    writeUint16(packet, 0, SCTP_PORT);
    writeUint16(packet, 2, SCTP_PORT);
    writeUint32(packet, 4, verificationTag);
    packet.set(chunk, COMMON_HEADER_LENGTH);
    writeChecksum(packet);
    const answers: Uint8Array[] = this.#answers = [];
    try {
      this.#lower.dataReceiver(packet);
    } finally {
      this.#answers = undefined;
    }
    return answers;
  }

  /**
   * Ends the association, and with it werift's timers. The ABORT is for the caller to send: werift
   * says one only if it has noticed already that the association is open.
   */
  close(): void {
    const stop = () => this.#transport.stop().catch(() => {});
    // Once more when its promises have run: one of them may only now take it for open.
    stop().then(stop);
  }
}
