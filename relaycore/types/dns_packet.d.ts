/** What this repository uses of `npm:dns-packet`, which ships no types. */
declare namespace dnsPacket {
  interface Question {
    name: string;
    type: string;
    class?: string;
  }
  interface Answer {
    name: string;
    type: string;
    /** Absent in pseudo records (OPT). */
    class?: string;
    ttl?: number;
    flush?: boolean;
    data?: unknown;
  }
  interface Packet {
    type: string;
    id: number;
    flags: number;
    questions: Question[];
    answers: readonly Answer[];
    authorities: readonly Answer[];
    additionals: readonly Answer[];
  }
  interface RecordCodec {
    encode(data: unknown): Uint8Array;
  }
}
declare const dnsPacket: {
  decode(bytes: Uint8Array): dnsPacket.Packet;
  encode(packet: dnsPacket.Packet): Uint8Array;
  /** The codec of a type's data. */
  record(type: string): dnsPacket.RecordCodec;
};
export default dnsPacket;
