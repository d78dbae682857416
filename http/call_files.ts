/**
 * The files of the pages in the form in which they are sent: compressed once, each with its entity
 * tag. It knows no sockets and no requests.
 *
 * @module
 */

import { promisify } from "node:util";
import { gzip } from "node:zlib";
// @ts-types="../relaycore/types/std_etag.d.ts"
import { eTag } from "@std/http/etag";
import { type CallSources, readCallSources } from "./call_sources.ts";

/** A file that browsers get. */
export interface CallFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/**
 * Reads all files. This takes some tens of milliseconds, so the caller does it only once.
 *
 * @param warn is called for each script that is missing.
 * @param read returns the texts of the files by path. Its errors are passed on.
 */
export async function loadCallFiles(
  warn: (sentence: string) => void = () => {},
  read: () => Promise<CallSources> = readCallSources,
): Promise<ReadonlyMap<string, CallFile>> {
  const files = new Map<string, CallFile>();
  const { files: texts, problems } = await read();
  for (const problem of problems) warn(`${problem}.`);
  for (const [path, text] of texts) {
    const bytes = new TextEncoder().encode(text);
    const gzipped = await promisify<Uint8Array, Uint8Array>(gzip)(bytes);
    files.set(path, {
      type: TYPES[path.replace(/^.*\./, "")],
      bytes,
      gzipped: new Uint8Array(gzipped),
      etag: (await eTag(bytes))!,
    });
  }
  return files;
}
