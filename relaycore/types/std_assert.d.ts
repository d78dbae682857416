// deno-lint-ignore no-explicit-any -- a class of any constructor, as in the library itself
type Constructor<T> = abstract new (...args: any[]) => T;

export class AssertionError extends Error {}
export function assert(condition: unknown, message?: string): asserts condition;
export function assertEquals<T>(actual: T, expected: T, message?: string): void;
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T;
export function assertMatch(actual: string, expected: RegExp, message?: string): void;
export function assertStringIncludes(actual: string, expected: string, message?: string): void;
export function assertInstanceOf<T>(
  actual: unknown,
  expected: Constructor<T>,
  message?: string,
): asserts actual is T;
export function assertThrows<E extends Error = Error>(
  call: () => unknown,
  errorClass?: Constructor<E>,
  messageIncludes?: string,
): E;
export function assertRejects<E extends Error = Error>(
  call: () => Promise<unknown>,
  errorClass?: Constructor<E>,
  messageIncludes?: string,
): Promise<E>;
export function fail(message?: string): never;
