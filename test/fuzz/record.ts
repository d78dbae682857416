/**
 * Records what a real guest (libdatachannel) sends to a hub, from its first check to its goodbye,
 * and writes it to `corpus.json`. To be run by hand when the protocol is extended:
 *
 *     deno run -A test/fuzz/record.ts
 *
 * @module
 */

import { PayloadProtocol } from "../../relaycore/guests/dcep.ts";
import { GuestTable } from "../../relaycore/guests/guest_table.ts";
import { SctpAssociation } from "../../relaycore/sctp/association.ts";
import { Rooms } from "../../relaycore/rooms/rooms.ts";
import { folderOfProcess } from "../support/folder.ts";
import { Guest } from "../support/guest.ts";
import { startTestHub } from "../support/test_hub.ts";
import { chunksOf, ChunkType, read } from "../support/sctp_peer.ts";
import { type Corpus, CORPUS_FILE, toHex } from "./corpus.ts";
import { writeState } from "./identity.ts";

/** How many packets of each kind are kept. The first ones differ most from each other. */
const MOST: Readonly<Record<keyof Corpus, number>> = {
  stun: 4,
  dtls: 24,
  sctp: 60,
  dcep: 4,
  frames: 20,
};

const recorded: Record<keyof Corpus, Set<string>> = {
  stun: new Set(),
  dtls: new Set(),
  sctp: new Set(),
  dcep: new Set(),
  frames: new Set(),
};

function keep(kind: keyof Corpus, bytes: Uint8Array): void {
  if (recorded[kind].size < MOST[kind]) recorded[kind].add(toHex(bytes));
}

/** Records what the parts of the hub receive. */
function listen(): void {
  const { receiveStun, receiveDtls } = GuestTable.prototype;
  GuestTable.prototype.receiveStun = function (datagram, from, now) {
    keep("stun", datagram);
    receiveStun.call(this, datagram, from, now);
  };
  GuestTable.prototype.receiveDtls = function (datagram, from, now) {
    keep("dtls", datagram);
    receiveDtls.call(this, datagram, from, now);
  };
  const { receive: receivePacket } = SctpAssociation.prototype;
  SctpAssociation.prototype.receive = function (packet, now) {
    keep("sctp", packet);
    for (const { type, body } of chunksOf(packet)) {
      const isDcep = type === ChunkType.data && read(body, 8, 4) === PayloadProtocol.dcep;
      if (isDcep) keep("dcep", body.subarray(12));
    }
    receivePacket.call(this, packet, now);
  };
  const { receive: receiveText } = Rooms.prototype;
  Rooms.prototype.receive = function (id, text) {
    if (text.length < 1000) keep("frames", text);
    receiveText.call(this, id, text);
  };
}

if (import.meta.main) {
  listen();
  const statePath = `${folderOfProcess()}/relay-state.json`;
  await writeState(statePath);
  await using hub = await startTestHub({ statePath });
  const guest = await Guest.join(hub.link);
  const other = await Guest.join(hub.link);
  for (const one of [guest, other]) one.send({ t: "join", room: "kitchen" });
  await guest.untilPeersAre([guest.id, other.id]);
  for (
    const payload of [
      { k: "hi" },
      { k: "present", name: "Zoë", cam: true, avatar: "🦊", meta: { hand: false } },
      { k: "sig", payload: { c: { candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host" } } },
      { k: "bye" },
      null,
      [1, 2.5, -3e10, "\u0000\n\\"],
    ]
  ) {
    guest.send({ t: "to", id: other.id, payload });
    guest.send({ t: "echo", x: payload });
  }
  guest.sendBinary(new Uint8Array([1, 2, 3]));
  guest.send({ t: "echo", x: "x".repeat(20_000) });
  await guest.sync();
  guest.leave();
  await other.untilPeersAre([other.id]);
  other.leave();
  const corpus = Object.fromEntries(
    Object.entries(recorded).map(([kind, packets]) => [kind, [...packets]]),
  );
  await Deno.writeTextFile(CORPUS_FILE, JSON.stringify(corpus, null, 2) + "\n");
  for (const [kind, packets] of Object.entries(corpus)) console.log(`${kind}: ${packets.length}`);
  Deno.exit(0);
}
