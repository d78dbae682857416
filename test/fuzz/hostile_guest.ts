/**
 * A guest with a real DTLS session that sends any SCTP packets. The hub accepts its records as
 * authentic. werift's client does the handshake; this file numbers the records.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { DtlsClient } from "werift";
import { check } from "../support/ice_check.ts";
import { SctpPeer } from "../support/sctp_peer.ts";
import { within } from "../support/waiting.ts";
import { IDENTITY } from "./identity.ts";
import type { Random } from "./random.ts";
import { openSocket, type Sender } from "./sender.ts";

/** Changes, repeats or drops a datagram of the guest's handshake. */
export type Tamper = (datagram: Uint8Array) => readonly Uint8Array[];

const ALERT = 21;
const APPLICATION_DATA = 23;

/**
 * werift's client numbers its few records of epoch 1 from 0. The records made here come after them.
 */
const FIRST_RECORD_NUMBER = 64;

const HANDSHAKE_PATIENCE_MS = 3000;
const SETUP_PATIENCE_MS = 1000;

/** A connectivity check as a browser makes it, of the ICE agent with this ufrag. */
export function honestCheck(random: Random, agent: string): Uint8Array {
  return check({
    username: `${IDENTITY.ufrag}:${agent}`,
    key: IDENTITY.pwd,
    tieBreaker: new TextEncoder().encode(agent.padEnd(8)).subarray(0, 8),
    transactionId: random.bytes(12),
  });
}

/** A hostile guest. */
export class HostileGuest {
  readonly peer: SctpPeer;
  /** Its socket. What it receives goes to the DTLS client, except for STUN. */
  readonly socket: Deno.DatagramConn;
  /** Whether the hub has ended the session. */
  isEnded = false;
  /** How many datagrams it has sent. */
  sent = 0;
  /** The last sealed records, to be sent again. */
  readonly sealed: Uint8Array[] = [];
  /** The datagrams of the handshake, before they were tampered with. */
  readonly handshake: Uint8Array[] = [];
  readonly #sender: Sender;
  readonly #client: DtlsClient;
  readonly #connected: Promise<void>;
  readonly #random: Random;
  readonly #agent: string;
  #recordNumber = FIRST_RECORD_NUMBER;
  #onTraffic = () => {};

  constructor(sender: Sender, random: Random, agent: string, tamper: Tamper = (one) => [one]) {
    this.#sender = sender;
    this.#random = random;
    this.#agent = agent;
    const transport = {
      type: "fixed",
      address: { address: "127.0.0.1", family: "IPv4", port: sender.port },
      closed: false,
      onData: (_datagram: Uint8Array) => {},
      send: async (datagram: Uint8Array) => {
        this.handshake.push(datagram);
        for (const one of tamper(datagram)) await this.sendDatagram(one);
      },
      close: () => Promise.resolve(),
    };
    this.#client = new DtlsClient({
      transport: transport as unknown as DtlsClient["options"]["transport"],
      cert: IDENTITY.certPem,
      key: IDENTITY.keyPem,
      signatureHash: { hash: 4, signature: 3 },
      certificateRequest: true,
      extendedMasterSecret: true,
    });
    this.socket = openSocket((datagram) => {
      if (datagram[0] < 20) return;
      try {
        transport.onData(Buffer.from(datagram));
      } catch {
        // werift cannot read the hub's answer to a mutated datagram. Only the hub is tested here.
      }
    });
    this.#connected = new Promise((resolve) => {
      this.#client.onConnect.subscribe(() => resolve());
      this.#client.onError.subscribe(() => {});
    });
    this.#client.onData.subscribe((packet) => {
      this.peer.receive(packet);
      this.#onTraffic();
    });
    this.#client.onClose.subscribe(() => this.isEnded = true);
    this.peer = new SctpPeer((packet) => this.sendPacket(packet), {
      initialTsn: random.once(2) ? random.number(32) : 10 ** random.between(2, 9) - 20,
      tag: random.uint32(),
    });
  }

  /** Sends a check and does the handshake. @returns false if the handshake does not finish. */
  async connect(): Promise<boolean> {
    await this.check();
    this.#client.connect().catch(() => {});
    return await within(HANDSHAKE_PATIENCE_MS, this.#connected.then(() => true)) ?? false;
  }

  /** Sets up SCTP. @returns false if that fails. */
  async associate(): Promise<boolean> {
    const open = new Promise<void>((resolve) => {
      this.#onTraffic = () => this.peer.isOpen && resolve();
    });
    this.peer.connect();
    return await within(SETUP_PATIENCE_MS, open.then(() => true)) ?? false;
  }

  /** Sends a connectivity check, as guests do every few seconds. */
  async check(): Promise<void> {
    await this.sendDatagram(honestCheck(this.#random, this.#agent));
  }

  /** Sends a datagram as it is. */
  async sendDatagram(datagram: Uint8Array): Promise<void> {
    this.sent++;
    await this.#sender.send(this.socket, datagram);
  }

  /** Seals and sends one SCTP packet. */
  async sendPacket(packet: Uint8Array): Promise<void> {
    await this.sendDatagram(this.seal(APPLICATION_DATA, packet));
  }

  /** Seals a record with the session's key. */
  seal(contentType: number, payload: Uint8Array, epoch = 1): Uint8Array {
    const sequenceNumber = this.#recordNumber++;
    const record = this.#client.cipher.encryptPacket(
      {
        recordLayerHeader: {
          contentType,
          protocolVersion: { major: 254, minor: 253 },
          epoch,
          sequenceNumber,
          contentLen: payload.length,
        },
        fragment: Buffer.from(payload),
      } as Parameters<DtlsClient["cipher"]["encryptPacket"]>[0],
    );
    const { fragment } = record;
    const bytes = new Uint8Array(13 + fragment.length);
    const view = new DataView(bytes.buffer);
    bytes.set([contentType, 254, 253]);
    view.setUint16(3, epoch);
    view.setUint32(7, sequenceNumber);
    view.setUint16(11, fragment.length);
    bytes.set(fragment, 13);
    if (this.sealed.push(bytes) > 16) this.sealed.shift();
    return bytes;
  }

  /** Sends a close_notify if there is a session, and closes the socket. */
  async leave(isConnected = true): Promise<void> {
    if (isConnected && !this.isEnded) {
      await this.sendDatagram(this.seal(ALERT, new Uint8Array([1, 0])));
    }
    // werift's retransmission loops end when the number of the flight has gone beyond theirs.
    this.#client.dtls.flight = 99;
    this.socket.close();
  }
}
