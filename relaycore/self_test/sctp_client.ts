/**
 * The other side of the hub's SCTP, as far as the hub needs it to join itself: it sets an association
 * up, opens the hub channel, and takes the first message. Packets in, packets out.
 *
 * @module
 */

import { encodeDataChannelOpen, PayloadProtocol } from "../guests/dcep.ts";
import { SCTP_WINDOW_BYTES } from "../limits.ts";
import {
  Chunk,
  CHUNK_HEADER_LENGTH,
  COMMON_HEADER_LENGTH,
  DATA_HEADER_LENGTH,
  DataFlag,
  encodeChunk,
  InitField,
  padded,
  STATE_COOKIE,
  uint16,
  uint32,
  writeUint16,
  writeUint32,
} from "../sctp/chunk.ts";
import { PacketWriter } from "../sctp/packet_writer.ts";

const TAG = 1;
const FIRST_TSN = 1;
const STREAM = 0;

/** A client of one association. */
export class SctpClient {
  /** Packets for the hub that are not taken yet. */
  readonly out: Uint8Array[] = [];
  /** The first text message, once it is there. */
  text: string | undefined;
  readonly #writer = new PacketWriter();

  /** Begins the set-up. */
  constructor() {
    const init = new Uint8Array(InitField.parameters - CHUNK_HEADER_LENGTH);
    writeUint32(init, InitField.initiateTag - CHUNK_HEADER_LENGTH, TAG);
    writeUint32(init, InitField.window - CHUNK_HEADER_LENGTH, SCTP_WINDOW_BYTES.max);
    writeUint16(init, InitField.outboundStreams - CHUNK_HEADER_LENGTH, 1);
    writeUint16(init, InitField.inboundStreams - CHUNK_HEADER_LENGTH, 1);
    writeUint32(init, InitField.initialTsn - CHUNK_HEADER_LENGTH, FIRST_TSN);
    this.#writer.begin(0);
    this.#writer.chunk(encodeChunk(Chunk.init, init));
    this.#send();
  }

  /** Takes a packet of the hub. */
  receive(packet: Uint8Array): void {
    for (let at = COMMON_HEADER_LENGTH; at < packet.length;) {
      const length = uint16(packet, at + 2);
      const chunk = packet.subarray(at, at + length);
      if (chunk[0] === Chunk.initAck) this.#returnCookie(chunk);
      if (chunk[0] === Chunk.data && uint32(chunk, 12) === PayloadProtocol.text) {
        this.text ??= new TextDecoder().decode(chunk.subarray(DATA_HEADER_LENGTH));
      }
      at += padded(length);
    }
  }

  #returnCookie(initAck: Uint8Array): void {
    let cookie = new Uint8Array();
    for (let at = InitField.parameters; at < initAck.length;) {
      const length = uint16(initAck, at + 2);
      if (uint16(initAck, at) === STATE_COOKIE) {
        cookie = initAck.slice(at + CHUNK_HEADER_LENGTH, at + length);
      }
      at += padded(length);
    }
    const open = encodeDataChannelOpen("hub");
    const whole = DataFlag.first | DataFlag.last;
    this.#writer.begin(uint32(initAck, InitField.initiateTag));
    this.#writer.chunk(encodeChunk(Chunk.cookieEcho, cookie));
    this.#writer.data(whole, FIRST_TSN, STREAM, 0, PayloadProtocol.dcep, open, 0, open.length);
    this.#send();
  }

  #send(): void {
    this.out.push(this.#writer.finish().slice());
  }
}
