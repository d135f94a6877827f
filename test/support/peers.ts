// Programs that some tests need as peers: mosquitto, socat, nc. Where one is missing its tests are skipped, but not in CI.

import { spawnSync } from "node:child_process";
import { describe } from "@jest/globals";

/** Set in CI: a missing peer is a failure there. */
const REQUIRED = "SIMKEY_REQUIRE_PEERS";

/** Whether `program` can be started. */
export function isInstalled(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/**
 * `describe` for tests that need a program.
 * @throws Error where peers are required and this one is missing
 */
export function describeWith(program: string, title: string, body: () => void): void {
  describeWhere(isInstalled(program), program, title, body);
}

/**
 * `describe` for tests that need something of this machine, a header for example.
 * @param there whether it is there
 * @param name what to install
 * @throws Error where peers are required and this one is missing
 */
export function describeWhere(there: boolean, name: string, title: string, body: () => void): void {
  if (!there && process.env[REQUIRED]) throw new Error(`${name} is missing and ${REQUIRED} is set: install it`);
  const block = there ? describe : describe.skip;
  block(`${title} (with ${name})`, body);
}
