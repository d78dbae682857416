/** The functions that are used here; the npm build of `@std/http` ships no types. */
export function eTag(entity: string | Uint8Array): Promise<string | undefined>;
export function ifNoneMatch(value: string | null, etag: string | undefined): boolean;
