// Stands on the page for modem/commands/own-clients.ts (scripts/build-page.js sees to it): nobody on the page uses these commands
// but whoever types them, so they come once it is drawn.

import type { CommandTable } from "../../modem/command.js";
import { COMMANDS } from "../../modem/commands/index.js";

export const OWN_CLIENTS: CommandTable = {};

/** Loads them: the module of each world knows them from then on. */
export async function loadCommands(): Promise<void> {
  const late = await import("../../modem/commands/own-clients.js");
  Object.assign(COMMANDS, late.OWN_CLIENTS);
}
