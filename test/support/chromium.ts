// Debian's Chromium, for tests of the page; where it is missing they are skipped, but not in CI (peers.ts).

import { execFileSync } from "node:child_process";
import { type Browser, chromium } from "playwright-core";

/** Its name as a program. */
export const CHROMIUM = "chromium";

/** Starts it, without a window. */
export function startChromium(): Promise<Browser> {
  const executablePath = execFileSync("sh", ["-c", `command -v ${CHROMIUM}`], { encoding: "utf8" }).trim();
  // In a container there are neither namespaces for its sandbox nor much shared memory; the pages are the project's own.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}
