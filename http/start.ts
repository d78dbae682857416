/**
 * Starts the hub's web servers, and says what is not as wanted: guests of kibitz.chat need none of
 * them, so the hub runs on.
 *
 * @module
 */

import type { Hub } from "../relaycore/mod.ts";
import { reasonOf } from "../relaycore/mod.ts";
import { CERTIFICATE_FILE, loadCertificate } from "./certificate.ts";
import type { Invite } from "./door/page.ts";
import { type Pages, PagesServer } from "./server.ts";

/** What to serve, and where. */
export interface StartPagesOptions {
  readonly hub: Hub;
  /** TCP port of the QR page; 0 for none. */
  readonly httpPort: number;
  /** TCP port of the call page over HTTPS; 0 for none. */
  readonly callPort: number;
  /** Which way in has the large code on the QR page. */
  readonly invite: Invite;
  /** The hub's state file; the call page's certificate is kept beside it. */
  readonly statePath: string;
  /** Is told, in a sentence each, what is missing. */
  readonly warn: (sentence: string) => void;
}

/** Starts what can be started. Never rejects. */
export async function startPages(options: StartPagesOptions): Promise<Pages> {
  const { hub, httpPort, callPort, invite, statePath, warn } = options;
  const server = new PagesServer({ hub, invite, warn });
  if (httpPort !== 0) {
    try {
      server.openHttp(httpPort);
    } catch (error) {
      warn(
        `There is no QR page, and the hub runs on without it: ${
          whyNot(error, "--http", httpPort)
        }.`,
      );
    }
  }
  if (callPort !== 0) {
    try {
      const keys = await loadCertificate({
        path: beside(statePath, CERTIFICATE_FILE),
        hosts: hostsOf(hub),
        now: Date.now(),
        warn,
      });
      server.openCall(callPort, keys);
    } catch (error) {
      warn(
        "There is no call page for guests who have never opened the site of the link, and the hub " +
          `runs on without it: ${whyNot(error, "--call", callPort)}.`,
      );
    }
  }
  // Read now and not when the first guest waits for them. What is missing has been said.
  if (server.httpPort !== undefined || server.callPort !== undefined) server.files().catch(warn);
  return server;
}

function whyNot(error: unknown, flag: string, port: number): string {
  const another = `${flag} ${port < 65_535 ? port + 1 : port - 1}`;
  if (error instanceof Deno.errors.AddrInUse) {
    return `another program holds TCP port ${port}; choose another one with ${another}`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `the system does not allow TCP port ${port}; choose another one with ${another}`;
  }
  return reasonOf(error).replace(/\.$/, "");
}

/** Names and addresses that guests may type or follow. */
function hostsOf(hub: Pick<Hub, "addresses">): string[] {
  return [...hub.addresses.map(({ host }) => host), "localhost", "127.0.0.1"];
}

function beside(path: string, name: string): string {
  return path.replace(/[^/\\]*$/, name);
}
