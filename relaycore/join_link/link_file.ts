/**
 * `relay-link.txt`, which holds the link for scripts and other programs. An edge: it writes a file.
 * The hub runs without it, so what goes wrong is a warning.
 *
 * @module
 */

import type { HubLog } from "../api.ts";
import {
  removeLeftovers,
  writeFileAtomically,
  writeFileAtomicallySync,
} from "../identity/atomic_file.ts";
import { reasonOf } from "../reason.ts";
import { linkPath } from "./link_path.ts";

const MODE = 0o644;

/** The file beside the state file. */
export class LinkFile {
  readonly #path: string;
  readonly #log: HubLog;
  /** One write after the other, so that the last link is the one that stays. */
  #written: Promise<void> = Promise.resolve();

  constructor(statePath: string, log: HubLog) {
    this.#path = linkPath(statePath);
    this.#log = log;
  }

  /** Writes the first link; it is in the file when this returns. */
  writeFirst(link: string): void {
    try {
      writeFileAtomicallySync(this.#path, `${link}\n`, MODE);
    } catch (error) {
      this.#warn(error);
    }
  }

  /** Writes another link, after those that are still being written. */
  write(link: string): void {
    this.#written = this.#written
      .then(() => writeFileAtomically(this.#path, `${link}\n`, { mode: MODE, durable: false }))
      .catch((error) => this.#warn(error));
  }

  /** Waits until all is written. */
  written(): Promise<void> {
    return this.#written;
  }

  /** Removes what a hub left beside the file that was killed while it wrote. */
  removeLeftovers(): Promise<void> {
    return removeLeftovers(this.#path);
  }

  #warn(error: unknown): void {
    this.#log.warn(
      `${this.#path} cannot be written (${reasonOf(error)}); the hub runs without it.`,
    );
  }
}
