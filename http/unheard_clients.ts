/**
 * Notices that a page came through to somebody and UDP did not: whoever opens a page checks the hub's
 * UDP port at once, so a client that is not heard there is kept from it, most often by a firewall. It
 * is said once, because it is the same for all of them.
 *
 * @module
 */

import { UNHEARD_CLIENT } from "../relaycore/limits.ts";
import type { Hub } from "../relaycore/mod.ts";
import { fill, mendOf, wordsFor } from "./door/words.ts";

/** Clients that have opened a page and not been heard by UDP yet. */
export class UnheardClients {
  readonly #waiting = new Map<string, ReturnType<typeof setTimeout>>();
  #isSaid = false;

  /**
   * @param hub says who has been heard.
   * @param tell is told once, in a few sentences for the host.
   */
  constructor(
    private readonly hub: Pick<Hub, "hasHeardFrom" | "port">,
    private readonly tell: (sentences: string) => void,
  ) {}

  /** A browser at this address has begun to check the hub. */
  checks(client: string): void {
    if (this.#isSaid || client.startsWith("127.") || this.#waiting.has(client)) return;
    if (this.#waiting.size >= UNHEARD_CLIENT.max || this.hub.hasHeardFrom(client)) return;
    this.#waiting.set(client, setTimeout(() => this.#look(client), UNHEARD_CLIENT.afterMs));
  }

  /** Waits for nobody any more. */
  stop(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #look(client: string): void {
    this.#waiting.delete(client);
    if (this.#isSaid || this.hub.hasHeardFrom(client)) return;
    this.#isSaid = true;
    const port = String(this.hub.port);
    const { reach } = wordsFor("en");
    this.tell(
      `A browser at ${client} opened the page, but nothing came from it on UDP port ${port}, so it ` +
        `cannot join. Something blocks it, most likely this computer's firewall. ` +
        fill(mendOf(reach, Deno.build.os), { port }),
    );
  }
}
