/**
 * The real program, `main.ts`, with a measurement of its memory: after the line `memory` on
 * standard input it collects garbage and prints `MEMORY {…}`. The first argument is the name of a
 * fault to inject, or `none`. The other arguments are the hub's own.
 *
 * The faults prove that the fuzzer notices them (`main.ts --prove`).
 *
 * @module
 */

import { run } from "../../cli/run.ts";
import { ENGINE } from "../../main.ts";
import { DtlsAssociation } from "../../relaycore/dtls/association.ts";
import { GuestTable } from "../../relaycore/guests/guest_table.ts";
import { Rooms } from "../../relaycore/rooms/rooms.ts";
import { pause } from "../support/waiting.ts";

/** The faults that can be injected. */
export const FAULTS = {
  "uncaught-rejection": () => {
    setTimeout(() => Promise.reject(new Error("an injected rejection")), 8000);
  },
  "uncaught-exception": () => {
    setTimeout(() => {
      throw new Error("an injected exception");
    }, 8000);
  },
  "internal-error": () => {
    const { sweep } = GuestTable.prototype;
    let sweeps = 0;
    GuestTable.prototype.sweep = function (now) {
      if (++sweeps === 8) throw new Error("an injected error in the sweep");
      sweep.call(this, now);
    };
  },
  "handler-error": () => {
    const { receiveStun } = GuestTable.prototype;
    let checks = 0;
    GuestTable.prototype.receiveStun = function (datagram, from, now) {
      if (++checks === 3000) throw new Error("an injected error in the receive loop");
      receiveStun.call(this, datagram, from, now);
    };
  },
  "lost-frame": () => {
    const { receive } = Rooms.prototype;
    let frames = 0;
    Rooms.prototype.receive = function (id, text) {
      if (id > 2 || ++frames !== 200) receive.call(this, id, text);
    };
  },
  "guest-dropped": () => {
    const { receive } = Rooms.prototype;
    let frames = 0;
    Rooms.prototype.receive = function (id, text) {
      if (id > 2 || ++frames !== 200) receive.call(this, id, text);
      else this.leave(id);
    };
  },
  "leak": () => {
    const { receiveDtls } = GuestTable.prototype;
    const leaked: unknown[] = [];
    GuestTable.prototype.receiveDtls = function (datagram, from, now) {
      leaked.push({ from, copy: datagram.slice(), more: new Array(20).fill(now) });
      receiveDtls.call(this, datagram, from, now);
    };
  },
  "guests-never-swept": () => {
    GuestTable.prototype.sweep = () => {};
  },
  "exit": () => {
    setTimeout(() => Deno.exit(3), 8000);
  },
} satisfies Record<string, () => void>;

/** Matches what the fuzzer must report about each fault. */
export const SIGNS: Readonly<Record<keyof typeof FAULTS, RegExp>> = {
  "uncaught-rejection": /^the hub said: .*an injected rejection/,
  "uncaught-exception": /^the hub said: .*an injected exception/,
  "internal-error": /errors of the kind "internal-error"/,
  "handler-error": /errors of the kind "datagram-handler-error"/,
  "lost-frame": /^guest [AB] got (echo|frame) \d+ instead of \d+/,
  "guest-dropped": /^1 guests are in the hub, not 2/,
  "leak": /^the heap has grown/,
  "guests-never-swept": /DTLS associations are in memory for 2 guests/,
  "exit": /^the hub has ended with code 3/,
};

/** The hub's memory after garbage collection, in bytes. */
export interface HubMemory {
  /** The number of DTLS associations: those of guests, and of unfinished handshakes. */
  readonly associations: number;
  readonly heapUsed: number;
  /** Buffers outside the heap. */
  readonly external: number;
  readonly rss: number;
}

const known = new WeakSet<DtlsAssociation>();
const associations = new Set<WeakRef<DtlsAssociation>>();

/** Notes every association that receives a record, without keeping it in memory. */
function watchAssociations(): void {
  const { receive } = DtlsAssociation.prototype;
  DtlsAssociation.prototype.receive = function (record) {
    if (!known.has(this)) {
      known.add(this);
      associations.add(new WeakRef(this));
    }
    return receive.call(this, record);
  };
}

function countAssociations(): number {
  for (const reference of associations) {
    if (reference.deref() === undefined) associations.delete(reference);
  }
  return associations.size;
}

async function answerOrders(): Promise<void> {
  const { gc } = globalThis as unknown as { gc(): void };
  const decoder = new TextDecoder();
  for await (const bytes of Deno.stdin.readable) {
    if (!decoder.decode(bytes).includes("memory")) continue;
    // Finalizers and weak references need more than one collection.
    for (let i = 0; i < 4; i++) {
      gc();
      await pause(20);
    }
    const { heapUsed, external, rss } = Deno.memoryUsage();
    const memory: HubMemory = { associations: countAssociations(), heapUsed, external, rss };
    console.log(`MEMORY ${JSON.stringify(memory)}`);
  }
}

if (import.meta.main) {
  const [fault, ...args] = Deno.args;
  if (fault !== "none") FAULTS[fault as keyof typeof FAULTS]();
  watchAssociations();
  answerOrders();
  Deno.exit(await run(args, ENGINE));
}
