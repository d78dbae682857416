/**
 * The typed edge of `@std/assert`: the npm package it comes from here ships no types.
 *
 * @module
 */

// @ts-types="../../relaycore/types/std_assert.d.ts"
export {
  assert,
  assertEquals,
  assertInstanceOf,
  AssertionError,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";
