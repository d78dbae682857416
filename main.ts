/**
 * The program: gives the command line (`cli/`) its engine (`relaycore/`) and its QR page (`http/`),
 * and ends with the exit code that comes back.
 *
 * Everything that is imported here statically delays the link at every start; see "How it starts" in
 * docs/ARCHITECTURE.md.
 *
 * @module
 */
import type { Engine } from "./cli/engine.ts";
import { run } from "./cli/run.ts";
import { startHub } from "./relaycore/mod.ts";

/** What the command line drives. The QR page is loaded when it is started. */
export const ENGINE: Engine = {
  startHub,
  async startQrPage(options) {
    const { startQrPage } = await import("./http/server.ts");
    return startQrPage(options);
  },
  async startCallPage(options) {
    const { startCallPage } = await import("./http/call_page.ts");
    return startCallPage(options);
  },
};

if (import.meta.main) {
  Deno.exit(await run(Deno.args, ENGINE));
}
