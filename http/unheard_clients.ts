/**
 * Notices that a client can load a page but cannot reach the hub by UDP. A browser that opens a
 * page checks the hub's UDP port at once, so if no check arrives, something blocks it, most often a
 * firewall. The warning is given once, because the cause is the same for all clients. Knows no
 * clock and no sockets.
 *
 * @module
 */

import { UNHEARD_CLIENT } from "../relaycore/limits.ts";
import type { Hub } from "../relaycore/mod.ts";
import { mendOf, wordsFor } from "./door/words.ts";
import { udpPortsOf } from "./udp_ports.ts";

/** Clients that have opened a page, but have not been heard by UDP yet. */
export class UnheardClients {
  /** When each client's time is up, the earliest first. */
  readonly #waiting = new Map<string, number>();
  #isSaid = false;

  /**
   * @param hub knows which addresses have been heard.
   * @param tell is called once, with a few sentences for the host.
   */
  constructor(
    private readonly hub: Pick<Hub, "hasHeardFrom" | "port" | "status">,
    private readonly tell: (sentences: string) => void,
  ) {}

  /**
   * A browser at this address has begun to check the hub.
   *
   * @param now milliseconds on a clock that only goes forward.
   */
  checks(client: string, now: number): void {
    if (this.#isSaid || client.startsWith("127.") || this.#waiting.has(client)) return;
    if (this.#waiting.size >= UNHEARD_CLIENT.max || this.hub.hasHeardFrom(client)) return;
    this.#waiting.set(client, now + UNHEARD_CLIENT.afterMs);
  }

  /** The time when {@linkcode look} has something to do; Infinity for never. */
  get nextDeadline(): number {
    return this.#waiting.values().next().value ?? Infinity;
  }

  /** Warns about a client whose time is up. */
  look(now: number): void {
    for (const [client, at] of this.#waiting) {
      if (at > now) break;
      this.#waiting.delete(client);
      if (!this.hub.hasHeardFrom(client)) return this.#say(client);
    }
  }

  #say(client: string): void {
    this.#isSaid = true;
    this.#waiting.clear();
    this.tell(
      `A browser at ${client} opened the page, but nothing came from it on UDP port ` +
        `${this.hub.port}, so it cannot join. Something blocks it, most likely this computer's ` +
        `firewall. ${mendOf(wordsFor("en").reach, Deno.build.os, udpPortsOf(this.hub))}`,
    );
  }
}
