// What is said when the command line makes no sense to its parser: the thing once, and where to read on.

import type { Command, CommanderError } from "commander";
import { meant } from "../parts/nearest.js";
import { oneLine } from "./errors.js";

/** The subcommand that arguments name. */
export const commandNamed = (program: Command, args: readonly string[]): Command | undefined =>
  program.commands.find((each) => each.name() === args[0] || each.aliases().includes(args[0] ?? ""));

/** One line for what the parser did not take. @param args all arguments behind the program's name */
export function describeUsage(error: CommanderError, program: Command, args: readonly string[]): string {
  const command = commandNamed(program, args);
  const where = command === undefined ? "simkey --help" : `simkey ${command.name()} --help`;
  const named = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  return `${sentence(error, command ?? program, named)}; see ${where}`;
}

/** What is not said on the command line, and where it is. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "--board": "the board stands in simkey.json",
  set: 'settings stand in simkey.json, as "settings": {"telemetryIntervalS": 30}, or in a file for simkey run --config',
};

/** `; did you mean X?`, or where such a thing is said. */
const instead = (named: string, known: readonly string[]) =>
  Object.hasOwn(ELSEWHERE, named) ? `; ${ELSEWHERE[named]}` : meant(named, known);

function sentence(error: CommanderError, command: Command, named: string): string {
  const option = command.options.find(({ flags }) => flags === named);
  const value = named.slice(named.indexOf(" ") + 1);
  switch (error.code) {
    case "commander.optionMissingArgument":
      return `${option?.long ?? named} needs its ${value}: ${option?.description}`;
    case "commander.missingMandatoryOptionValue":
      return `${named} is missing: ${option?.description}`;
    case "commander.missingArgument": {
      const argument = command.registeredArguments.find((each) => each.name() === named);
      return `<${named}> is missing: ${argument?.description}`;
    }
    case "commander.unknownCommand":
      return `there is no command "${named}"${instead(
        named,
        command.commands.map((each) => each.name()),
      )}`;
    case "commander.unknownOption":
      return `there is no option ${named}${instead(
        named,
        command.options.map(({ long }) => long ?? ""),
      )}`;
    case "commander.excessArguments": {
      const [taken = "0", got = "0"] = error.message.match(/\d+/g) ?? [];
      return `${command.name()} takes ${taken === "0" ? "no argument" : `at most ${taken}`}, and here ${got === "1" ? "is one" : `are ${got}`}`;
    }
    default:
      return oneLine(error.message.replace(/^error: /, "")).replace(/\.$/, "");
  }
}
