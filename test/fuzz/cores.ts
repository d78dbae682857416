/**
 * Fuzzes the parts of the hub that do no I/O, in this process. A case is a function call. Its
 * result has to satisfy assertions; it is not enough that nothing is thrown.
 *
 * @module
 */

import { decodeDataChannelOpen } from "../../relaycore/guests/dcep.ts";
import { decodeFrame } from "../../relaycore/rooms/frames.ts";
import { IceResponder } from "../../relaycore/ice/responder.ts";
import { TURN_MAX_ALLOCATIONS } from "../../relaycore/limits.ts";
import { encodeBlob, parseBlob } from "../../relaycore/join_link/blob.ts";
import { ComputerNameQuery } from "../../relaycore/mdns/computer_name_query.ts";
import { encodeMessage } from "../../relaycore/mdns/message.ts";
import {
  addressRecord,
  negativeRecord,
  pointerRecord,
  serviceRecord,
  textRecord,
} from "../../relaycore/mdns/records.ts";
import { MdnsResponder } from "../../relaycore/mdns/responder.ts";
import { hasNoWrongFingerprint, hasValidIntegrity } from "../../relaycore/stun/integrity.ts";
import { decodeStun } from "../../relaycore/stun/message.ts";
import { Method } from "../../relaycore/stun/registry.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { Conversation, PASSWORD, REALM, USERNAME } from "../support/turn_conversation.ts";
import { channelData, UDP } from "../support/turn_session.ts";
import { callCores } from "./call_cores.ts";
import type { Corpus } from "./corpus.ts";
import { dtlsCores } from "./dtls_cores.ts";
import { guestTable } from "./guest_table.ts";
import { IDENTITY } from "./identity.ts";
import { mutated } from "./mutate.ts";
import type { Random } from "./random.ts";
import { frame } from "./shapes/frames.ts";
import { check, resigned } from "./shapes/stun.ts";
import { turnAttributes } from "./shapes/turn.ts";
import { sctpAssociation, sctpGate, sctpInbound } from "./sctp_cores.ts";

/** One part of the hub. */
export interface Core {
  readonly name: string;
  /** Its share of all cases, relative to the shares of the other cores. */
  readonly share: number;
  /** Runs one case. @throws if an assertion fails. */
  run(random: Random): void;
}

const FROM = { address: "192.168.7.20", port: 40_000 };

/** Makes all cores. Each keeps its own state from case to case. */
export function makeCores(corpus: Corpus): Core[] {
  return [
    stunCodec(corpus),
    iceResponder(corpus),
    turnServer(),
    hubFrames(corpus),
    ...dtlsCores(corpus),
    sctpGate(corpus),
    sctpAssociation(corpus),
    sctpInbound(),
    dcep(corpus),
    blob(),
    names(),
    ...callCores(),
    guestTable(corpus),
  ];
}

function stunCodec({ stun }: Corpus): Core {
  const key = new TextEncoder().encode(IDENTITY.pwd);
  return {
    name: "stun",
    share: 120,
    run(random) {
      const bytes = random.once(3)
        ? resigned(mutated(stun, random), IDENTITY.pwd)
        : mutated(stun, random);
      const before = bytes.slice();
      const message = decodeStun(bytes);
      if (message === undefined) return;
      let end = 20;
      for (const { value, offset } of message.attributes) {
        assert(offset >= end && offset + 4 + value.length <= bytes.length);
        end = offset + 4 + value.length;
      }
      hasNoWrongFingerprint(message);
      hasValidIntegrity(message, key);
      assertEquals(bytes, before, "hashing leaves the datagram as it was");
    },
  };
}

function iceResponder({ stun }: Corpus): Core {
  const responder = new IceResponder(IDENTITY);
  return {
    name: "ice",
    share: 80,
    run(random) {
      const bytes = random.once(2)
        ? check(random, IDENTITY)
        : resigned(mutated(stun, random), IDENTITY.pwd);
      const outcome = responder.check(bytes, FROM);
      if (outcome.kind === "dropped") return;
      const answer = decodeStun(outcome.response);
      assert(answer !== undefined, "an answer is STUN");
      assertEquals(answer.transactionId, bytes.subarray(8, 20));
      assert(outcome.response.length <= bytes.length, "an answer is no amplifier");
    },
  };
}

function turnServer(): Core {
  let conversation = new Conversation();
  let clients = clientsOf(conversation);
  let cases = 0;
  function clientsOf(conversation: Conversation) {
    return [1, 2, 3].map((n) => conversation.allocated(`192.168.1.2${n}`, 40_000 + n));
  }
  return {
    name: "turn",
    share: 150,
    run(random) {
      // Begins again in time, because an allocation lasts for ten minutes.
      if (cases++ % 2000 === 0) {
        conversation = new Conversation();
        clients = clientsOf(conversation);
      }
      conversation.now += random.pick([0, 1, 10, 50]);
      const client = random.pick(clients);
      const peers = clients.map(({ relayed }) => relayed);
      const attributes = turnAttributes(random, peers);
      let bytes: Uint8Array = random.once(8)
        ? channelData(random.pick([0x4000, 0x4001, random.number(16)]), random.bytes(40))
        : client.encode(
          random.pick([
            Method.allocate,
            Method.refresh,
            Method.createPermission,
            Method.channelBind,
            Method.send,
            random.below(4096),
          ]),
          random.once(3) ? [...attributes, UDP] : attributes,
        );
      if (random.once(2)) bytes = mutated([bytes], random);
      if (random.once(4)) bytes = resigned(bytes, PASSWORD, { username: USERNAME, realm: REALM });
      const from = random.once(10)
        ? { address: "192.168.1.99", port: random.between(1, 65_535) }
        : client.address;
      const sent = conversation.receive(bytes, from);
      if (random.once(50)) conversation.server.sweep(conversation.now);
      assert(conversation.server.allocations <= TURN_MAX_ALLOCATIONS);
      if (sent === undefined) return;
      const known = [from, ...clients.map(({ address }) => address)];
      assert(
        known.some(({ address, port }) => sent.to.address === address && sent.to.port === port) ||
          sent.to.address === "192.168.1.99",
        "nothing is sent to anybody who is not a client",
      );
      assert(sent.bytes.length <= bytes.length + 200, "an answer is no amplifier");
    },
  };
}

function hubFrames({ frames }: Corpus): Core {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const forgiving = new TextDecoder();
  // What is passed on to another guest is valid JSON in UTF-8, whatever was received.
  const parsed = (bytes: Uint8Array) => JSON.parse(decoder.decode(bytes));
  return {
    name: "frames",
    share: 150,
    run(random) {
      const bytes = random.once(2) ? encoder.encode(frame(random)) : mutated(frames, random);
      const text = forgiving.decode(bytes);
      const decoded = decodeFrame(bytes);
      if (decoded === undefined) return;
      const value = JSON.parse(text) as Record<string, unknown>;
      assertEquals(decoded.t, value.t);
      if (decoded.t === "join") assertEquals(decoded.room, value.room);
      if (decoded.t === "to") {
        assertEquals(decoded.id, value.id);
        assertEquals(JSON.stringify(parsed(decoded.payload)), JSON.stringify(value.payload));
      }
      if (decoded.t === "echo") {
        const x = decoded.x === undefined ? undefined : JSON.stringify(parsed(decoded.x));
        assertEquals(x, JSON.stringify(value.x));
      }
    },
  };
}

function dcep({ dcep }: Corpus): Core {
  return {
    name: "dcep",
    share: 40,
    run(random) {
      const message = mutated(dcep, random);
      const open = decodeDataChannelOpen(message);
      if (open !== undefined) assert(open.label.length <= message.length);
    },
  };
}

/**
 * The hub's names: an mDNS responder and a query, which last through all cases, with a fake clock.
 */
function names(): Core {
  const services = { hostLabel: "kbz-cabin", instance: "Kibitz Offline", port: 4711, txt: ["v=1"] };
  const responder = new MdnsResponder(services, () => 0.5);
  const query = new ComputerNameQuery("cabin-pi.local");
  const cards = [{ name: "wlan0", address: "192.168.1.20", netmask: "255.255.255.0" }];
  responder.setInterfaces(cards, 0);
  responder.setPagePort(8080, 0);
  query.setInterfaces(cards, 0);
  const [host, hub] = ["kbz-cabin.local", "Kibitz Offline._kibitz._udp.local"];
  const questions = [host, hub, "_kibitz._udp.local", "_services._dns-sd._udp.local"]
    .map((name) => ({ name, type: "ANY", unicast: false }));
  const records = [
    addressRecord(host, "192.168.1.66"),
    serviceRecord(hub, 4711, "other.local"),
    textRecord(hub, ["v=2"]),
    pointerRecord("_kibitz._udp.local", hub),
    negativeRecord(host, ["A"]),
    addressRecord("cabin-pi.local", "192.168.1.20"),
  ];
  const seeds = [
    encodeMessage({ questions, authorities: records }),
    encodeMessage({ questions, answers: records, isTruncated: true }),
    encodeMessage({ isResponse: true, answers: records }),
    encodeMessage({ isResponse: true, answers: records.map((record) => ({ ...record, ttl: 0 })) }),
  ];
  let now = 0;
  return {
    name: "names",
    share: 80,
    run(random) {
      now += random.below(50);
      const port = random.once(3) ? 40_000 : 5353;
      const from = { address: `192.168.1.${2 + random.below(250)}`, port };
      const bytes = mutated(seeds, random);
      responder.receive(bytes, from, now);
      query.receive(bytes, from, now);
      const sent = [...responder.poll(now), ...query.poll(now)];
      assert(sent.length <= 8, `${sent.length} packets for one`);
      for (const { bytes } of sent) assert(bytes.length <= 1472, `${bytes.length} bytes sent`);
    },
  };
}

function blob(): Core {
  const encoder = new TextEncoder();
  const seeds = [
    `g1|abcdefgh|abcdefghijklmnopqrstuvwx|${IDENTITY.fingerprint}|192.168.1.2~4711|host.local~4711`,
    `g2|abcdefgh|abcdefghijklmnopqrstuvwx|${IDENTITY.fingerprint}|3478,user,secret|10.0.0.1~4711`,
  ].map((text) => encoder.encode(text));
  return {
    name: "blob",
    share: 40,
    run(random) {
      const parsed = parseBlob(new TextDecoder().decode(mutated(seeds, random)));
      if (parsed === undefined) return;
      let written: string;
      try {
        written = encodeBlob(parsed);
      } catch (error) {
        // Credentials with other characters can be read, as guests read them, but are never written.
        assert(error instanceof TypeError && /[^!-~]/.test(parsed.ufrag + parsed.pwd));
        return;
      }
      assertEquals(parseBlob(written), parsed);
    },
  };
}
