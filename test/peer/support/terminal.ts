/**
 * Runs programs in a terminal of their own.
 *
 * @module
 */

/** The command that runs `program` in a terminal of its own, with `script` of util-linux. */
export function inTerminal(program: readonly string[], columns = 80): string[] {
  const words = program.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return [
    "script",
    "--quiet",
    "--return",
    "--command",
    // `exec`, because Ctrl-C reaches all processes of a terminal, and a shell that waits would
    // replace the exit code of the program by its own.
    `stty cols ${columns} rows 50; exec ${words}`,
    "/dev/null",
  ];
}

/** Whether {@linkcode inTerminal} works here. */
export async function hasTerminal(): Promise<boolean> {
  try {
    return (await new Deno.Command("script", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}
