/**
 * The hub's UDP port at work: what is received on it becomes guests, and what guests are told leaves
 * by it. An edge: it has the socket and the clock. What happens inside a packet is not its business.
 *
 * It brings DTLS, SCTP and all that with it, so `running_hub.ts` loads it when the link is out.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { HubLog } from "./api.ts";
import type { Counters } from "./counters.ts";
import { kindOf } from "./demultiplexer.ts";
import { GuestSession } from "./guests/guest_session.ts";
import { GuestTable } from "./guests/guest_table.ts";
import { HeardAddresses } from "./guests/heard_addresses.ts";
import { HandshakeQueue } from "./guests/handshake_queue.ts";
import { certificateDer } from "./dtls/credentials.ts";
import { HelloVerifier } from "./dtls/hello_verifier.ts";
import { Signer } from "./dtls/signer.ts";
import { Rooms } from "./rooms/rooms.ts";
import { IceResponder } from "./ice/responder.ts";
import type { Identity } from "./identity/identity.ts";
import { READS_PER_HANDSHAKE_STEP, STOP_GRACE_MS, SWEEP_INTERVAL_MS } from "./limits.ts";
import type { TransportAddress } from "./net/transport_address.ts";
import { DeadlineTimer } from "./net/deadline_timer.ts";
import { TurnEnd } from "./net/turn_end.ts";
import { UdpLoop } from "./net/udp_loop.ts";
import { ReceivePool } from "./sctp/receive_pool.ts";

/** What the port works with. */
export interface GuestPortParts {
  /** Bound already. The port closes it. */
  readonly socket: Deno.DatagramConn;
  readonly identity: Identity;
  readonly counters: Counters;
  readonly log: HubLog;
  /** Runs something whose failure must not end the hub. */
  readonly guarded: (run: () => void) => void;
}

/** The port, and everybody who came in by it. */
export class GuestPort {
  readonly #counters: Counters;
  readonly #rooms = new Rooms();
  readonly #heard = new HeardAddresses();
  readonly #loop: UdpLoop;
  readonly #guests: GuestTable;
  readonly #handshakes: HandshakeQueue;
  /** For the deadlines of all sessions. */
  readonly #timer: DeadlineTimer;
  readonly #sweep: ReturnType<typeof setInterval>;
  readonly #running: Promise<void>;

  /** Reads from now on; what has arrived before waits in the socket. */
  constructor({ socket, identity, counters, log, guarded }: GuestPortParts) {
    this.#counters = counters;
    this.#loop = new UdpLoop(socket, counters);
    const failed = (error: unknown) =>
      guarded(() => {
        throw error;
      });
    const signer = new Signer(identity, failed);
    const certificate = certificateDer(identity);
    const pool = new ReceivePool();
    const turnEnd = new TurnEnd<GuestSession>((sessions) => {
      const now = performance.now();
      for (const session of sessions) {
        guarded(() => session.poll(now));
        this.#timer.at(session.nextDeadline);
      }
    });
    const touched = (session: GuestSession) => turnEnd.add(session);
    const responder = new IceResponder(identity);
    this.#guests = new GuestTable({
      ice: {
        check: (datagram, from, mayHash) => {
          const outcome = responder.check(datagram, from, mayHash);
          if (outcome.kind === "passed") this.#heard.add(from.address);
          return outcome;
        },
      },
      verifier: new HelloVerifier(),
      rooms: this.#rooms,
      counters,
      createSession: (firstMessageSeq, now, events) =>
        new GuestSession({ certificate, pool, touched }, firstMessageSeq, now, events),
      send: this.#loop.send,
      sign: (request) =>
        signer.request({
          ...request,
          done: (signature, now) => {
            request.done(signature, now);
            this.#timer.at(this.#guests.nextDeadline);
          },
        }),
      fault: failed,
      debug: (sentence) => log.debug(sentence),
    });
    this.#handshakes = new HandshakeQueue(
      (datagram, from) =>
        guarded(() => {
          this.#guests.receiveDtls(datagram, from, performance.now());
          this.#timer.at(this.#guests.nextDeadline);
        }),
      afterReading,
    );
    this.#timer = new DeadlineTimer(() => {
      guarded(() => this.#guests.poll(performance.now()));
      return this.#guests.nextDeadline;
    });
    this.#sweep = setInterval(
      () => guarded(() => this.#guests.sweep(performance.now())),
      SWEEP_INTERVAL_MS,
    );
    this.#running = this.#loop.run((datagram, from) => this.#receive(datagram, from));
  }

  /** Guests, the rooms they are in, and the frames that went from one to another. */
  get rooms(): Pick<Rooms, "guestCount" | "roomCount" | "routedFrames"> {
    return this.#rooms;
  }

  /** Whether datagrams are received: the socket is open and works. */
  get isReceiving(): boolean {
    return this.#loop.isReceiving;
  }

  /** Whether a valid connectivity check came from this address. */
  hasHeardFrom(address: string): boolean {
    return this.#heard.has(address);
  }

  /** Says goodbye to every guest and frees the port. */
  async stop(): Promise<void> {
    clearInterval(this.#sweep);
    this.#timer.stop();
    this.#guests.close();
    await this.#loop.drain(STOP_GRACE_MS);
    this.#loop.close();
    await this.#running;
  }

  #receive(datagram: Uint8Array, from: TransportAddress): void {
    const now = performance.now();
    switch (kindOf(datagram)) {
      case "stun":
        return this.#guests.receiveStun(datagram, from, now);
      case "other":
        return this.#counters.count("datagram-unknown");
      case "dtls":
        switch (this.#guests.standingOf(datagram, from, now)) {
          case "data":
            this.#guests.receiveDtls(datagram, from, now);
            return this.#timer.at(this.#guests.nextDeadline);
          case "unchecked":
            return this.#counters.count("dtls-unchecked");
          case "handshake":
            if (!this.#handshakes.push(datagram, from)) {
              this.#counters.count("handshake-queue-full");
            }
        }
    }
  }
}

/** Calls `step` when what waits in the socket has been taken: one datagram a turn of the event loop. */
function afterReading(step: () => void, turns: number = READS_PER_HANDSHAKE_STEP): void {
  setImmediate(() => turns > 1 ? afterReading(step, turns - 1) : step());
}
