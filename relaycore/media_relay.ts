/**
 * Which media relay this hub has: its own, somebody else's, or none. An edge: it opens the relay's
 * port, which the link names.
 *
 * @module
 */

import { hostAddresses } from "./addresses/host_addresses.ts";
import { rankAddresses } from "./addresses/rank.ts";
import type { HubConfig, HubLog } from "./api.ts";
import { randomText } from "./identity/random_text.ts";
import { WELL_KNOWN_TURN } from "./identity/well_known.ts";
import type { BlobTurn } from "./join_link/blob.ts";
import type { NetworkInterface } from "./net/network_interfaces.ts";
import { reasonOf } from "./reason.ts";
import { openTurnRelay, type TurnRelay } from "./turn/turn_relay.ts";

/** The media relay of a hub. */
export interface MediaRelay {
  /** What the blob says of it; undefined for a g1 blob. */
  readonly blobTurn: BlobTurn | undefined;
  /** The relay that is here, if one is. Its port is open; it relays once it is told to. */
  readonly own: TurnRelay | undefined;
}

const USERNAME_LENGTH = 8;
const PASSWORD_LENGTH = 24;

/**
 * Opens the hub's own relay unless the configuration says otherwise. With the well-known identity
 * it has the port and credentials that browsers have built in, as far as the port is to be had;
 * otherwise credentials of its own, new for every run.
 *
 * @param interfaces all IPv4 addresses of this computer.
 * @returns without a relay, and with a warning in the log, if none can be opened.
 */
export async function openMediaRelay(
  { turn, fixedId, advertise }: HubConfig,
  log: HubLog,
  interfaces: readonly NetworkInterface[],
): Promise<MediaRelay> {
  if (turn === "off") return { blobTurn: undefined, own: undefined };
  if (turn !== undefined) return { blobTurn: turn, own: undefined };
  const { username, password } = fixedId
    ? WELL_KNOWN_TURN
    : { username: randomText(USERNAME_LENGTH), password: randomText(PASSWORD_LENGTH) };
  const advertised = rankAddresses(interfaces, advertise).map(({ host }) => host);
  const addresses = hostAddresses(interfaces, advertised);
  const open = (port: number) =>
    openTurnRelay({ port, username, password, hostAddresses: addresses });
  try {
    const own = await open(WELL_KNOWN_TURN.port).catch((error) => {
      if (error instanceof Deno.errors.AddrInUse) return open(0);
      throw error;
    });
    if (fixedId && own.port !== WELL_KNOWN_TURN.port) {
      log.warn(
        `UDP port ${WELL_KNOWN_TURN.port} is taken, so media are relayed on ${own.port}: calls of ` +
          `guests that came by link or QR code have sound and picture, those that found the hub ` +
          `by themselves have none.`,
      );
    }
    return { blobTurn: { port: own.port, username, password }, own };
  } catch (error) {
    log.warn(
      `The media relay does not start (${
        reasonOf(error)
      }); calls have sound and picture only where guests ` +
        `reach each other directly.`,
    );
    return { blobTurn: undefined, own: undefined };
  }
}
