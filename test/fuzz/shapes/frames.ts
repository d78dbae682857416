/**
 * Makes hub frames that are almost valid: wrong types, deep nesting, names such as `__proto__`,
 * numbers beyond a double, half surrogate pairs.
 *
 * @module
 */

import type { Random } from "../random.ts";

const KEYS = [
  "t",
  "t",
  "t",
  "id",
  "id",
  "room",
  "payload",
  "x",
  "__proto__",
  "constructor",
  "",
  "T",
];
const TYPES = ["join", "peers", "to", "from", "echo", "id", "toString", "__proto__", "", "JOIN"];
const NUMBERS = [
  "0",
  "-0",
  "1",
  "2",
  "1e0",
  "1.5",
  "-1",
  "9007199254740993",
  "1e400",
  "-1e-400",
  "01",
];
const STRINGS = [
  '""',
  '"a"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u0000"',
  '"\\"}\\\\"',
  '"\ud83e\udd8a"',
  '"\u2028"',
  '"__proto__"',
  '"\\u0074"',
];

/** The text of a frame, valid or almost. */
export function frame(random: Random): string {
  if (random.once(40)) return nested(random);
  if (random.once(40)) {
    return random.pick(["", " ", "null", "[]", "{", "}", "[{}]", '"t"', "1", "\ufeff{}"]);
  }
  const members: string[] = [];
  if (!random.once(8)) members.push(`${key(random, "t")}:"${random.pick(TYPES)}"`);
  for (let count = random.between(0, 4); count > 0; count--) {
    members.push(
      `${key(random, random.pick(KEYS))}${space(random)}:${space(random)}${value(random, 3)}`,
    );
  }
  const text = `${space(random)}{${space(random)}${members.join(`${space(random)},`)}}${
    space(random)
  }`;
  if (!random.once(10)) return text;
  const at = random.below(text.length + 1);
  return text.slice(0, at) + random.pick(['"', "{", "}", ",", ":", "\\", "\u0000"]) +
    text.slice(at);
}

function key(random: Random, name: string): string {
  // The same name, with an escape.
  if (name !== "" && random.once(10)) {
    const code = name.charCodeAt(0).toString(16).padStart(4, "0");
    return `"\\u${code}${name.slice(1)}"`;
  }
  return `"${name}"`;
}

function value(random: Random, depth: number): string {
  switch (random.below(depth > 0 ? 7 : 5)) {
    case 0:
      return random.pick(NUMBERS);
    case 1:
      return random.pick(STRINGS);
    case 2:
      return random.pick(["true", "false", "null"]);
    case 3:
      return `"${random.pick(TYPES)}"`;
    case 4:
      return `"${"x".repeat(random.pick([1, 255, 256, 257, 2000]))}"`;
    case 5:
      return `[${list(random, () => value(random, depth - 1))}]`;
    default:
      return `{${
        list(random, () => `${key(random, random.pick(KEYS))}:${value(random, depth - 1)}`)
      }}`;
  }
}

function list(random: Random, item: () => string): string {
  return Array.from({ length: random.below(4) }, item).join(space(random) + ",");
}

function nested(random: Random): string {
  const depth = random.pick([10, 1000, 40_000]);
  const [open, close] = random.pick([["[", "]"], ['{"x":', "}"]]);
  const inner = open.repeat(depth) + "1" + (random.once(3) ? "" : close.repeat(depth));
  return random.pick([inner, `{"t":"echo","x":${inner}}`, `{"t":"to","id":1,"payload":${inner}}`]);
}

function space(random: Random): string {
  return random.once(6) ? random.pick([" ", "\n", "\t\r", "\u00a0"]) : "";
}
