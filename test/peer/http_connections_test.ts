/** Connections over real TCP and TLS whose serving ends with an exception. */

import { Connections, type Serve } from "../../http/connections.ts";
import { makeCertificate } from "../../http/make_certificate.ts";
import { SecureFront } from "../../http/secure_front.ts";
import { assertEquals } from "../support/assert.ts";
import { within } from "../support/waiting.ts";

const FAULT = new TypeError("a fault of the hub");

/** What is reported if a client connects, says something, and is served like this. */
async function reported(
  serve: Serve,
  talk: (port: number, connections: Connections) => Promise<void>,
): Promise<unknown[]> {
  const reports: unknown[] = [];
  const served = Promise.withResolvers<void>();
  const connections = new Connections((error) => reports.push(error));
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let isStopped = false;
  const accepting = connections.accept(
    listener,
    () => isStopped,
    (connection, client) => serve(connection, client).finally(() => served.resolve()),
  );
  await talk((listener.addr as Deno.NetAddr).port, connections);
  await within(20_000, served.promise);
  isStopped = true;
  listener.close();
  await accepting;
  return reports;
}

async function greet(port: number): Promise<void> {
  using client = await Deno.connect({ hostname: "127.0.0.1", port });
  await client.write(new TextEncoder().encode("hello"));
  await client.read(new Uint8Array(1)).catch(() => null);
}

Deno.test("a fault while a connection is served is reported", async () => {
  assertEquals(await reported(() => Promise.reject(FAULT), greet), [FAULT]);
});

Deno.test("a connection that the hub cuts while it waits is no fault", async () => {
  const reading = Promise.withResolvers<void>();
  const reports = await reported(async (connection) => {
    const buffer = new Uint8Array(5);
    await connection.read(buffer);
    const next = connection.read(buffer);
    reading.resolve();
    await next;
  }, async (port, connections) => {
    const greeting = greet(port);
    await reading.promise;
    connections.cutAll();
    await greeting;
  });
  assertEquals(reports, []);
});

Deno.test("a client that resets its connection is no fault", async () => {
  const gone = Promise.withResolvers<void>();
  const reports = await reported(async (connection) => {
    await gone.promise;
    // The client closed with this unread, so the system answers what follows with a reset.
    for (let i = 0; i < 1000; i++) await connection.write(new Uint8Array(65_536));
  }, async (port) => {
    const client = await Deno.connect({ hostname: "127.0.0.1", port });
    client.close();
    gone.resolve();
  });
  assertEquals(reports, []);
});

Deno.test("behind TLS, a fault is reported, and a broken handshake is none", async () => {
  const keys = await makeCertificate(["localhost"], Date.now());
  const reports: unknown[] = [];
  const fault = (error: unknown) => reports.push(error);
  const front = new SecureFront(keys, () => Promise.reject(FAULT), fault);
  const lead: Serve = (connection, client) =>
    front.lead(connection, client, () => Promise.resolve());
  // The beginning of a handshake, and an end in the middle of it.
  const broken = async (port: number) => {
    using client = await Deno.connect({ hostname: "127.0.0.1", port });
    await client.write(Uint8Array.of(0x16, 3, 1, 0, 200, 1));
    await client.closeWrite();
    await client.read(new Uint8Array(1)).catch(() => null);
  };
  const whole = async (port: number) => {
    using client = await Deno.connectTls({ hostname: "localhost", port, caCerts: [keys.cert] });
    await client.handshake();
    await client.read(new Uint8Array(1)).catch(() => null);
  };
  assertEquals(await reported(lead, broken), []);
  assertEquals(reports, []);
  assertEquals(await reported(lead, whole), []);
  assertEquals(reports, [FAULT]);
  front.close();
});
