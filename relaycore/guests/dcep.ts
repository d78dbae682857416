/**
 * The Data Channel Establishment Protocol (RFC 8832) and the payload protocol identifiers of data
 * channels (RFC 8831 §8). Guests open channels, and the hub acknowledges them.
 *
 * @module
 */

/** SCTP payload protocol identifiers of data channels. */
export const PayloadProtocol = {
  dcep: 50,
  text: 51,
  binary: 53,
  textEmpty: 56,
  binaryEmpty: 57,
} as const;

const DATA_CHANNEL_OPEN = 3;
const OPEN_HEADER_LENGTH = 12;

/** The DATA_CHANNEL_ACK message (RFC 8832 §5.2). */
export const DATA_CHANNEL_ACK: Uint8Array = new Uint8Array([2]);

/** A DATA_CHANNEL_OPEN (RFC 8832 §5.1) for a reliable, ordered channel. */
export function encodeDataChannelOpen(label: string): Uint8Array {
  const text = new TextEncoder().encode(label);
  const message = new Uint8Array(OPEN_HEADER_LENGTH + text.length);
  message[0] = DATA_CHANNEL_OPEN;
  message[8] = text.length >> 8;
  message[9] = text.length;
  message.set(text, OPEN_HEADER_LENGTH);
  return message;
}

/**
 * Reads a DATA_CHANNEL_OPEN (RFC 8832 §5.1).
 *
 * @returns its label, or undefined if the bytes are another message or are cut short.
 */
export function decodeDataChannelOpen(message: Uint8Array): { label: string } | undefined {
  if (message.length < OPEN_HEADER_LENGTH || message[0] !== DATA_CHANNEL_OPEN) return undefined;
  const labelEnd = OPEN_HEADER_LENGTH + (message[8] << 8 | message[9]);
  const end = labelEnd + (message[10] << 8 | message[11]);
  if (end > message.length) return undefined;
  return { label: new TextDecoder().decode(message.subarray(OPEN_HEADER_LENGTH, labelEnd)) };
}
