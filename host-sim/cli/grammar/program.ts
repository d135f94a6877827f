// The command's grammar as a whole: what is of all commands, and the groups of them in the order of the help.

import { Argument, Command } from "commander";
import { completionCommand, SHELLS } from "../commands/completion.js";
import { EXAMPLES, START } from "../output/examples.js";
import { row } from "../output/wrap.js";
import type { Surroundings } from "../parts/surroundings.js";
import { worded } from "../parts/values.js";
import { deskCommands } from "./desk.js";
import { deviceCommands } from "./device.js";
import { examples, HELP_COLUMNS } from "./help.js";
import { keyCommands } from "./keys.js";
import { manyCommands } from "./many.js";

/** The command's grammar: the one table of commands and options, which help and completion are made of. */
export function program(around: Surroundings, version = "0.0.0"): Command {
  const simkey = new Command("simkey")
    .description(
      "Firmware for an ESP32 with a SIM7080G modem, whose SIM card is its identity, on this desk: against a simulated modem and cloud, or a real modem.",
    )
    .version(version)
    .configureHelp({
      // Any width is wrapped to, and `row` sees to it that no word is broken.
      minWidthToWrap: 1,
      formatItem: (term, termWidth, description, { helpWidth: columns = HELP_COLUMNS }) =>
        row(term, description, { columns, left: 2, term: termWidth + 1 }),
    })
    .configureOutput({
      writeOut: around.stdout,
      writeErr: around.stderr,
      getOutHelpWidth: () => around.screen?.columns() ?? HELP_COLUMNS,
      getErrHelpWidth: () => around.screen?.columns() ?? HELP_COLUMNS,
      // Said by describeUsage.
      outputError: () => {},
    })
    .exitOverride();

  deviceCommands(simkey, around);
  deskCommands(simkey, around);
  keyCommands(simkey, around);
  manyCommands(simkey, around);

  simkey
    .command("completion")
    .description("print a script by which a shell completes this command")
    .addArgument(worded(new Argument("<shell>", "which shell"), SHELLS))
    .action((shell) => completionCommand(shell, simkey, around));

  simkey.addHelpText("before", () => examples(around, "Start here:", START));
  for (const command of simkey.commands) {
    const own = EXAMPLES[command.name()];
    if (own) command.addHelpText("after", () => examples(around, "Examples:", own));
  }
  return simkey;
}
