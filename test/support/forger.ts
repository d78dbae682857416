/**
 * Datagrams with a source address of one's choice, which anybody on a Wi-Fi can send. Through a raw
 * socket of Linux, so it takes root; the kernel fills in the checksum of the IP header.
 *
 * @module
 */

import { parseIpv4, type TransportAddress } from "../../relaycore/net/transport_address.ts";

const AF_INET = 2;
const SOCK_RAW = 3;
/** The IP header is ours, RFC 791 §3.1. */
const IPPROTO_RAW = 255;
const UDP = 17;
const IP_HEADER_LENGTH = 20;
const UDP_HEADER_LENGTH = 8;
const SOCKADDR_LENGTH = 16;

/** Whether datagrams can be forged here: Linux, and the right to open raw sockets. */
export function canForge(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    new Forger()[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

/** Sends forged datagrams until it is disposed of. */
export class Forger implements Disposable {
  readonly #libc = Deno.dlopen("libc.so.6", {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    sendto: {
      parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"],
      result: "isize",
    },
    close: { parameters: ["i32"], result: "i32" },
  });
  readonly #fd: number;

  /** @throws Error without the right to open raw sockets. */
  constructor() {
    this.#fd = this.#libc.symbols.socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    if (this.#fd < 0) throw new Error("no raw socket: forging takes root");
  }

  /** Sends a datagram as if it came from `from`. @returns whether the system took it. */
  send(datagram: Uint8Array, from: TransportAddress, to: TransportAddress): boolean {
    const udpLength = UDP_HEADER_LENGTH + datagram.length;
    const packet = new Uint8Array(IP_HEADER_LENGTH + udpLength);
    const view = new DataView(packet.buffer);
    packet[0] = 0x45; // version 4, five words
    view.setUint16(2, packet.length);
    packet[8] = 64; // time to live
    packet[9] = UDP;
    view.setUint32(12, parseIpv4(from.address)!);
    view.setUint32(16, parseIpv4(to.address)!);
    view.setUint16(20, from.port);
    view.setUint16(22, to.port);
    view.setUint16(24, udpLength); // and no checksum (RFC 768)
    packet.set(datagram, IP_HEADER_LENGTH + UDP_HEADER_LENGTH);

    const destination = new Uint8Array(SOCKADDR_LENGTH);
    new DataView(destination.buffer).setUint16(0, AF_INET, true);
    new DataView(destination.buffer).setUint32(4, parseIpv4(to.address)!);
    const { sendto } = this.#libc.symbols;
    return Number(
      sendto(this.#fd, packet, BigInt(packet.length), 0, destination, SOCKADDR_LENGTH),
    ) === packet.length;
  }

  [Symbol.dispose](): void {
    this.#libc.symbols.close(this.#fd);
    this.#libc.close();
  }
}
