/**
 * Programs that are run to their end on a host of the LAN.
 *
 * @module
 */

import { denoCommand } from "../support/program.ts";
import type { Host } from "./network.ts";

const REPO = new URL("../../", import.meta.url);

/** Runs a program in the folder of this repository. @returns what it printed, whatever came of it. */
export async function outputOf(host: Host, program: string, ...args: string[]): Promise<string> {
  const { stdout } = await host.command(program, { args, cwd: REPO, stdin: "null", stderr: "null" })
    .output();
  return new TextDecoder().decode(stdout);
}

/** Runs a program. @throws Error with what it complained about, if it fails. */
export async function succeed(host: Host, program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await host.command(program, { args, cwd: REPO }).output();
  if (success) return;
  throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** What a program of this repository prints. */
export function scriptOutput(host: Host, file: string, ...args: string[]): Promise<string> {
  const [program, ...rest] = denoCommand(file, ...args);
  return outputOf(host, program, ...rest);
}
