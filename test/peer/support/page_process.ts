/**
 * Both web pages in a process of their own. It prints their ports, serves them, and stops when
 * standard input ends.
 *
 * @module
 */

import { makeCertificate } from "../../../http/make_certificate.ts";
import { PagesServer } from "../../../http/server.ts";
import { shownHub } from "../../support/shown_hub.ts";

const server = new PagesServer({ hub: shownHub() });
const ports = [
  server.openHttp(0),
  server.openCall(0, await makeCertificate(["localhost"], Date.now())),
];
console.log(ports.join(" "));
await Deno.stdin.readable.pipeTo(new WritableStream());
await server.stop();
