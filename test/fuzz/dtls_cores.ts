/**
 * Fuzzes the cores of `relaycore/dtls/`, first each alone and then together as an association.
 *
 * @module
 */

import { DtlsAssociation } from "../../relaycore/dtls/association.ts";
import { HandshakeError } from "../../relaycore/dtls/alert.ts";
import { decodeClientHelloStart } from "../../relaycore/dtls/client_hello.ts";
import { decodeClientOffer } from "../../relaycore/dtls/client_offer.ts";
import { HandshakeSequencer } from "../../relaycore/dtls/handshake_sequencer.ts";
import {
  ContentType,
  decodeHandshakeFragments,
  decodeRecords,
} from "../../relaycore/dtls/record.ts";
import { MAX_FLIGHT_DATAGRAM_BYTES, MAX_HANDSHAKE_MESSAGE_BYTES } from "../../relaycore/limits.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { DtlsClient } from "../support/dtls_client.ts";
import type { Core } from "./cores.ts";
import type { Corpus } from "./corpus.ts";
import { mutated } from "./mutate.ts";
import type { Random } from "./random.ts";

/** Makes the cores of DTLS. Each keeps its own state from case to case. */
export function dtlsCores(corpus: Corpus): Core[] {
  return [
    clientHello(corpus),
    dtlsRecords(corpus),
    sequencer(corpus),
    association(corpus),
  ];
}

function clientHello({ dtls }: Corpus): Core {
  const bodies = dtls.filter((datagram) => datagram[0] === 22 && datagram[13] === 1)
    .map((datagram) => datagram.subarray(25));
  return {
    name: "client_hello",
    share: 80,
    run(random) {
      const body = mutated(bodies, random);
      const start = decodeClientHelloStart(body);
      if (start !== undefined) assertEquals(start.random.length, 32);
      try {
        const offer = decodeClientOffer(body);
        assertEquals(offer.random, body.subarray(2, 34));
        assert(offer.cipherSuites.length > 0 && offer.groups?.length !== 0);
      } catch (error) {
        assert(error instanceof HandshakeError, `${error}`);
      }
    },
  };
}

function dtlsRecords({ dtls }: Corpus): Core {
  return {
    name: "dtls_record",
    share: 80,
    run(random) {
      const datagram = mutated(dtls, random);
      let length = 0;
      for (const record of decodeRecords(datagram)) {
        length += record.bytes.length;
        assertEquals(record.fragment.length, record.bytes.length - 13);
        for (const part of decodeHandshakeFragments(record.fragment) ?? []) {
          assert(part.fragmentOffset + part.body.length <= part.length);
        }
      }
      assert(length <= datagram.length);
    },
  };
}

function sequencer({ dtls }: Corpus): Core {
  let sequencer = new HandshakeSequencer(1);
  let cases = 0;
  return {
    name: "sequencer",
    share: 80,
    run(random) {
      if (cases++ % 200 === 0) {
        sequencer = new HandshakeSequencer(random.below(3));
      }
      for (const record of decodeRecords(mutated(dtls, random))) {
        for (
          const fragment of decodeHandshakeFragments(record.fragment) ?? []
        ) {
          sequencer.push(fragment, random.once(8));
          const message = sequencer.take();
          if (message !== undefined) {
            assert(message.length <= MAX_HANDSHAKE_MESSAGE_BYTES + 12);
          }
        }
      }
    },
  };
}

/** After so many cases an association is replaced, if it has not ended before. */
const CASES_PER_ASSOCIATION = 40;

/** An association during a handshake or after it, which gets records that anybody may have made. */
function association({ dtls }: Corpus): Core {
  let client = new DtlsClient(new DtlsAssociation(new Uint8Array(300), 1));
  let answer: Uint8Array[] = [];
  let isOpen = false;
  let isEnded = true;
  let cases = 0;

  function begin(random: Random): void {
    client = new DtlsClient(new DtlsAssociation(new Uint8Array(300), 1));
    client.greet({ groups: random.pick([[29, 23], [29, 23], [29, 23], [23]]) });
    answer = client.answerDatagrams(random.pick(["some", "none"]));
    isOpen = isEnded = false;
    if (random.once(2)) {
      for (const datagram of answer) {
        client.send(datagram);
      }
    }
  }

  /** Checks all outputs of the association. */
  function observe(): void {
    if (client.take("connected").length > 0) isOpen = true;
    if (client.take("ended").some(({ fault }) => fault !== undefined)) {
      throw new Error("a fault");
    }
    for (const { datagram } of client.take("datagram")) {
      assert(datagram.length <= MAX_FLIGHT_DATAGRAM_BYTES);
    }
    client.data.length = client.finished.length = 0;
    client.alerts.length = 0;
    const { nextDeadline } = client.association;
    assert(
      nextDeadline === undefined || nextDeadline > client.now,
      `${nextDeadline}`,
    );
  }

  return {
    name: "dtls_association",
    share: 40,
    run(random) {
      if (isEnded || cases++ % CASES_PER_ASSOCIATION === 0) begin(random);
      const datagram = random.pick([
        () => mutated(dtls, random),
        () => mutated(answer, random),
        () => random.pick(answer),
        () =>
          mutated([
            client.seal(ContentType.handshake, random.bytes(random.below(60))),
          ], random),
      ])();
      client.send(datagram);
      observe();
      if (random.once(4)) client.wait(client.now + random.below(5000));
      observe();
      // Whatever has arrived, an open association still accepts data of its guest, unless a sealed
      // record of the guest has ended it.
      isEnded = client.association.seal(new Uint8Array()) === undefined &&
        isOpen;
      if (!isOpen || isEnded) return;
      const payload = random.bytes(random.below(50));
      assert(client.send(client.seal(ContentType.applicationData, payload)));
      assertEquals([...client.data[0]], [...payload]);
      if (random.once(6)) {
        client.send(
          client.seal(random.below(256), random.bytes(random.below(9))),
        );
      }
      observe();
    },
  };
}
