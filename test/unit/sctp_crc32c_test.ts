import {
  checksumOf,
  crc32c,
  hasRightChecksum,
  writeChecksum,
} from "../../relaycore/sctp/crc32c.ts";
import { assert, assertEquals } from "../assert.ts";
import { packet } from "../support/sctp_peer.ts";

Deno.test("crc32c() agrees with the vectors of RFC 3720 B.4", () => {
  const vectors: [Uint8Array, number][] = [
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    [new TextEncoder().encode("123456789"), 0xe3069283],
    [new Uint8Array(), 0],
  ];
  for (const [bytes, expected] of vectors) assertEquals(crc32c(bytes), expected);
});

Deno.test("the checksum does not depend on its own field, at any length", () => {
  for (let length = 0; length < 40; length++) {
    const bytes = packet(7, Uint8Array.from({ length }, (_, i) => 41 * i));
    assert(hasRightChecksum(bytes), "the test's own way comes to the same");
    const written = bytes.slice();
    written.fill(0x55, 8, 12);
    assertEquals(checksumOf(written), checksumOf(bytes));
    assert(!hasRightChecksum(written));
    writeChecksum(written);
    assertEquals(written, bytes);
  }
});

Deno.test("every changed bit makes the checksum wrong", () => {
  const bytes = packet(0x01020304, new Uint8Array(33).fill(9));
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    bytes[bit >> 3] ^= 1 << (bit & 7);
    assert(!hasRightChecksum(bytes), `bit ${bit}`);
    bytes[bit >> 3] ^= 1 << (bit & 7);
  }
});
