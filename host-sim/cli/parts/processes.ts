// Other processes of this machine: whether they live, and which of them read what this one writes.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** O_ACCMODE and O_WRONLY of Linux, in the flags that /proc tells in octal. */
const ACCESS = 3;
const WRITE_ONLY = 1;

/** Whether there is a process of this number, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Numbers of the processes that hold the other end of a pipe of ours; none where `fd` is no pipe, where /proc is not as Linux has
 * it, or where they are somebody else's.
 */
export function readersOf(fd: number): number[] {
  const pipe = linkOf(`/proc/self/fd/${fd}`);
  if (!pipe?.startsWith("pipe:")) return [];
  return listOf("/proc").flatMap((pid) => (/^\d+$/.test(pid) && reads(pid, pipe) ? [Number(pid)] : []));
}

const reads = (pid: string, pipe: string) =>
  listOf(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === pipe && isForReading(pid, fd));

function isForReading(pid: string, fd: string): boolean {
  try {
    const [, flags = "1"] = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "latin1")) ?? [];
    return (Number.parseInt(flags, 8) & ACCESS) !== WRITE_ONLY;
  } catch {
    return false;
  }
}

function listOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
