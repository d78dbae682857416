/**
 * A program in a sandbox in which the system calls for batches fail, as they do on systems that only
 * resemble Linux. It opens a media relay and the batches of a socket, allocates once, and prints which
 * engine the relay has and whether there are batches.
 *
 * @module
 */

import { openLibc } from "../../../relaycore/net/libc.ts";
import { SocketBatches } from "../../../relaycore/net/socket_batches.ts";
import { openTurnRelay } from "../../../relaycore/turn/turn_relay.ts";
import { TurnClient } from "../../support/turn_client.ts";

/** The numbers of recvmmsg and sendmmsg. */
const CALLS: Readonly<Record<string, readonly number[]>> = {
  x86_64: [299, 307],
  aarch64: [243, 269],
};

const PR_SET_SECCOMP = 22;
const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_MODE_FILTER = 2;

/** Instructions of the filter (classic BPF), and what it answers. */
const LOAD = 0x20, JUMP_IF_EQUAL = 0x15, RETURN = 0x06;
const ALLOW = 0x7fff_0000, NOT_IMPLEMENTED = 0x0005_0000 | 38;

/** Refuses the calls to this thread, and to threads that it starts. */
function refuse(calls: readonly number[]): void {
  const { symbols: { prctl } } = openLibc({
    prctl: { parameters: ["i32", "u64", "u64", "u64", "u64"], result: "i32" },
  });
  const program: (readonly [code: number, ifTrue: number, value: number])[] = [
    [LOAD, 0, 0],
    ...calls.map((call, i) => [JUMP_IF_EQUAL, calls.length - i, call] as const),
    [RETURN, 0, ALLOW],
    [RETURN, 0, NOT_IMPLEMENTED],
  ];
  const bytes = new DataView(new ArrayBuffer(8 * program.length));
  for (const [i, [code, ifTrue, value]] of program.entries()) {
    bytes.setUint16(8 * i, code, true);
    bytes.setUint8(8 * i + 2, ifTrue);
    bytes.setUint32(8 * i + 4, value, true);
  }
  const filter = BigUint64Array.of(BigInt(program.length), addressOf(bytes.buffer));
  const isSet = prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n) === 0 &&
    prctl(PR_SET_SECCOMP, BigInt(SECCOMP_MODE_FILTER), addressOf(filter.buffer), 0n, 0n) === 0;
  if (!isSet) throw new Error("the system sets no filter");
}

function addressOf(buffer: ArrayBuffer): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer));
}

if (import.meta.main) {
  refuse(CALLS[Deno.build.arch]);
  const credentials = { username: "user", password: "secret" };
  await using relay = openTurnRelay({ port: 0, ...credentials, hostAddresses: [] });
  await relay.serve();
  using client = new TurnClient({ address: "127.0.0.1", port: relay.port }, credentials);
  await client.allocate();
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const batches = SocketBatches.of(socket);
  socket.close();
  console.log(`${relay.status().engine}, ${batches === undefined ? "no batches" : "batches"}`);
}
