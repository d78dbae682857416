/**
 * Checks values that other guests have sent. Nothing here throws.
 *
 * @module
 */

/** The members of a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value if it is an object and not an array; otherwise undefined. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonObject
    : undefined;
}

/** Parses the JSON text of an object; undefined if it is too long, malformed or not an object. */
export function parseObject(text: unknown, maxLength: number): JsonObject | undefined {
  if (typeof text !== "string" || text.length > maxLength) return undefined;
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The value if it can be a guest's id, a positive integer; otherwise undefined. */
export function asId(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** The value if it is a text of at most `maxLength` UTF-16 units; otherwise undefined. */
export function asText(value: unknown, maxLength: number): string | undefined {
  return typeof value === "string" && value.length <= maxLength ? value : undefined;
}
