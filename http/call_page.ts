/**
 * Starts the call page over HTTPS. If that fails, it warns, and the hub continues: guests who use
 * the site of the join link do not need the call page.
 *
 * @module
 */

import { besideStateFile, CERTIFICATE_FILE } from "../relaycore/join_link/link_path.ts";
import { CALL_PREFERRED_PORTS } from "../relaycore/limits.ts";
import { type Hub, openFirst, reasonOf } from "../relaycore/mod.ts";
import { loadCertificate } from "./certificate.ts";
import { whyNoPort } from "./port_refusal.ts";
import { PagesServer } from "./server.ts";

/** How to start the call page. */
export interface CallPageOptions {
  readonly hub: Hub;
  /** The QR page, which then links to the call page; undefined if it is off. */
  readonly page: { stop(): Promise<void> } | undefined;
  /** TCP port. */
  readonly port: number;
  /** The hub's state file. The certificate is kept beside it. */
  readonly statePath: string;
  /** Called with one or two sentences about a problem. */
  readonly warn: (sentence: string) => void;
}

/** A running call page. */
export interface CallPage {
  readonly port: number;
  /** Whether it has something to do: for a visitor, or for its own start. */
  readonly isBusy: boolean;
  /** Frees its port, and that of the QR page that it was started with. */
  stop(): Promise<void>;
}

/** Starts the call page. Never rejects: if it cannot start, it warns and returns undefined. */
export async function startCallPage(options: CallPageOptions): Promise<CallPage | undefined> {
  const { hub, page, port, statePath, warn } = options;
  // One server has both pages, so that it limits the connections to both together.
  const server = page instanceof PagesServer ? page : new PagesServer({ hub, warn });
  try {
    const keys = await loadCertificate({
      path: besideStateFile(statePath, CERTIFICATE_FILE),
      hosts: [...hub.addresses.map(({ host }) => host), "localhost", "127.0.0.1"],
      now: Date.now(),
      warn,
    });
    const ports = port === CALL_PREFERRED_PORTS[0] ? CALL_PREFERRED_PORTS : [port];
    const opened = await openFirst(ports, (port) => server.openCall(port, keys));
    if (opened !== port) {
      warn(`TCP port ${port} cannot be had, so the call page is on ${opened}; --call chooses one.`);
    }
    // The files are read now, so that the first guest does not wait for them.
    server.files().catch((error) =>
      warn(`The call page's files cannot be read: ${reasonOf(error)}.`)
    );
    return {
      port: opened,
      get isBusy() {
        return server.isBusy;
      },
      stop: () => server.stop(),
    };
  } catch (error) {
    const why = whyNoPort(error, port, "call");
    warn(
      "Guests who have never opened the site of the link cannot join, because there is no call page: " +
        `${why}.`,
    );
  }
}
