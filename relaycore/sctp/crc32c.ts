/**
 * The checksum of SCTP packets: CRC32c (RFC 9260 §6.8, Appendix A), computed eight bytes at a time.
 *
 * @module
 */

/** The polynomial 0x1EDC6F41, bit-reversed. */
const POLYNOMIAL = 0x82f63b78;

/** Eight tables of 256 entries. Table k is for a byte that is followed by k more of the eight. */
const TABLES = makeTables();

const CHECKSUM_OFFSET = 8;
const CHECKSUM_END = 12;

/** The CRC32c of some bytes, as an unsigned number. */
export function crc32c(bytes: Uint8Array): number {
  return ~update(~0, bytes, 0, bytes.length) >>> 0;
}

/** The correct checksum of an SCTP packet. The current content of its checksum field is ignored. */
export function checksumOf(packet: Uint8Array): number {
  let crc = update(~0, packet, 0, CHECKSUM_OFFSET);
  // The field itself counts as four zero bytes.
  for (let i = CHECKSUM_OFFSET; i < CHECKSUM_END; i++) crc = TABLES[crc & 255] ^ (crc >>> 8);
  return ~update(crc, packet, CHECKSUM_END, packet.length) >>> 0;
}

/** Whether a packet of at least twelve bytes has the right checksum. */
export function hasRightChecksum(packet: Uint8Array): boolean {
  // Least significant byte first, unlike every other number in a packet.
  const stored = packet[8] | packet[9] << 8 | packet[10] << 16 | packet[11] << 24;
  return stored >>> 0 === checksumOf(packet);
}

/** Writes the checksum into a packet. */
export function writeChecksum(packet: Uint8Array): void {
  const crc = checksumOf(packet);
  packet[8] = crc;
  packet[9] = crc >>> 8;
  packet[10] = crc >>> 16;
  packet[11] = crc >>> 24;
}

function update(crc: number, bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  for (; i + 8 <= end; i += 8) {
    crc ^= bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16 | bytes[i + 3] << 24;
    crc = TABLES[1792 + (crc & 255)] ^ TABLES[1536 + (crc >>> 8 & 255)] ^
      TABLES[1280 + (crc >>> 16 & 255)] ^ TABLES[1024 + (crc >>> 24)] ^
      TABLES[768 + bytes[i + 4]] ^ TABLES[512 + bytes[i + 5]] ^
      TABLES[256 + bytes[i + 6]] ^ TABLES[bytes[i + 7]];
  }
  for (; i < end; i++) crc = TABLES[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return crc;
}

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let n = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[n] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256];
    tables[i] = (before >>> 8) ^ tables[before & 255];
  }
  return tables;
}
