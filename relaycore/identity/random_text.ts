/**
 * Credentials drawn at random.
 *
 * @module
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Letters and digits, each as likely as any other. */
export function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    // 248 is the largest multiple of 62 in a byte: beyond it, some letters would be likelier.
    if (byte < 248) text += ALPHABET[byte % ALPHABET.length];
  }
  return text;
}
