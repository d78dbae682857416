/**
 * `relay-link.txt`, which holds the join link for scripts and other programs. An edge: it writes a
 * file. The hub can run without the file, so an error is only a warning.
 *
 * @module
 */

import type { HubLog } from "../api.ts";
import {
  removeLeftovers,
  writeFileAtomically,
  writeFileAtomicallySync,
} from "../identity/atomic_file.ts";
import { mayPass, retryWhileLocked } from "../identity/locked_file.ts";
import { reasonOf } from "../reason.ts";
import { besideStateFile, LINK_FILE } from "./link_path.ts";

const MODE = 0o644;

/** The file beside the state file. */
export class LinkFile {
  readonly #path: string;
  readonly #log: HubLog;
  /** Writes run one after the other, so that the last join link stays in the file. */
  #written: Promise<void> = Promise.resolve();
  /** Aborted when the file is closed. It is made late, because making it would delay the start. */
  #closing: AbortController | undefined;

  constructor(statePath: string, log: HubLog) {
    this.#path = besideStateFile(statePath, LINK_FILE);
    this.#log = log;
  }

  /**
   * Writes the first join link, which is in the file when this returns. If the file is locked, it
   * is written in the background as soon as possible.
   */
  writeFirst(link: string): void {
    try {
      writeFileAtomicallySync(this.#path, `${link}\n`, MODE);
    } catch (error) {
      if (mayPass(error)) this.write(link);
      else this.#warn(error);
    }
  }

  /** Writes another join link in the background, after those that are still being written. */
  write(link: string): void {
    const options = { mode: MODE, durable: false };
    const { signal } = this.#closing ??= new AbortController();
    this.#written = this.#written
      .then(() =>
        retryWhileLocked(() => writeFileAtomically(this.#path, `${link}\n`, options), signal)
      )
      .catch((error) => this.#warn(error));
  }

  /** Waits until all writes have ended, but does not keep trying to write a locked file. */
  close(): Promise<void> {
    (this.#closing ??= new AbortController()).abort();
    return this.#written;
  }

  /** Removes temporary files that a hub left beside the file when it was killed while writing. */
  removeLeftovers(): void {
    this.#written = this.#written.then(() => removeLeftovers(this.#path));
  }

  #warn(error: unknown): void {
    this.#log.warn(
      `${this.#path} cannot be written (${reasonOf(error)}); the hub runs without it.`,
    );
  }
}
