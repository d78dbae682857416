import { dropsOf, SocketDrops } from "../../relaycore/net/socket_drops.ts";
import { assertEquals } from "../assert.ts";

const HEADER =
  "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            ";
const row = (address: string, drops: number) =>
  ` 1160: ${address} 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 58312 2 0000000012345678 ${drops}        `;

Deno.test("the drops of a port are those of all its sockets, and of no others", () => {
  const table = [
    HEADER,
    row("00000000:1267", 12), // 4711
    row("0100007F:1267", 30),
    row("00000000:0D96", 500),
    row("00001267:0035", 7),
    "",
  ].join("\n");
  assertEquals(dropsOf(table, 4711), 42);
  assertEquals(dropsOf(table, 53), 7);
  assertEquals(dropsOf(table, 1), 0);
  assertEquals(dropsOf("", 4711), 0);
});

Deno.test({
  name: "drops are reported once, and not asked for again if the system does not tell them",
  ignore: Deno.build.os !== "linux",
  async fn() {
    let drops = 3;
    const told = new SocketDrops(4711, () => {
      return Promise.resolve(`${HEADER}\n${row("00000000:1267", drops)}\n`);
    });
    assertEquals(await told.take(), 3);
    assertEquals(await told.take(), 0);
    drops = 10;
    assertEquals(await told.take(), 7);

    let asked = 0;
    const silent = new SocketDrops(4711, () => {
      asked++;
      return Promise.reject(new Deno.errors.NotCapable("no"));
    });
    assertEquals([await silent.take(), await silent.take(), asked], [0, 0, 1]);
  },
});
