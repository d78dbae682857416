/**
 * A new identity, drawn at random (docs/PROTOCOL.md §5).
 *
 * @module
 */

import { createIdentity, type Identity } from "./identity.ts";
import { randomText } from "./random_text.ts";
import { makeSelfSigned, randomSerialNumber } from "./self_signed.ts";

const UFRAG_LENGTH = 8;
const PWD_LENGTH = 24;
const VALID_YEARS = 20;
const DAY_MS = 86_400_000;

/** Draws credentials and a key, and signs a certificate with it. */
export async function generateIdentity(): Promise<Identity> {
  // Valid from a day ago: a Raspberry Pi has no clock of its own, so its time may be behind or
  // ahead of its guests' time.
  const notBefore = new Date(Date.now() - DAY_MS);
  const notAfter = new Date(notBefore);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + VALID_YEARS);
  const texts = await makeSelfSigned({
    name: "CN=kibitz-offline",
    serialNumber: randomSerialNumber(8),
    notBefore,
    notAfter,
  });
  return createIdentity({
    ufrag: randomText(UFRAG_LENGTH),
    pwd: randomText(PWD_LENGTH),
    ...texts,
  });
}
