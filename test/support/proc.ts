/**
 * What Linux says in /proc of a process.
 *
 * @module
 */

/** The unit of times in /proc/PID/stat: always 100 to user space, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;

/** Resident memory, in MiB. */
export function megabytesOf(pid: number): number {
  return numberOf(pid, "VmRSS") / 1024;
}

/** How many threads it has. */
export function threadCountOf(pid: number): number {
  return numberOf(pid, "Threads");
}

/** CPU time of all its threads so far, user and system, in seconds. */
export function cpuSecondsOf(pid: number): number {
  // The second field is the program's name, which may hold spaces and brackets.
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /s, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** How many files it has open, sockets included. */
export function openFilesOf(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

/** The names of its threads. */
export function threadNamesOf(pid: number): string[] {
  return Array.from(
    Deno.readDirSync(`/proc/${pid}/task`),
    ({ name }) => Deno.readTextFileSync(`/proc/${pid}/task/${name}/comm`).trim(),
  );
}

/** The ids of the processes that its first thread has started. */
export function childrenOf(pid: number): number[] {
  const text = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
  return text.split(" ").filter((word) => word.trim() !== "").map(Number);
}

/** Whether it runs. A process that has ended and was not waited for yet does not. */
export function isAlive(pid: number): boolean {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`) !== "";
  } catch {
    return false;
  }
}

function numberOf(pid: number, field: string): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1]);
}
