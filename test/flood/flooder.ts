/**
 * A flood, in a process of its own: `flooder.ts NAME SECONDS TARGET PPS`. Prints one line of JSON when
 * it is over: `{"sent":n,"note":"…"}`. Everything stays on loopback, where every 127.x.y.z is an
 * address to send from.
 *
 * @module
 */

import { Method } from "../../relaycore/stun/registry.ts";
import { cookieIn, wholeClientHello } from "../support/client_hello.ts";
import { Guest } from "../support/guest.ts";
import { agentCheck } from "../support/ice_check.ts";
import { denoCommand, Program } from "../support/program.ts";
import { TurnClient } from "../support/turn_client.ts";
import { TurnSession, UDP } from "../support/turn_session.ts";
import { pause } from "../support/waiting.ts";
import { Forger } from "../support/forger.ts";
import type { Target } from "./ground.ts";
import { shams } from "./packets.ts";

const [name, seconds, json, packetsPerSecond] = Deno.args;
const target = JSON.parse(json) as Target & { readonly victims: readonly string[] };
const began = performance.now();
const deadline = began + Number(seconds) * 1000;
const isOver = () => performance.now() >= deadline;
/** Where hostile guests join from; honest ones do from elsewhere. */
const HOSTILE = "127.0.0.2";

/** For giving back what the flood holds. */
const GRACE_MS = 10_000;

let sent = 0;
let note = "";

/** Sockets open at a time. */
const SOCKETS = 64;

const FLOODS: Readonly<Record<string, () => Promise<void>>> = {
  /** Datagrams of every shape from ever new addresses. */
  strangers: () => fromEverywhere(16, shams(target)),
  /** ClientHellos whose addresses have not passed a check. */
  hellos: () => fromEverywhere(16, [wholeClientHello(crypto.getRandomValues(new Uint8Array(32)))]),
  /** Valid checks from 10,000 ports and more. */
  checks: () => fromEverywhere(64, agents(1000)),
  /** The same from one address. */
  checks1: () => fromEverywhere(64, agents(1000), () => HOSTILE),
  /** Valid checks of ever new agents, as if from the honest guests and from the ports around them. */
  forgedChecks: () => inTheNameOfGuests(agents(1000)),
  /** ClientHellos, records that nobody sealed and alerts, as if from the honest guests. */
  forgedRecords: async () =>
    await inTheNameOfGuests([
      ...shams(target),
      ...Array.from({ length: 20 }, () =>
        wholeClientHello(crypto.getRandomValues(new Uint8Array(32)))),
      Uint8Array.of(21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40),
    ]),
  /** Handshakes that stop when they have cost the hub its key agreement, from one address. */
  handshakes: () => handshakes(() => HOSTILE),
  /** The same from fifty addresses. */
  handshakes50: () => handshakes((n) => `127.9.9.${n % 50 + 1}`),
  idle,
  echoes: () => hostileGuest((guest) => guest.send({ t: "echo", x: 1 })),
  bigEchoes: () => {
    const x = "x".repeat(200_000);
    return hostileGuest((guest) => guest.send({ t: "echo", x }));
  },
  peers: () => hostileGuest((guest) => guest.send({ t: "peers" })),
  /** To everybody in the room of the honest ones. */
  to: () =>
    hostileGuest((guest, n) => {
      if (n === 0) guest.send({ t: "join", room: "crowd" });
      guest.send({ t: "to", id: n % 8 + 1, payload: n });
      guest.send({ t: "to", id: guest.id, payload: n });
    }),
  rooms: () => hostileGuest((guest, n) => guest.send({ t: "join", room: `room ${n}` })),
  deaf,
  turnAllocations,
  turnStrangers,
  http,
};

// Connections that the system is still trying to make are not waited for.
await Promise.race([FLOODS[name](), pause(Number(seconds) * 1000 + GRACE_MS)]);
console.log(JSON.stringify({ sent, note }));
Deno.exit(0);

function agents(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => agentCheck(target, i));
}

/** Waits if more has been sent than there should be by now. */
async function pace(): Promise<void> {
  sent++;
  while (sent > (performance.now() - began) / 1000 * Number(packetsPerSecond)) await pause(1);
}

/** An address that was not there before, for a long time. */
function newAddress(n: number): string {
  return `127.${1 + (n >> 16) % 250}.${(n >> 8) & 255}.${1 + n % 254}`;
}

/** As fast as is wanted, a few datagrams from each socket. */
async function fromEverywhere(
  each: number,
  datagrams: readonly Uint8Array[],
  address: (n: number) => string = newAddress,
): Promise<void> {
  const to = { transport: "udp", hostname: "127.0.0.1", port: target.hub } as const;
  let sockets = 0;
  await Promise.all(Array.from({ length: SOCKETS }, async () => {
    while (!isOver()) {
      const hostname = address(sockets++);
      const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
      for (let i = 0; i < each; i++) {
        await socket.send(datagrams[sent % datagrams.length], to).catch(() => {});
        await pace();
      }
      socket.close();
    }
  }));
  note = `${sockets} ports`;
}

/**
 * As if from the honest guests; one in four from a port near theirs. A few in every millisecond, and
 * what was missed in one is not made up for in the next: it would overflow the hub's socket.
 */
async function inTheNameOfGuests(datagrams: readonly Uint8Array[]): Promise<void> {
  using forger = new Forger();
  const hub = { address: "127.0.0.1", port: target.hub };
  const victims = target.victims.map((text) => {
    const [address, port] = text.split(":");
    return { address, port: Number(port) };
  });
  const perMillisecond = Math.max(1, Math.round(Number(packetsPerSecond) / 1000));
  for (; !isOver(); await pause(1)) {
    for (let i = 0; i < perMillisecond; i++, sent++) {
      const victim = victims[(sent >> 2) % victims.length];
      const port = sent % 4 === 0 ? victim.port + sent % 61 - 30 : victim.port;
      forger.send(datagrams[sent % datagrams.length], { ...victim, port }, hub);
    }
  }
}

async function handshakes(address: (n: number) => string): Promise<void> {
  const to = { transport: "udp", hostname: "127.0.0.1", port: target.hub } as const;
  let begun = 0, completed = 0;
  await Promise.all(Array.from({ length: SOCKETS }, async () => {
    while (!isOver()) {
      const n = begun++;
      const socket = Deno.listenDatagram({ transport: "udp", hostname: address(n), port: 0 });
      const random = crypto.getRandomValues(new Uint8Array(32));
      const timer = setTimeout(() => socket.close(), 1000);
      try {
        await socket.send(agentCheck(target, n), to);
        await socket.receive();
        await socket.send(wholeClientHello(random), to);
        const cookie = cookieIn((await socket.receive())[0]);
        if (cookie !== undefined) await socket.send(wholeClientHello(random, cookie), to);
        sent += 3;
        await socket.receive(); // the hub's flight: what it cost has been spent
        completed++;
      } catch {
        // no answer in time
      }
      clearTimeout(timer);
      try {
        socket.close();
      } catch {
        // the timer has
      }
    }
  }));
  note = `${begun} begun, ${completed} answered`;
}
/** A thousand and twenty-four guests that say nothing. */
async function idle(): Promise<void> {
  const guests: Guest[] = [];
  let failed = 0;
  const joining = Promise.all(Array.from({ length: 16 }, async () => {
    while (!isOver() && guests.length + failed < 1024 + 16) {
      try {
        guests.push(await Guest.join(target.link, undefined, HOSTILE));
        sent++;
      } catch {
        failed++;
      }
    }
  }));
  // Those that are refused wait longer for an answer than this lasts.
  await Promise.race([joining, pause(deadline - performance.now())]);
  while (!isOver()) await pause(200);
  note = `${guests.filter(({ closed }) => closed).length} evicted, ${failed} refused`;
}

/** A guest that does one thing as fast as its SCTP lets it. */
async function hostileGuest(act: (guest: Guest, n: number) => void): Promise<void> {
  while (!isOver()) {
    const guest = await Guest.join(target.link, undefined, HOSTILE).catch(() => undefined);
    if (guest === undefined) continue;
    for (let n = 0; !isOver() && !guest.closed; n++) {
      if (guest.unsent > 1_000_000) {
        await pause(1);
        continue;
      }
      act(guest, n);
      sent++;
      if (n % 64 === 0) await pause(0);
      guest.frames.length = 0;
    }
    if (guest.closed) note = "thrown out";
    guest.leave();
  }
}

/** A guest that is written to and never reads, nor acknowledges: a process that is stopped. */
async function deaf(): Promise<void> {
  const sender = await Guest.join(target.link, undefined, HOSTILE);
  const payload = "x".repeat(60_000);
  while (!isOver()) {
    await using guest = new Program(denoCommand("test/support/idle_guest.ts", target.link));
    const id = Number(await guest.line());
    guest.signal("SIGSTOP");
    const until = Math.min(deadline, performance.now() + 5000);
    while (performance.now() < until) {
      if (sender.unsent < 1_000_000) {
        sender.send({ t: "to", id, payload });
        sent++;
      } else await pause(5);
      if (sent % 8 === 0) await pause(1);
    }
  }
}

/** One address takes allocations, as many as it is given. */
async function turnAllocations(): Promise<void> {
  const server = { address: "127.0.0.1", port: target.turn.port };
  let refused = 0, granted = 0;
  const clients: TurnClient[] = [];
  while (!isOver()) {
    const client = new TurnClient(server, target.turn, HOSTILE);
    clients.push(client); // an answer that was lost may have been a success
    try {
      await client.allocate();
      granted++;
    } catch (error) {
      if (isRefusal(error)) refused++;
    }
    sent += 2;
  }
  // As an honest client would: nothing of it is left.
  await Promise.all(clients.map(released));
  note = `${granted} granted, ${refused} refused`;
}

/** Gives an allocation back. The relay leaves requests unanswered that are over the address's rate. */
async function released(client: TurnClient): Promise<void> {
  using _ = client;
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      return await client.release();
    } catch (error) {
      if (isRefusal(error)) return; // there is none
      await pause(100);
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^error 4\d\d$/.test(error.message);
}

/** Requests with wrong credentials from many addresses. */
async function turnStrangers(): Promise<void> {
  const to = { transport: "udp", hostname: "127.0.0.1", port: target.turn.port } as const;
  const session = new TurnSession({ username: target.turn.username, password: "wrong" });
  session.realm = "kibitz";
  session.nonce = new TextEncoder().encode("0123456789abcdef");
  const request = session.encode(Method.allocate, [UDP]);
  await Promise.all(Array.from({ length: SOCKETS }, async (_, i) => {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: newAddress(i), port: 0 });
    while (!isOver()) {
      await socket.send(request, to).catch(() => {});
      await pace();
    }
    socket.close();
  }));
}

/** Connections that say nothing, half a request, or a body without an end: as many as are let be. */
async function http(): Promise<void> {
  const beginnings = [
    "",
    "GET / HTTP/1.1\r\nHo",
    "POST / HTTP/1.1\r\nContent-Length: 9999\r\n\r\nx",
  ]
    .map((text) => new TextEncoder().encode(text));
  let cut = 0;
  await Promise.all(Array.from({ length: 1000 }, async (_, i) => {
    while (!isOver()) {
      try {
        using connection = await Deno.connect({ hostname: "127.0.0.1", port: target.http });
        sent++;
        await connection.write(beginnings[i % 3]);
        const buffer = new Uint8Array(1024);
        while (!isOver() && await connection.read(buffer) !== null);
        cut++;
      } catch {
        await pause(10);
      }
    }
  }));
  note = `${cut} cut by the hub`;
}
