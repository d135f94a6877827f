// Folders that the user names, for what is no secret.

import { plainDirectory, UnsafePath } from "../../platform/private-files.js";
import { UsageError } from "../output/errors.js";

/** Makes a folder, and those above it. @param option what named it, for the message @throws UsageError where it cannot be made */
export function makeFolder(path: string, option: string): void {
  try {
    plainDirectory(path);
  } catch (error) {
    if (error instanceof UnsafePath) throw new UsageError(`${option}: ${error.message}`);
    throw error;
  }
}
