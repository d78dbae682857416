/**
 * Standard output and standard error, written without making the hub wait for a slow reader.
 *
 * @module
 */

import { MAX_PENDING_OUTPUT_BYTES } from "../relaycore/limits.ts";

/** A place for bytes: `Deno.stdout` and `Deno.stderr`, or a test. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<number>;
  writeSync(bytes: Uint8Array): number;
}

/**
 * Writes lines without making a hub that serves guests wait for whoever reads them, and keeps one
 * live line below them. A sink that is closed (`main.ts | head`) is written to no more, silently.
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

  /** A line, or several, on standard output. */
  print(text: string): void {
    this.#line(this.stdout, `${text}\n`);
  }

  /**
   * The same, and out when this returns: for the link of a hub that serves nobody yet. Takes its
   * turn like any other where something is before it.
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

  /** A line on standard error. */
  warn(text: string): void {
    this.#line(this.stderr, `${text}\n`);
  }

  /** Puts `text` in place of the last live line. Left out while earlier output is not through. */
  live(text: string): void {
    if (this.#pendingBytes > 0) return;
    this.#enqueue(this.stdout, this.#encoder.encode(`\r\x1b[K${text}`));
    this.#clearLive = "\r\x1b[K";
  }

  /** Takes the live line away and waits until all is written. */
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
