/**
 * Alerts (RFC 5246 §7.2): how one end reports an error or the end of the connection.
 *
 * @module
 */

/** The descriptions that the hub sends or reads (RFC 5246 §7.2, RFC 5746 §4.5). */
export const AlertDescription = {
  closeNotify: 0,
  unexpectedMessage: 10,
  handshakeFailure: 40,
  illegalParameter: 47,
  decodeError: 50,
  decryptError: 51,
  protocolVersion: 70,
  internalError: 80,
  noRenegotiation: 100,
} as const;

/** The number of an alert description. */
export type AlertDescription = typeof AlertDescription[keyof typeof AlertDescription];

const WARNING = 1;
const FATAL = 2;

/** Thrown if a handshake cannot go on. The hub sends its description to the guest in an alert. */
export class HandshakeError extends Error {
  override readonly name = "HandshakeError";
  readonly description: AlertDescription;

  /** @param message continues the sentence "handshake failed: …". */
  constructor(description: AlertDescription, message: string) {
    super(message);
    this.description = description;
  }
}

/** Encodes a fatal alert, which ends the connection. */
export function fatalAlert(description: AlertDescription): Uint8Array {
  return Uint8Array.of(FATAL, description);
}

/** Encodes a warning alert, such as `close_notify`. */
export function warningAlert(description: AlertDescription): Uint8Array {
  return Uint8Array.of(WARNING, description);
}

/** Reads an alert; undefined if it is cut short. */
export function decodeAlert(
  bytes: Uint8Array,
): { readonly isFatal: boolean; readonly description: number } | undefined {
  return bytes.length < 2 ? undefined : { isFatal: bytes[0] === FATAL, description: bytes[1] };
}
