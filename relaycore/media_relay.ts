/**
 * Chooses the media relay of this hub: its own, another program's, or none. An edge: it opens the
 * media relay's port, which is part of the join link.
 *
 * @module
 */

import { type HubConfig, type HubLog, HubStartError } from "./api.ts";
import { randomText } from "./identity/random_text.ts";
import { WELL_KNOWN_TURN } from "./identity/well_known.ts";
import type { BlobTurn } from "./join_link/blob.ts";
import { TURN_PREFERRED_PORTS } from "./limits.ts";
import { openFirst } from "./net/open_first.ts";
import { reasonOf, stackOf } from "./reason.ts";
import type { HubAddress } from "./turn/hub_addresses.ts";
import { openTurnRelay, type TurnRelay } from "./turn/turn_relay.ts";

/** The media relay of a hub. */
export interface MediaRelay {
  /** What the blob says about it; undefined if there is no media relay. */
  readonly blobTurn: BlobTurn | undefined;
  /** The hub's own media relay, if it has one. Its port is open, but it does not relay yet. */
  readonly own: TurnRelay | undefined;
}

const USERNAME_LENGTH = 8;
const PASSWORD_LENGTH = 24;

/**
 * Opens the hub's own media relay unless the configuration says otherwise. With the well-known
 * identity it has the credentials that are built into browsers, and their port if that is free.
 * Otherwise it makes new credentials in every run.
 *
 * @param hostAddresses all IPv4 addresses of this computer, the advertised ones first.
 * @returns the media relay. If none of the preferred ports can be opened, it is empty, and the log has
 *   a warning.
 * @throws {HubStartError} if the port of the configuration cannot be opened.
 */
export async function openMediaRelay(
  { turn, fixedId }: HubConfig,
  log: HubLog,
  hostAddresses: readonly HubAddress[],
): Promise<MediaRelay> {
  if (turn === "off") return { blobTurn: undefined, own: undefined };
  if (typeof turn === "object") return { blobTurn: turn, own: undefined };
  const { username, password } = fixedId
    ? WELL_KNOWN_TURN
    : { username: randomText(USERNAME_LENGTH), password: randomText(PASSWORD_LENGTH) };
  const failed = (error: unknown) =>
    log.debug(`internal error of the media relay: ${stackOf(error)}`);
  let refusal: unknown;
  const open = (port: number) => {
    try {
      return openTurnRelay({ port, username, password, hostAddresses, failed });
    } catch (error) {
      refusal ??= error;
      throw error;
    }
  };
  let own: TurnRelay;
  try {
    own = turn === undefined
      ? await openFirst([...TURN_PREFERRED_PORTS, 0], open)
      : await open(turn);
  } catch (error) {
    if (turn !== undefined) throw cannotOpen(turn, error);
    const remedy = error instanceof Deno.errors.NotCapable
      ? "start the hub with --allow-net or -A"
      : "choose a port with --turn";
    log.warn(
      `The media relay does not start (${reasonOf(error)}), so calls have sound and picture only ` +
        `where guests reach each other directly; ${remedy}.`,
    );
    return { blobTurn: undefined, own: undefined };
  }
  if (fixedId && own.port !== WELL_KNOWN_TURN.port) {
    const { port } = WELL_KNOWN_TURN;
    const where = turn === undefined
      ? `UDP port ${port} ${because(refusal)}, so media are relayed on ${own.port}`
      : `Media are relayed on UDP port ${own.port}`;
    log.warn(
      `${where}: calls of guests that came by link or QR code have sound and picture, those of ` +
        `guests that found the hub by themselves have none. For these, free UDP port ${port} and ` +
        `start again without --turn; to choose another port, use --turn.`,
    );
  }
  return { blobTurn: { port: own.port, username, password }, own };
}

function cannotOpen(port: number, error: unknown): HubStartError {
  return new HubStartError(
    `UDP port ${port}, for the media relay, ${
      because(error)
    }; choose another with --turn, or leave ` +
      `--turn out for the first that is free.`,
  );
}

function because(error: unknown): string {
  return error instanceof Deno.errors.AddrInUse
    ? "is taken"
    : `cannot be opened (${reasonOf(error)})`;
}
