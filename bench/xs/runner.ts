// How a 32-bit x86 program is run here. Some kernels refuse them, though gcc compiles and links them; then an emulator does it.
// What tells is a program that was run: execvp hands what the kernel refuses to a shell, which ends with a code of its own.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

const FORCE = "SIMKEY_XS_EMULATE";
/** Programs of QEMU that run a 32-bit x86 program on another machine. */
const EMULATORS = ["qemu-i386-static", "qemu-i386"];
const INSTALL = "install one (Debian: apt-get install qemu-user-static)";

/** Ends with an exit code that no shell and no emulator has, and tells the bytes of a pointer. */
export const PROBE_SOURCE = `#include <stdio.h>
int main(void) { printf("%d", (int)sizeof(void*)); fflush(stdout); return 32; }
`;
const PROBE_CODE = 32;
const PROBE_TEXT = "4";
const PROBE_MS = 30_000;

/** Whether the environment wants the emulator where the machine could do without. */
export const isForced = (environment: Readonly<Record<string, string | undefined>> = process.env): boolean =>
  !["", "0", undefined].includes(environment[FORCE]);

/**
 * What to put before a 32-bit program and its arguments to run it: nothing, or an emulator.
 * @param probe path of `PROBE_SOURCE`, compiled for 32 bits
 * @throws Error that says what to install
 */
export async function findRunner(
  probe: string,
  { emulators = EMULATORS, force = isForced() } = {},
): Promise<readonly string[]> {
  if (!force && (await runs([probe]))) return [];
  for (const emulator of emulators) if (await runs([emulator, probe])) return [emulator];
  const why = force ? `${FORCE} is set` : "this machine runs no 32-bit x86 program";
  throw new Error(`${why}, and none of ${emulators.join(", ")} runs one: ${INSTALL}`);
}

async function runs([program, ...args]: readonly string[]): Promise<boolean> {
  try {
    await run(program!, args, { timeout: PROBE_MS });
    return false;
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout?: string };
    return code === PROBE_CODE && stdout === PROBE_TEXT;
  }
}
