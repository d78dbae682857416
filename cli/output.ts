/**
 * Standard output and standard error, written without making the hub wait for a slow reader.
 *
 * @module
 */

import { MAX_PENDING_OUTPUT_BYTES } from "../relaycore/limits.ts";

/** Takes bytes: `Deno.stdout`, `Deno.stderr`, or a test's own. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<number>;
  writeSync(bytes: Uint8Array): number;
}

/**
 * Writes lines and keeps one live line below them. A slow reader never makes the hub wait: lines are
 * queued, and dropped when too many wait. After a reader has closed its end (`main.ts | head`),
 * nothing more is written to it.
 */
export class Output {
  readonly #encoder = new TextEncoder();
  readonly #closed = new Set<ByteSink>();
  #written: Promise<void> = Promise.resolve();
  #pendingBytes = 0;
  #clearLive = "";

  constructor(
    private readonly stdout: ByteSink,
    private readonly stderr: ByteSink,
  ) {}

  /** Writes one or more lines to standard output. */
  print(text: string): void {
    this.#line(this.stdout, `${text}\n`);
  }

  /**
   * Writes lines to standard output before it returns, unless others are waiting: then it takes its
   * turn. This is for the link, which is printed before the hub serves guests that could be
   * delayed.
   */
  printNow(text: string): void {
    if (this.#pendingBytes > 0) return this.print(text);
    let bytes = this.#encoder.encode(`${text}\n`);
    try {
      while (bytes.length > 0) {
        bytes = bytes.subarray(this.stdout.writeSync(bytes));
      }
    } catch {
      this.#enqueue(this.stdout, bytes);
    }
  }

  /** Writes a line to standard error. */
  warn(text: string): void {
    this.#line(this.stderr, `${text}\n`);
  }

  /** Replaces the live line. Does nothing while earlier output is still waiting. */
  live(text: string): void {
    if (this.#pendingBytes > 0) return;
    this.#enqueue(this.stdout, this.#encoder.encode(`\r\x1b[K${text}`));
    this.#clearLive = "\r\x1b[K";
  }

  /** Removes the live line and waits until everything is written. */
  flush(): Promise<void> {
    this.#line(this.stdout, "");
    return this.#written;
  }

  #line(sink: ByteSink, text: string): void {
    const bytes = this.#encoder.encode(text);
    if (this.#pendingBytes + bytes.length > MAX_PENDING_OUTPUT_BYTES) return;
    if (this.#clearLive !== "") {
      this.#enqueue(this.stdout, this.#encoder.encode(this.#clearLive));
      this.#clearLive = "";
    }
    this.#enqueue(sink, bytes);
  }

  #enqueue(sink: ByteSink, bytes: Uint8Array): void {
    this.#pendingBytes += bytes.length;
    this.#written = this.#written.then(async () => {
      let rest = bytes;
      try {
        while (rest.length > 0 && !this.#closed.has(sink)) {
          rest = rest.subarray(await sink.write(rest));
        }
      } catch {
        this.#closed.add(sink);
      }
      this.#pendingBytes -= bytes.length;
    });
  }
}
