/**
 * A guest in a process of its own, so that a test can freeze it: joins the link given as argument,
 * prints its id and stays.
 *
 * @module
 */

import { Guest } from "./guest.ts";

const guest = await Guest.join(Deno.args[0]);
console.log(guest.id);
await guest.untilClosed(600_000);
Deno.exit(0);
