// The commands that a device obeys, as a form needs them: from the tables that the firmware itself reads them by.

import { commands as everyDevices } from "../../../firmware/app/commands.js";
import type { AppArgs, AppCommands } from "../../../firmware/platform/app.js";

/** One command. */
export interface CommandForm {
  name: string;
  help: string;
  args: AppArgs;
}

export type CommandTable = readonly CommandForm[];

/** Those of every device, and those of an app. */
export function commandsOf(app: AppCommands | undefined): CommandTable {
  const all: Record<string, { help: string; args?: AppArgs | undefined }> = { ...everyDevices, ...app };
  return Object.entries(all).map(([name, { help, args = {} }]) => ({ name, help, args }));
}
