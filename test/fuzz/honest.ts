/**
 * Two honest guests (libdatachannel) in a process of their own. They print `ready ADDRESS ADDRESS`
 * when they have joined, and exchange frames with the hub and with each other until a line arrives
 * on standard input. Then they wait for frames that are still on the way, and print a
 * {@link HonestReport} as one line of JSON.
 *
 * @module
 */

import { Guest } from "../support/guest.ts";
import { quantile } from "../support/quantiles.ts";
import { pause } from "../support/waiting.ts";

/** What the honest guests have observed. */
export interface HonestReport {
  readonly sent: number;
  /** Echoes and frames of the other guest that have arrived. */
  readonly received: number;
  /** A sentence for each thing that should not have happened. */
  readonly complaints: readonly string[];
  /** The time from a frame to its echo, in milliseconds. */
  readonly echoMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

const ROOM = "the honest ones, by a name that nobody draws at random";
const INTERVAL_MS = 40;
/** How long the guests wait for the last frames. */
const LAST_FRAMES_MS = 20_000;

/** One frame in so many is large, and so many characters long. */
const LARGE_EVERY = 50;
const LARGE_CHARS = 60_000;

class Honest {
  readonly complaints: string[] = [];
  readonly echoMs: number[] = [];
  sent = 0;
  received = 0;
  #peer = 0;
  readonly #guest: Guest;
  readonly #name: string;
  readonly #sentAt = new Map<number, number>();
  #nextEcho = 0;
  #nextFrom = 0;
  #echoes = 0;
  #tos = 0;

  constructor(guest: Guest, name: string) {
    this.#guest = guest;
    this.#name = name;
    guest.send({ t: "join", room: ROOM });
  }

  meet(peer: number): void {
    this.#peer = peer;
  }

  /** Sends a frame to be echoed, and a frame to the other guest. */
  speak(): void {
    if (this.#guest.closed) return;
    const filler = this.#echoes % LARGE_EVERY === 0 ? "x".repeat(LARGE_CHARS) : "";
    this.#sentAt.set(this.#echoes, performance.now());
    this.#guest.send({ t: "echo", x: { n: this.#echoes++, filler } });
    this.#guest.send({ t: "to", id: this.#peer, payload: { n: this.#tos++, filler } });
    this.sent += 2;
  }

  /** Checks the frames that have arrived. */
  listen(): void {
    for (const frame of this.#guest.frames.splice(0)) {
      if (frame.t === "echo") this.#expect("echo", frame.x?.n, this.#nextEcho++);
      else if (frame.t === "from" && frame.id === this.#peer) {
        this.#expect("frame", frame.payload?.n, this.#nextFrom++);
      } else continue;
      this.received++;
      const sentAt = frame.t === "echo" ? this.#sentAt.get(frame.x?.n) : undefined;
      if (sentAt !== undefined) {
        this.#sentAt.delete(frame.x.n);
        this.echoMs.push(performance.now() - sentAt);
      }
    }
    if (this.#guest.closed) this.#complain("was disconnected");
  }

  leave(): void {
    this.#guest.leave();
  }

  #expect(what: string, actual: unknown, expected: number): void {
    if (actual !== expected) this.#complain(`got ${what} ${actual} instead of ${expected}`);
  }

  #complain(what: string): void {
    const sentence = `${this.#name} ${what}`;
    if (this.complaints.length < 5 && !this.complaints.includes(sentence)) {
      this.complaints.push(sentence);
    }
  }
}

if (import.meta.main) {
  const [a, b] = [await Guest.join(Deno.args[0]), await Guest.join(Deno.args[0])];
  const both = [new Honest(a, "guest A"), new Honest(b, "guest B")];
  await a.untilPeersAre([a.id, b.id]);
  both[0].meet(b.id);
  both[1].meet(a.id);
  console.log(`ready ${a.address} ${b.address}`);
  const listening = setInterval(() => both.forEach((guest) => guest.listen()), 5);
  const speaking = setInterval(() => both.forEach((guest) => guest.speak()), INTERVAL_MS);
  await Deno.stdin.read(new Uint8Array(16));
  clearInterval(speaking);
  const deadline = performance.now() + LAST_FRAMES_MS;
  const sum = (of: "sent" | "received") => both[0][of] + both[1][of];
  while (sum("received") < sum("sent") && performance.now() < deadline) await pause(20);
  clearInterval(listening);
  const echoMs = both.flatMap(({ echoMs }) => echoMs);
  const report: HonestReport = {
    sent: sum("sent"),
    received: sum("received"),
    complaints: both.flatMap(({ complaints }) => complaints),
    echoMs: {
      p50: quantile(echoMs, 0.5),
      p99: quantile(echoMs, 0.99),
      max: quantile(echoMs, 1),
    },
  };
  console.log(JSON.stringify(report));
  for (const guest of both) guest.leave();
  Deno.exit(0);
}
