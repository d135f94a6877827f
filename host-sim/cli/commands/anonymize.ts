// `simkey anonymize FILE`: a log or record without the numbers that tell whose it is, on stdout.

import { readFileSync } from "node:fs";
import { anonymize } from "../../modem/anonymize.js";
import { UsageError } from "../output/errors.js";
import type { Surroundings } from "../parts/surroundings.js";

/** Beyond it a log is better cut first. */
const LIMIT_BYTES = 64 * 1024 * 1024;

/** @throws UsageError where the file cannot be read */
export function anonymizeCommand(path: string, around: Surroundings): void {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new UsageError(`cannot read ${path}`);
  }
  if (text.length > LIMIT_BYTES) throw new UsageError(`${path} is longer than ${LIMIT_BYTES} bytes`);
  const { text: clean, replaced } = anonymize(text);
  around.stdout(clean);
  around.stderr(`${replaced} things replaced; look through the rest before you publish it\n`);
}
