/**
 * The path of a relayed packet. A ChannelData message or a Send indication comes in; a ChannelData
 * message or a Data indication goes out (RFC 8656 §11, §12). Both use the same buffer. The payload
 * does not move: the receiver's header is written in front of it, over the sender's header.
 *
 * No memory is allocated for a packet, not even a view: a packet is a buffer, a start and an end.
 * Packets that may not pass are counted and dropped.
 *
 * @module
 */

import type { Counters } from "../counters.ts";
import { Attribute, HEADER_LENGTH, MAGIC_COOKIE } from "../stun/registry.ts";
import type { Allocation } from "./allocation.ts";
import type { AllocationTable } from "./allocation_table.ts";

/** Bytes of a ChannelData header: number and length (RFC 8656 §12.4). */
export const CHANNEL_DATA_HEADER = 4;

/** Bytes before the payload of a Data indication: header, XOR-PEER-ADDRESS, head of DATA. */
export const DATA_INDICATION_HEADER = HEADER_LENGTH + 12 + 4;

/**
 * Bytes that must be free in the buffer before a datagram. A Data indication's header is longer by
 * this much than the ChannelData header that it replaces.
 */
export const HEADROOM = DATA_INDICATION_HEADER - CHANNEL_DATA_HEADER;

/** Bytes that must be free after a datagram: DATA is padded to a multiple of four. */
export const TAILROOM = 3;

/** Why a packet was not relayed. */
export type PacketDrop =
  | "turn-malformed"
  | "turn-no-allocation"
  | "turn-no-channel"
  | "turn-not-a-relayed-address"
  | "turn-no-permission"
  | "turn-silent-receiver"
  | "turn-too-many-packets";

/** Relays packets between the allocations of one table. */
export class RelayPath {
  readonly #table: AllocationTable;
  readonly #drops: Counters;
  readonly #transactionPrefix: Uint8Array;
  #indications = 0;

  /** The number of packets that were passed on. */
  relayedPackets = 0;
  /** The number of bytes of payload in these packets. */
  relayedBytes = 0;

  /** The allocation that the last packet passed on is for. */
  receiver: Allocation | undefined;
  /** Where that packet now starts in its buffer. */
  start = 0;
  /** Where it now ends. */
  end = 0;

  /** @param transactionPrefix eight random bytes: transaction ids of indications begin with them. */
  constructor(table: AllocationTable, drops: Counters, transactionPrefix: Uint8Array) {
    this.#table = table;
    this.#drops = drops;
    this.#transactionPrefix = transactionPrefix;
  }

  /**
   * Passes on a ChannelData message.
   *
   * @param buffer holds the datagram from `start` to `end`, with {@link HEADROOM} before and {@link
   *   TAILROOM} after it. It is overwritten.
   * @returns true if the packet is to be sent to {@link receiver}. It now lies from {@link start}
   *   to {@link end}.
   */
  channelData(
    buffer: Uint8Array,
    start: number,
    end: number,
    sender: Allocation,
    now: number,
  ): boolean {
    const payload = start + CHANNEL_DATA_HEADER;
    if (payload > end) return this.#drop("turn-malformed");
    const length = (buffer[start + 2] << 8) | buffer[start + 3];
    if (payload + length > end) return this.#drop("turn-malformed");
    const channel = sender.channels.withNumber((buffer[start] << 8) | buffer[start + 1], now);
    if (channel === undefined) return this.#drop("turn-no-channel");
    const receiver = this.#table.withRelayedPort(channel.peerPort, now);
    if (receiver === undefined || receiver.relayedKey !== channel.peer) {
      return this.#drop("turn-not-a-relayed-address");
    }
    return this.#deliver(buffer, payload, length, sender, receiver, now);
  }

  /** Passes on a Send indication. Parameters and result as for {@link channelData}. */
  sendIndication(
    buffer: Uint8Array,
    start: number,
    end: number,
    sender: Allocation,
    now: number,
  ): boolean {
    const bodyLength = (buffer[start + 2] << 8) | buffer[start + 3];
    if (bodyLength % 4 !== 0 || start + HEADER_LENGTH + bodyLength !== end) {
      return this.#drop("turn-malformed");
    }
    let peer = 0;
    let data = 0;
    let dataLength = 0;
    for (let offset = start + HEADER_LENGTH; offset < end;) {
      const type = (buffer[offset] << 8) | buffer[offset + 1];
      const length = (buffer[offset + 2] << 8) | buffer[offset + 3];
      const value = offset + 4;
      offset = value + ((length + 3) & ~3);
      if (offset > end) return this.#drop("turn-malformed");
      if (type === Attribute.xorPeerAddress && peer === 0) {
        // Family 1 is IPv4. Relayed addresses are always IPv4.
        if (length !== 8 || buffer[value + 1] !== 1) {
          return this.#drop("turn-not-a-relayed-address");
        }
        peer = value;
      } else if (type === Attribute.data && data === 0) {
        data = value;
        dataLength = length;
      } else if (type < 0x8000 && type !== Attribute.xorPeerAddress && type !== Attribute.data) {
        // This includes DONT-FRAGMENT, which this server cannot honor (RFC 8656 §11.2).
        return this.#drop("turn-malformed");
      }
    }
    if (peer === 0 || data === 0) return this.#drop("turn-malformed");

    const port = ((buffer[peer + 2] << 8) | buffer[peer + 3]) ^ (MAGIC_COOKIE >>> 16);
    const ip = ((buffer[peer + 4] << 24) | (buffer[peer + 5] << 16) | (buffer[peer + 6] << 8) |
      buffer[peer + 7]) ^ MAGIC_COOKIE;
    const receiver = this.#table.withRelayedPort(port, now);
    if (receiver === undefined || receiver.relayedIp !== ip) {
      return this.#drop("turn-not-a-relayed-address");
    }
    if (!sender.permissions.allows(receiver.relayed.address, now)) {
      return this.#drop("turn-no-permission");
    }
    return this.#deliver(buffer, data, dataLength, sender, receiver, now);
  }

  /**
   * Handles the receiver's side: delivers the payload as if it arrived at the receiver's relayed
   * address from the sender's relayed address.
   */
  #deliver(
    buffer: Uint8Array,
    payload: number,
    length: number,
    sender: Allocation,
    receiver: Allocation,
    now: number,
  ): boolean {
    if (!receiver.permissions.allows(sender.relayed.address, now)) {
      return this.#drop("turn-no-permission");
    }
    if (!receiver.host.mayBeSent(now)) return this.#drop("turn-silent-receiver");
    this.relayedPackets++;
    this.relayedBytes += length;
    this.receiver = receiver;
    const channel = receiver.channels.to(sender.relayedKey, now);
    if (channel === undefined) {
      this.#dataIndication(buffer, payload, length, sender);
      return true;
    }
    this.start = payload - CHANNEL_DATA_HEADER;
    this.end = payload + length;
    writeUint32(buffer, this.start, (channel.number << 16) | length);
    return true;
  }

  /** Writes a Data indication around the payload (RFC 8656 §11.3). */
  #dataIndication(buffer: Uint8Array, payload: number, length: number, sender: Allocation): void {
    const padding = -length & 3;
    const start = payload - DATA_INDICATION_HEADER;
    const end = payload + length + padding;
    // The type of a Data indication is 0x0017.
    writeUint32(buffer, start, (0x0017 << 16) | (end - start - HEADER_LENGTH));
    writeUint32(buffer, start + 4, MAGIC_COOKIE);
    for (let i = 0; i < 8; i++) buffer[start + 8 + i] = this.#transactionPrefix[i];
    this.#indications = (this.#indications + 1) | 0;
    writeUint32(buffer, start + 16, this.#indications);
    writeUint32(buffer, start + 20, (Attribute.xorPeerAddress << 16) | 8);
    writeUint32(buffer, start + 24, (1 << 16) | (sender.relayed.port ^ (MAGIC_COOKIE >>> 16)));
    writeUint32(buffer, start + 28, sender.relayedIp ^ MAGIC_COOKIE);
    writeUint32(buffer, start + 32, (Attribute.data << 16) | length);
    for (let i = end - padding; i < end; i++) buffer[i] = 0;
    this.start = start;
    this.end = end;
  }

  #drop(cause: PacketDrop): false {
    this.#drops.count(cause);
    return false;
  }
}

function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >> 24;
  bytes[offset + 1] = value >> 16;
  bytes[offset + 2] = value >> 8;
  bytes[offset + 3] = value;
}
