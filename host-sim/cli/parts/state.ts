// What a device keeps in its flash: in memory, or in a directory that outlives the run.

import { join } from "node:path";
import { FileFlash } from "../../platform/file-flash.js";
import { FileKeyValue } from "../../platform/key-value.js";
import { NorFlash } from "../../platform/nor-flash.js";
import { BoardMemory } from "../../platform/reset-memory.js";
import { MemoryKeyValue } from "../../world/key-value.js";
import { describeError, UsageError } from "../output/errors.js";
import type { Memory } from "./board.js";

/** @param directory of `--state`; undefined: in memory @throws UsageError for one that cannot be used */
export function openState(directory: string | undefined): Memory {
  const reset = new BoardMemory();
  try {
    return directory === undefined
      ? { keyValue: new MemoryKeyValue(), flash: new NorFlash(), reset }
      : { keyValue: new FileKeyValue(directory), flash: new FileFlash(join(directory, "outbox.flash")), reset };
  } catch (error) {
    throw new UsageError(`--state: ${describeError(error).line}`);
  }
}
