/**
 * A QR page in a process of its own: prints its port, serves, and stops when standard input ends.
 *
 * @module
 */

import { startQrPage } from "../../../http/server.ts";
import { shownHub } from "../../unit/support/shown_hub.ts";

const page = await startQrPage({ hub: shownHub(), port: 0 });
console.log(page.port);
await Deno.stdin.readable.pipeTo(new WritableStream());
await page.stop();
