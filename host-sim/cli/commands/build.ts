// `simkey build BOARD`: the project of this folder as an image for a board, by the Moddable SDK.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { tableOf } from "../../../firmware/compose.js";
import { UsageError } from "../output/errors.js";
import { configured } from "../parts/configured.js";
import { loadApp, PROJECT_FILE, projectIn, TARGET_BOARDS } from "../parts/project.js";

const SCRIPT = fileURLToPath(new URL("../../../../scripts/build-target.js", import.meta.url));
/** What can be built for: platform lin of the SDK besides the boards. */
export const BUILD_TARGETS = [...Object.keys(TARGET_BOARDS), "lin"];

/** An image was not made; the tools have said why. */
export class BuildError extends Error {}

/**
 * @param board left out: the one that simkey.json names
 * @param flags for mcconfig, such as -d, or -t deploy
 * @throws UsageError, ConfigError for an app or settings that do not go with the device; BuildError
 */
export async function buildCommand(board: string | undefined, flags: readonly string[]): Promise<void> {
  const project = projectIn(process.cwd());
  if (project === undefined) {
    throw new UsageError(`no ${PROJECT_FILE} is here: go to your project's folder, or make one with simkey new NAME`);
  }
  // What is wrong with them is told here, and not by a device in the field.
  const app = await loadApp(project.app!);
  configured(project.settings, tableOf(app));
  const args = [SCRIPT, board ?? project.board, "--project", project.folder, ...flags];
  const child = spawn(process.execPath, args, { stdio: "inherit" });
  const code = await new Promise<number | null>((done) => child.once("close", done));
  if (code !== 0) throw new BuildError("");
}
