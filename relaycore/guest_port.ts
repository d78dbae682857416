/**
 * The hub's UDP port and its guests: passes received datagrams to the guests' sessions, and sends the
 * sessions' datagrams. An edge: it has the socket and the clock. It does not decode datagrams; other
 * parts tell it of which kind each is.
 *
 * It imports DTLS, SCTP and the rest, so `running_hub.ts` loads it after the join link has been
 * printed.
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
import { type FastCrypto, openFastCrypto } from "./dtls/openssl.ts";
import { Signer } from "./dtls/signer.ts";
import { Rooms } from "./rooms/rooms.ts";
import { IceResponder } from "./ice/responder.ts";
import type { Identity } from "./identity/identity.ts";
import {
  GUEST_SOCKET_BUFFER_BYTES,
  READS_PER_HANDSHAKE_STEP,
  SOCKET_DROPS_INTERVAL_MS,
  STOP_GRACE_MS,
  SWEEP_INTERVAL_MS,
} from "./limits.ts";
import type { TransportAddress } from "./net/transport_address.ts";
import { DeadlineTimer } from "./net/deadline_timer.ts";
import { SocketBatches } from "./net/socket_batches.ts";
import { SocketDrops } from "./net/socket_drops.ts";
import { stackOf } from "./reason.ts";
import { UdpLoop } from "./net/udp_loop.ts";
import { ReceivePool } from "./sctp/receive_pool.ts";
import { SetupPlane } from "./sctp/setup_plane.ts";
import { Rehearsals } from "./self_test/rehearsals.ts";
import { SelfTest, selfTest } from "./self_test/self_test.ts";

/** The parts that a {@linkcode GuestPort} is made of. */
export interface GuestPortParts {
  /** Bound already. The port closes it. */
  readonly socket: Deno.DatagramConn;
  readonly identity: Identity;
  readonly counters: Counters;
  readonly log: HubLog;
  /** Called with each internal error. Such errors must not end the hub. */
  readonly failed: (error: unknown) => void;
}

/** The port and its guests. */
export class GuestPort {
  readonly #identity: Identity;
  readonly #crypto: FastCrypto;
  readonly #counters: Counters;
  readonly #rooms = new Rooms();
  readonly #heard = new HeardAddresses();
  readonly #loop: UdpLoop;
  readonly #guests: GuestTable;
  readonly #setup = new SetupPlane();
  readonly #handshakes: HandshakeQueue;
  /** For the deadlines of all sessions. */
  readonly #timer: DeadlineTimer;
  readonly #sweep: ReturnType<typeof setInterval>;
  readonly #dropsWatch: ReturnType<typeof setInterval>;
  readonly #running: Promise<void>;
  readonly #failed: (error: unknown) => void;
  #rehearsals: Rehearsals | undefined;

  /** Starts reading. Datagrams that arrived earlier have waited in the socket. */
  constructor({ socket, identity, counters, log, failed }: GuestPortParts) {
    this.#identity = identity;
    this.#counters = counters;
    this.#failed = failed;
    const batches = SocketBatches.of(socket);
    this.#loop = new UdpLoop(socket, counters, {
      failed: (error) => log.debug(stackOf(error)),
      batches,
    });
    const guarded = (run: () => void) => {
      try {
        run();
      } catch (error) {
        failed(error);
      }
    };
    this.#crypto = openFastCrypto(identity);
    const { primitives, sign } = this.#crypto;
    const signer = new Signer(identity, failed, sign);
    const sessionParts = {
      certificate: certificateDer(identity),
      pool: new ReceivePool(),
      setup: this.#setup,
      primitives,
    };
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
        new GuestSession(sessionParts, firstMessageSeq, now, events),
      send: this.#loop.send,
      flushLater: () =>
        setImmediate(() => {
          guarded(() => this.#guests.flush(performance.now()));
          this.#timer.at(this.#guests.nextDeadline);
        }),
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
    const turnsPerStep = Math.ceil(READS_PER_HANDSHAKE_STEP / this.#loop.readsPerTurn);
    this.#handshakes = new HandshakeQueue(
      (datagram, from) =>
        guarded(() => {
          this.#guests.receiveDtls(datagram, from, performance.now());
          this.#timer.at(this.#guests.nextDeadline);
        }),
      (step) => afterReading(step, turnsPerStep),
    );
    this.#timer = new DeadlineTimer(() => {
      guarded(() => this.#guests.poll(performance.now()));
      return this.#guests.nextDeadline;
    });
    this.#sweep = setInterval(
      () => guarded(() => this.#guests.sweep(performance.now())),
      SWEEP_INTERVAL_MS,
    );
    this.#dropsWatch = watchDrops((socket.addr as Deno.NetAddr).port, counters, log, batches);
    this.#running = this.#loop.run((datagram, from) => this.#receive(datagram, from));
  }

  /**
   * Joins a hub like this one, in memory. It is a method of this class because an executable has
   * this file and all code that serves guests in one bundle, and the test has to warm up that code.
   *
   * @throws {Error} with a sentence that says what failed.
   */
  selfTest(): Promise<void> {
    return selfTest(this.#identity, this.#crypto);
  }

  /** Repeats that in the background for a while. For the reasons see `self_test/rehearsals.ts`. */
  rehearse(): void {
    this.#rehearsals = new Rehearsals({
      test: new SelfTest(this.#identity, this.#crypto),
      hasGuests: () => !this.#guests.isEmpty,
      failed: this.#failed,
    });
  }

  /** Whether there is no guest and no handshake, and the rehearsals are over. */
  get isIdle(): boolean {
    return this.#guests.isEmpty && this.#rehearsals?.areOver === true;
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
    clearInterval(this.#dropsWatch);
    this.#timer.stop();
    this.#rehearsals?.stop();
    this.#guests.close();
    this.#setup.close();
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
      case "dtls": {
        const standing = this.#guests.standingOf(datagram, from, now);
        switch (standing) {
          case "data":
            this.#guests.receiveDtls(datagram, from, now);
            return this.#timer.at(this.#guests.nextDeadline);
          case "unchecked":
            return this.#counters.count("dtls-unchecked");
          default:
            if (!this.#handshakes.push(datagram, from, standing === "begun")) {
              this.#counters.count("handshake-queue-full");
            }
        }
      }
    }
  }
}

/** Counts the datagrams that the system drops, and logs once what helps against it. */
function watchDrops(
  port: number,
  counters: Counters,
  log: HubLog,
  batches: SocketBatches | undefined,
): ReturnType<typeof setInterval> {
  const drops = new SocketDrops(port);
  // With batches, the hub has already raised the buffer to the most that the system allows.
  const setting = batches === undefined
    ? "net.core.rmem_default=1048576"
    : `net.core.rmem_max=${GUEST_SOCKET_BUFFER_BYTES}`;
  let isTold = false;
  return setInterval(async () => {
    const fresh = await drops.take();
    if (fresh === 0) return;
    counters.count("udp-socket-full", fresh);
    if (isTold) return;
    isTold = true;
    log.warn(
      `The system has dropped ${fresh} datagrams before the hub could read them, because the buffer ` +
        `of UDP port ${port} was full; give it more with "sysctl -w ${setting}" ` +
        `and start the hub anew.`,
    );
  }, SOCKET_DROPS_INTERVAL_MS);
}

/** Calls `step` after this many turns of the event loop. Each turn reads from the socket. */
function afterReading(step: () => void, turns: number): void {
  setImmediate(() => turns > 1 ? afterReading(step, turns - 1) : step());
}
