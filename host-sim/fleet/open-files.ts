// How many sockets this process may have. Node raises its own limit to the hard one at its start.

import { readFileSync } from "node:fs";

/** Files that Node has open besides: its libraries, pipes, epoll. */
const OTHERS = 64;

/** Sockets that can be opened at once; infinity where the system does not tell. */
export function socketsAllowed(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft) - OTHERS;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
