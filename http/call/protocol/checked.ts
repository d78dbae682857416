/**
 * Reads values from other guests: JSON to plain values, without exceptions.
 *
 * @module
 */

/** The members of a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object; undefined if it is anything else. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonObject
    : undefined;
}

/** Reads the JSON text of an object; undefined if it is too long, malformed or not an object. */
export function parseObject(text: unknown, maxLength: number): JsonObject | undefined {
  if (typeof text !== "string" || text.length > maxLength) return undefined;
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The value as a guest's id; undefined if it is not a positive whole number. */
export function asId(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** The value as a text of at most `maxLength`; undefined if it is anything else. */
export function asText(value: unknown, maxLength: number): string | undefined {
  return typeof value === "string" && value.length <= maxLength ? value : undefined;
}
