/**
 * Facts about a process from Linux's /proc.
 *
 * @module
 */

/** Ticks per second in /proc/PID/stat. In user space this is always 100. */
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
  return statOf(pid).cpuSeconds;
}

/** The same of a process and of all that it has started, directly or not, and that run. */
export function treeCpuSecondsOf(pid: number): number {
  const all = new Map<number, { readonly parent: number; readonly cpuSeconds: number }>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      all.set(Number(name), statOf(Number(name)));
    } catch {
      // It has ended.
    }
  }
  const isInTree = (each: number): boolean => {
    const parent = all.get(each)?.parent;
    return each === pid || parent !== undefined && isInTree(parent);
  };
  return [...all].reduce(
    (sum, [each, { cpuSeconds }]) => isInTree(each) ? sum + cpuSeconds : sum,
    0,
  );
}

function statOf(pid: number): { readonly parent: number; readonly cpuSeconds: number } {
  // The second field is the program's name, which may contain spaces and brackets.
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /s, "").split(" ");
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  return { parent: Number(fields[1]), cpuSeconds };
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

/** Whether it runs. A process that has ended does not run, even if its parent has not noticed. */
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
