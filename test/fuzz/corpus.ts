/**
 * The recorded traffic that the fuzzer starts from. `record.ts` makes it.
 *
 * @module
 */

/** Packets of a real guest, by kind. */
export interface Corpus {
  /** Connectivity checks. */
  readonly stun: readonly Uint8Array[];
  /** Datagrams of DTLS, from the first ClientHello to sealed data. */
  readonly dtls: readonly Uint8Array[];
  /** SCTP packets as they are inside DTLS. */
  readonly sctp: readonly Uint8Array[];
  /** DCEP messages. */
  readonly dcep: readonly Uint8Array[];
  /** Hub frames as they were sent, in UTF-8. */
  readonly frames: readonly Uint8Array[];
}

/** Where it is kept: hexadecimal text by kind. */
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
