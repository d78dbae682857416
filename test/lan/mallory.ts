/**
 * A stranger who has read the link, to be run on a host of the LAN. The hub is at HUB; `ADDRESS` is
 * her own, `VICTIM` an address and port that are not hers. Prints one line of JSON.
 *
 * - `mallory.ts UFRAG PWD replace ADDRESS VICTIM`: gets a cookie at her own address and sends it back
 *   as if from VICTIM, with a check before it. Prints how many bytes she has sent so.
 * - `mallory.ts UFRAG PWD redirect ADDRESS VICTIM SECONDS`: has a handshake of her own under way, and
 *   sends checks with its agent as if from VICTIM, twenty a second. Prints how many.
 *
 * @module
 */

import { cookieIn, wholeClientHello } from "../support/client_hello.ts";
import { Forger } from "../support/forger.ts";
import { agentCheck } from "../support/ice_check.ts";
import { pause } from "../support/waiting.ts";
import type { TransportAddress } from "../../relaycore/net/transport_address.ts";

const HUB = { address: "192.168.77.1", port: 4711 };
const AGENT = 66;
const CHECK_INTERVAL_MS = 50;

const [ufrag, pwd, attack, address, victimText, seconds] = Deno.args;
const [victimAddress, victimPort] = victimText.split(":");
const victim: TransportAddress = { address: victimAddress, port: Number(victimPort) };
const check = () => agentCheck({ ufrag, pwd }, AGENT);
const random = crypto.getRandomValues(new Uint8Array(32));

using forger = new Forger();
const socket = Deno.listenDatagram({ transport: "udp", hostname: address, port: 0 });
const send = (datagram: Uint8Array) =>
  socket.send(datagram, { transport: "udp", hostname: HUB.address, port: HUB.port });

await send(check());
await socket.receive();
await send(wholeClientHello(random));
const cookie = cookieIn((await socket.receive())[0]);
if (cookie === undefined) throw new Error("the hub has given no cookie");

if (attack === "replace") {
  let bytes = 0;
  for (const datagram of [check(), wholeClientHello(random, cookie)]) {
    forger.send(datagram, victim, HUB);
    bytes += datagram.length;
  }
  console.log(JSON.stringify({ bytes }));
} else {
  await send(wholeClientHello(random, cookie));
  const deadline = performance.now() + Number(seconds) * 1000;
  let checks = 0;
  for (; performance.now() < deadline; checks++) {
    forger.send(check(), victim, HUB);
    await pause(CHECK_INTERVAL_MS); // the pace
  }
  console.log(JSON.stringify({ checks }));
}
socket.close();
