/**
 * A transport address: the IPv4 address and UDP port at one end of a conversation (RFC 8489 §5).
 *
 * @module
 */

/** An IPv4 address in dotted decimal and a UDP port. */
export interface TransportAddress {
  readonly address: string;
  readonly port: number;
}

/** A transport address as one string, `192.168.1.7:51234`, for keys of maps and for logs. */
export function transportAddressKey({ address, port }: TransportAddress): string {
  return `${address}:${port}`;
}

/**
 * Reads an IPv4 address in dotted decimal: four parts 0–255, no leading zeros, nothing else.
 *
 * @returns the address as an unsigned 32-bit number, or undefined if the text is not one.
 */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split(".", 5);
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    // Digit by digit: formatting numbers to compare them would delay the start by half a millisecond.
    let octet = 0;
    for (let i = 0; i < part.length; i++) {
      const digit = part.charCodeAt(i) - 0x30;
      if (!(digit >= 0 && digit <= 9)) return undefined;
      octet = octet * 10 + digit;
    }
    const isPlain = part.length === 1 || (part.length > 1 && part[0] !== "0");
    if (!isPlain || octet > 255) return undefined;
    value = value * 256 + octet;
  }
  return value;
}

/** An unsigned 32-bit number as an IPv4 address in dotted decimal. */
export function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** Whether the number is a UDP port that can be sent to: a whole number from 1 to 65535. */
export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}
