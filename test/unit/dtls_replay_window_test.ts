import { ReplayWindow } from "../../relaycore/dtls/replay_window.ts";
import { assert } from "../assert.ts";

/** Accepts a record as the association does. @returns whether its number was new. */
function take(window: ReplayWindow, sequenceNumber: number): boolean {
  if (!window.isFresh(sequenceNumber)) return false;
  window.add(sequenceNumber);
  return true;
}

Deno.test("a record counts once, in whatever order records come", () => {
  for (const first of [0, 64, 255, 256, 2 ** 32 - 2, 2 ** 48 - 300]) {
    const window = new ReplayWindow();
    const numbers = [0, 3, 1, 200, 2, 150, 255].map((step) => first + step);
    for (const number of numbers) assert(take(window, number), `${number} is the first`);
    for (const number of numbers) assert(!take(window, number), `${number} comes again`);
  }
});

Deno.test("a record that is too old for the replay window is refused", () => {
  const window = new ReplayWindow();
  assert(take(window, 5));
  assert(take(window, 1000));
  for (const number of [5, 6, 744]) assert(!take(window, number));
  assert(take(window, 745));
});

Deno.test("a record number moves the window only after the record is authenticated", () => {
  const window = new ReplayWindow();
  assert(window.isFresh(2 ** 48 - 1));
  assert(take(window, 0));
});
