/**
 * Somebody on the LAN who has never spoken: `udp_sink.ts ADDRESS PORT` prints `ready`, and after every
 * datagram that comes how many bytes have come in all.
 *
 * @module
 */

const [hostname, port] = Deno.args;
const socket = Deno.listenDatagram({ transport: "udp", hostname, port: Number(port) });
console.log("ready");
let bytes = 0;
for await (const [datagram] of socket) {
  bytes += datagram.length;
  console.log(`${bytes}`);
}
