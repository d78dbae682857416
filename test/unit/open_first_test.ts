/** Falling back from one port to the next. */
import { HubStartError } from "../../relaycore/api.ts";
import { openFirst } from "../../relaycore/net/open_first.ts";
import { assertEquals, assertRejects } from "../assert.ts";

/** Opens a port unless there is an error for it. */
const refusing = (refusals: Record<number, Error>) => (port: number): number => {
  if (refusals[port] !== undefined) throw refusals[port];
  return port;
};

Deno.test("after any error of the system, the next port is tried", async () => {
  const { AddrInUse, PermissionDenied, AddrNotAvailable } = Deno.errors;
  const refusals = { 1: new AddrInUse(), 2: new PermissionDenied("os error 10013") };
  const more = { 3: new AddrNotAvailable(), 4: new Error("os error 10048") };
  assertEquals(await openFirst([1, 2, 3, 4, 5, 6], refusing({ ...refusals, ...more })), 5);
});

Deno.test("if no port can be opened, the error is that of the first one", async () => {
  const refusals = { 1: new Deno.errors.PermissionDenied("first"), 2: new Error("second") };
  const error = await assertRejects(() => openFirst([1, 2], refusing(refusals)));
  assertEquals(error, refusals[1]);
});

Deno.test("a missing permission and an error for the user are thrown at once", async () => {
  for (const error of [new Deno.errors.NotCapable(), new HubStartError("a hub runs already")]) {
    const tried: number[] = [];
    const thrown = await assertRejects(() =>
      openFirst([1, 2], (port) => {
        tried.push(port);
        throw error;
      })
    );
    assertEquals([thrown, tried], [error, [1]]);
  }
});
