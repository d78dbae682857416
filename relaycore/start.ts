/**
 * Starts a hub: checks the settings, takes the identity and the ports, and puts the hub together. An
 * edge: it opens sockets and reads files.
 *
 * Everything imported here delays the join link, so the imports are few. `running_hub.ts` loads the
 * code that guests need after the link is out (`deno task bench:executable`).
 *
 * @module
 */

import { hostAddresses } from "./addresses/host_addresses.ts";
import { rankAddresses } from "./addresses/rank.ts";
import { type Hub, type HubConfig, type HubLog, HubStartError } from "./api.ts";
import type { Identity } from "./identity/identity.ts";
import { loadState, saveState } from "./identity/state_file.ts";
import { wellKnownIdentity } from "./identity/well_known.ts";
import { isHost, isTurn } from "./join_link/blob.ts";
import { parseBase } from "./join_link/join_link.ts";
import { besideStateFile, CERTIFICATE_FILE, LINK_FILE } from "./join_link/link_path.ts";
import { DISCOVERY_PORT } from "./limits.ts";
import { hubName } from "./mdns/labels.ts";
import { isMdnsPortShared } from "./mdns/mdns_port.ts";
import { type MediaRelay, openMediaRelay } from "./media_relay.ts";
import { type HubSocket, openHubSocket } from "./net/hub_port.ts";
import { networkInterfaces } from "./net/network_interfaces.ts";
import { isPort, parseIpv4 } from "./net/transport_address.ts";
import { reasonOf } from "./reason.ts";
import { type HubParts, RunningHub } from "./running_hub.ts";

const SILENT: HubLog = { warn: () => {}, info: () => {}, debug: () => {} };

/**
 * Starts a hub.
 *
 * @returns once its link is known and its ports are open. Guests are served from
 *   {@linkcode Hub.ready} on; earlier datagrams wait in the sockets.
 * @throws {HubStartError} if a person has to fix something: an invalid setting, a port that is
 *   taken, a state file that cannot be read.
 */
export async function startHub(config: HubConfig): Promise<Hub> {
  const base = checkSettings(config);
  const log = config.log ?? SILENT;
  const { interfaces, readInterfaces } = await listInterfaces(config, log);
  const { identity, port, socket } = await takeIdentityAndPort(config);
  let hub: RunningHub | undefined;
  let media: MediaRelay | undefined;
  try {
    const mdnsPort = config.names === false ? undefined : namesPort(log);
    // The hub's own name is used unless it turns out to be taken.
    const names = mdnsPort === undefined ? [] : [hubName(identity.ufrag)];
    const addresses = rankAddresses(interfaces, config.advertise, names);
    media = await openMediaRelay(config, log, hostAddresses(interfaces, addresses));
    hub = new RunningHub({
      ...{ config, log, base, identity, socket, port, media, names, addresses },
      ...{ interfaces, readInterfaces },
      namesPort: mdnsPort,
    });
    warnAboutDiscovery(config, port, log);
    await hub.open();
    return hub;
  } catch (error) {
    if (hub !== undefined) await hub.stop();
    else {
      socket.close();
      await media?.own?.stop();
    }
    throw error;
  }
}

/**
 * Checks the settings before anything is opened or written.
 *
 * @returns the site of the link, as {@link parseBase} returns it.
 */
function checkSettings({ base, advertise, turn, statePath }: HubConfig): string {
  const site = parseBase(base);
  if (site === undefined) {
    throw new HubStartError(
      `"${base}" is not the address of a site; give an http or https URL without ? and #, ` +
        `like https://kibitz.chat.`,
    );
  }
  for (const host of advertise) {
    if (!isHost(host)) {
      throw new HubStartError(
        `"${host}" cannot be advertised; give an IPv4 address or a host name.`,
      );
    }
  }
  if (typeof turn === "number" && !isPort(turn)) {
    throw new HubStartError(`${turn} is not a port for the media relay; give one from 1 to 65535.`);
  }
  if (typeof turn === "object" && !isTurn(turn)) {
    throw new HubStartError(
      "This TURN server cannot stand in a link; give a port, and a user and a password of letters " +
        "and digits.",
    );
  }
  for (const name of [LINK_FILE, CERTIFICATE_FILE]) {
    // Windows and macOS do not distinguish upper and lower case.
    if (besideStateFile(statePath, name).toLowerCase() !== statePath.toLowerCase()) continue;
    throw new HubStartError(
      `The state file cannot be called ${name}, because that is another file of the hub; choose ` +
        `another name with --state.`,
    );
  }
  return site;
}

/** Takes the identity of this run and its port. A new or changed identity is saved. */
async function takeIdentityAndPort(
  config: HubConfig,
): Promise<HubSocket & { identity: Identity }> {
  const wellKnown = wellKnownIdentity();
  if (config.fixedId) {
    const { socket, port } = await openHubSocket(config.port, undefined, [wellKnown]);
    return { identity: wellKnown, socket, port };
  }
  const saved = await loadState(config.statePath);
  const identity = saved?.identity ?? await newIdentity();
  const { socket, port } = await openHubSocket(config.port, saved?.port, [wellKnown, identity]);
  if (saved === undefined || saved.port !== port) {
    try {
      await saveState(config.statePath, { identity, port });
    } catch (error) {
      socket.close();
      throw error;
    }
  }
  return { identity, socket, port };
}

/** Draws an identity. The code that makes certificates is loaded only here. */
async function newIdentity(): Promise<Identity> {
  const { generateIdentity } = await import("./identity/generate.ts");
  return await generateIdentity();
}

/**
 * Lists the interfaces of this computer, and says how to list them later. If the system does not list
 * them, there is at most one interface. If there is none, a warning is logged.
 */
async function listInterfaces(
  { advertise }: HubConfig,
  log: HubLog,
): Promise<Pick<HubParts, "interfaces" | "readInterfaces">> {
  try {
    return { interfaces: networkInterfaces(), readInterfaces: networkInterfaces };
  } catch {
    const { OwnAddress } = await import("./net/own_address.ts");
    const own = await OwnAddress.find();
    const readInterfaces = () => own.interfaces();
    const interfaces = readInterfaces();
    if (interfaces.length === 0 && advertise.length === 0) {
      log.warn(
        "The system does not tell the addresses of this computer; start the hub with " +
          "--allow-sys=networkInterfaces or -A, or give --advertise.",
      );
    }
    return { interfaces, readInterfaces };
  }
}

/**
 * Whether port 5353 is free or shared; undefined, with a warning in the log, if the hub cannot use
 * it.
 */
function namesPort(log: HubLog): "free" | "shared" | undefined {
  try {
    return isMdnsPortShared() ? "shared" : "free";
  } catch (error) {
    log.warn(
      `The hub has no name on the network, because UDP port 5353 cannot be shared ` +
        `(${
          reasonOf(error)
        }). A printed code is good until the address of this computer changes: ` +
        `stop the program that holds the port, or name a host that stays with --advertise.`,
    );
  }
}

/** Warns if browsers will not find the hub or will ignore one of its addresses. */
function warnAboutDiscovery({ advertise, fixedId }: HubConfig, port: number, log: HubLog): void {
  for (const host of advertise) {
    if (parseIpv4(host) !== undefined || /\.local$/i.test(host)) continue;
    log.warn(
      `Browsers may pass over ${host}: they look for IPv4 addresses and names that end in .local.`,
    );
  }
  if (fixedId && port !== DISCOVERY_PORT) {
    log.warn(
      `Browsers look for hubs on UDP port ${DISCOVERY_PORT} only, and this hub is on ` +
        `${port}: it will not be found by itself. The link and the QR code work. When port ` +
        `${DISCOVERY_PORT} is free, start the hub again without --port.`,
    );
  }
}
