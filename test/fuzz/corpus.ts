/**
 * Reads the recorded traffic that the fuzzer mutates. `record.ts` records it.
 *
 * @module
 */

/** Packets of a real guest, by kind. */
export interface Corpus {
  /** Connectivity checks. */
  readonly stun: readonly Uint8Array[];
  /** Datagrams of DTLS, from the first ClientHello to sealed data. */
  readonly dtls: readonly Uint8Array[];
  /** SCTP packets, decrypted. */
  readonly sctp: readonly Uint8Array[];
  /** DCEP messages. */
  readonly dcep: readonly Uint8Array[];
  /** Frames of the hub channel, in UTF-8. */
  readonly frames: readonly Uint8Array[];
}

/** The file of the corpus: lists of packets in hexadecimal, by kind. */
export const CORPUS_FILE = new URL("./corpus.json", import.meta.url);

/** Reads the corpus. */
export function readCorpus(): Corpus {
  const file = JSON.parse(Deno.readTextFileSync(CORPUS_FILE)) as Record<keyof Corpus, string[]>;
  return {
    stun: file.stun.map(fromHex),
    dtls: file.dtls.map(fromHex),
    sctp: file.sctp.map(fromHex),
    dcep: file.dcep.map(fromHex),
    frames: file.frames.map(fromHex),
  };
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
