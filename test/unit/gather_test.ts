import { Gather } from "../../relaycore/net/gather.ts";
import { assertEquals } from "../assert.ts";

/** Resolves when what was planned for the end of this turn has been done. */
const turn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("what is planned several times in a turn is sent once, after it", async () => {
  let sends = 0;
  const gather = new Gather({ guests: 3, send: () => ({ served: ++sends, isDone: true }) });
  gather.plan();
  gather.plan();
  assertEquals(sends, 0);
  await turn();
  await turn();
  assertEquals(sends, 1);
  gather.plan();
  await turn();
  await turn();
  assertEquals(sends, 2);
});

Deno.test("what is not done in one go is gone on with in the next turns", async () => {
  let left = 5;
  const sent = Promise.withResolvers<void>();
  const gather = new Gather({
    guests: 100,
    send() {
      if (--left === 0) sent.resolve();
      return { served: 16, isDone: left === 0 };
    },
  });
  gather.plan();
  await sent.promise;
  assertEquals(left, 0);
});
