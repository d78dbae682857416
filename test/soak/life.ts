/**
 * What goes on around a hub in use, fifty times as fast: guests, calls, the page, the addresses.
 *
 * @module
 */

import { Guest } from "../support/guest.ts";
import { readLink } from "../support/join_link.ts";
import { denoCommand, Program } from "../support/program.ts";
import { TurnClient } from "../support/turn_client.ts";
import { pause } from "../support/waiting.ts";

/** A guest stays for a few minutes and announces itself every 2.5 s (docs/PROTOCOL.md §3), divided by fifty. */
const STAY_MS = 6000;
const BEACON_MS = 50;
const FAMILIES = 4;
const FAMILY_SIZE = 3;
const ECHO_MS = 200;
const ECHO_PATIENCE_MS = 20_000;
const CALL_PACKETS = 200;
const PAGE_MS = 1000;
const ADDRESS_MS = 3000;
const VANISHING_STAY_MS = 2000;

/** All of it. Totals are since the beginning. */
export class Life {
  joins = 0;
  frames = 0;
  calls = 0;
  addressChanges = 0;
  /** Echoes that the guests who stay did not get back. */
  lost = 0;
  /** What should have worked and did not, in words. */
  readonly failures: string[] = [];
  readonly #link: string;
  readonly #mayChangeAddresses: boolean;
  #goesOn = true;
  #actors: Promise<void>[] = [];

  constructor(link: string, mayChangeAddresses: boolean) {
    this.#link = link;
    this.#mayChangeAddresses = mayChangeAddresses;
  }

  /** Lets it begin. Resolves when the guests who stay are in. */
  async begin(): Promise<void> {
    const staying = [await Guest.join(this.#link), await Guest.join(this.#link)];
    this.#actors = [
      ...staying.map((guest) => this.#stay(guest)),
      ...Array.from(
        { length: FAMILIES * FAMILY_SIZE },
        (_, i) => this.#again(() => this.#visit(`family ${i % FAMILIES}`)),
      ),
      this.#again(() => this.#vanish()),
      this.#again(() => this.#call()),
      this.#again(() => this.#lookAtPage()),
      ...this.#mayChangeAddresses ? [this.#again(() => this.#changeAddress())] : [],
    ];
  }

  /** Lets it end. Resolves when everybody has gone. */
  async end(): Promise<void> {
    this.#goesOn = false;
    await Promise.all(this.#actors);
  }

  async #again(act: () => Promise<void>): Promise<void> {
    while (this.#goesOn) {
      try {
        await act();
      } catch (error) {
        this.failures.push(error instanceof Error ? error.message : String(error));
        await pause(1000);
      }
    }
  }

  /** A guest who is there all the time and notices when something is lost. */
  async #stay(guest: Guest): Promise<void> {
    for (let x = 0; this.#goesOn; x++) {
      guest.send({ t: "echo", x });
      this.frames++;
      const echo = guest.next((frame) => frame.t === "echo" && frame.x === x, ECHO_PATIENCE_MS);
      await echo.catch(() => this.lost++);
      guest.frames.length = 0;
      await pause(ECHO_MS);
    }
    guest.leave();
  }

  /** A guest who comes, talks to everybody in a room, and leaves. */
  async #visit(room: string): Promise<void> {
    const guest = await Guest.join(this.#link);
    this.joins++;
    guest.send({ t: "join", room });
    const until = performance.now() + STAY_MS * (0.5 + Math.random());
    while (this.#goesOn && performance.now() < until) {
      guest.send({ t: "peers" });
      const { ids } = await guest.next((frame) => frame.t === "peers") as { ids?: number[] };
      for (const id of ids ?? []) {
        if (id === guest.id) continue;
        guest.send({
          t: "to",
          id,
          payload: { k: "present", name: "Anna", cam: true, avatar: "🦊" },
        });
        this.frames++;
      }
      guest.frames.length = 0;
      await pause(BEACON_MS);
    }
    guest.leave();
  }

  /** A guest whose browser is killed, so that it says nothing. */
  async #vanish(): Promise<void> {
    await using guest = new Program(denoCommand("test/support/idle_guest.ts", this.#link));
    await guest.line();
    this.joins++;
    await pause(VANISHING_STAY_MS);
  }

  /** Two guests' media by the relay, for a moment, and what arrives. */
  async #call(): Promise<void> {
    const { turn, endpoints } = readLink(this.#link);
    const { port, username, password } = turn!;
    const address = endpoints[0].host;
    using one = new TurnClient({ address, port }, { username, password }, address);
    using other = new TurnClient({ address, port }, { username, password }, address);
    await one.allocate();
    await other.allocate();
    await one.channelBind(0x4000, other.relayed);
    await other.channelBind(0x4000, one.relayed);
    const packet = new Uint8Array(204);
    packet.set([0x40, 0, 0, 200]);
    let arrived = 0;
    for (let i = 0; i < CALL_PACKETS && this.#goesOn; i++) {
      await one.send(packet);
      if (await other.receive(1000) !== undefined) arrived++;
    }
    await one.release();
    await other.release();
    this.calls++;
    if (this.#goesOn && arrived < CALL_PACKETS) {
      this.failures.push(`a call of ${CALL_PACKETS} packets lost ${CALL_PACKETS - arrived}`);
    }
  }

  async #lookAtPage(): Promise<void> {
    for (const path of ["/", "/link"]) await (await fetch(`http://127.0.0.1:8080${path}`)).text();
    await pause(PAGE_MS);
  }

  /** Another address comes, and goes again. */
  async #changeAddress(): Promise<void> {
    for (const action of ["add", "del"]) {
      await new Deno.Command("ip", { args: ["addr", action, "10.77.0.1/24", "dev", "wlan0"] })
        .output();
      this.addressChanges++;
      await pause(ADDRESS_MS);
    }
  }
}
