/**
 * Programs in a terminal of their own.
 *
 * @module
 */

/** The command that runs `program` in a terminal of its own (util-linux `script`). */
export function inTerminal(program: readonly string[], columns = 80): string[] {
  const words = program.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return [
    "script",
    "--quiet",
    "--return",
    "--command",
    // The program takes the shell's place: Ctrl-C reaches all of a terminal's processes, and a shell
    // that waited would put an exit code of its own in the place of the program's.
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
