/**
 * The file that keeps an identity (docs/PROTOCOL.md §5): people have printed its QR code, so it is
 * never regenerated, partly overwritten or guessed. An edge: it touches files.
 *
 * @module
 */

import { HubStartError } from "../api.ts";
import { isPort } from "../net/transport_address.ts";
import { reasonOf } from "../reason.ts";
import { removeLeftovers, writeFileAtomically } from "./atomic_file.ts";
import type { Identity, IdentityTexts } from "./identity.ts";
import { retryWhileLocked } from "./locked_file.ts";
import { readSmallFile } from "./small_file.ts";

/** An identity as it is kept. */
export interface SavedIdentity {
  readonly identity: Identity;
  /** The UDP port that belongs to it; files of earlier hubs may lack it. */
  readonly port: number | undefined;
}

/** Only the owner may read it: it holds a private key. */
const MODE = 0o600;

/**
 * Loads the state file.
 *
 * @returns undefined if there is none.
 * @throws {HubStartError} if the file exists but cannot be read or is damaged. It is left as it is.
 */
export async function loadState(path: string): Promise<SavedIdentity | undefined> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readSmallFile(path);
  } catch (error) {
    const why = reasonOf(error);
    throw new HubStartError(
      `The state file ${path} cannot be read (${why}); make it readable, or name another with ` +
        `--state. It is left as it is, because printed codes depend on it.`,
    );
  }
  if (bytes === undefined) return undefined;
  try {
    return await decodeState(decodeText(bytes));
  } catch (error) {
    throw new HubStartError(
      `The state file ${path} is damaged: ${reasonOf(error)}. Put back a copy of it, or move it ` +
        `away to start with a new identity, which makes printed codes useless. It is left as it is.`,
    );
  }
}

/**
 * Writes the state file, whole or not at all. If it keeps this identity already, only the port in
 * it changes: a person who returns to an earlier version of the hub then finds the key in the form
 * that it wrote.
 *
 * @throws {HubStartError} if the directory does not exist or cannot be written.
 */
export async function saveState(path: string, { identity, port }: SavedIdentity): Promise<void> {
  const { ufrag, pwd, certPem, keyPem } = identity;
  const content = await contentOf(path, identity) ?? { ufrag, pwd, certPem, keyPem };
  const text = JSON.stringify({ ...content, port }, null, 2) + "\n";
  try {
    await retryWhileLocked(() => writeFileAtomically(path, text, { mode: MODE, durable: true }));
    await removeLeftovers(path);
  } catch (error) {
    const why = reasonOf(error);
    throw new HubStartError(
      `The state file ${path} cannot be written (${why}); without it printed codes would be void ` +
        `after a restart. Its folder has to exist and to be writable; or name another file ` +
        `with --state.`,
    );
  }
}

/** What the file holds, if it keeps this identity. */
async function contentOf(
  path: string,
  { ufrag, pwd, fingerprint }: Identity,
): Promise<Record<string, unknown> | undefined> {
  try {
    const text = decodeText(await Deno.readFile(path));
    const { identity } = await decodeState(text);
    const isSame = identity.ufrag === ufrag && identity.pwd === pwd &&
      identity.fingerprint === fingerprint;
    return isSame ? JSON.parse(text) : undefined;
  } catch {
    return undefined; // nothing there, or nothing worth keeping
  }
}

/** The text of a file, in the encoding that its byte order mark names: editors on Windows write one. */
function decodeText(bytes: Uint8Array): string {
  const mark = (bytes[0] ?? 0) << 8 | (bytes[1] ?? 0);
  const encoding = mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(bytes); // without the mark
}

/** @throws Error whose message continues the sentence "… is damaged:". */
async function decodeState(text: string): Promise<SavedIdentity> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
  if (typeof value !== "object" || value === null) throw new Error("it is not an object");
  const { ufrag, pwd, certPem, keyPem, port } = value as Record<string, unknown>;
  const texts: Record<string, unknown> = { ufrag, pwd, certPem, keyPem };
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text !== "string") throw new Error(`${name} is missing`);
  }
  if (port !== undefined && port !== null && !(typeof port === "number" && isPort(port))) {
    throw new Error("port is not a number from 1 to 65535");
  }
  const { createIdentity } = await import("./identity.ts"); // only a saved identity needs it
  return { identity: createIdentity(texts as unknown as IdentityTexts), port: port ?? undefined };
}
