// `simkey completion SHELL`: a script by which a shell completes the command, made of the grammar (grammar/) and of nothing else.

import { type Command, Option } from "commander";
import { CLOUD_NAMES } from "../../../firmware/clouds.js";
import { FAULTS as CLOUD } from "../../cloud/faults.js";
import { EVENTS } from "../../docs/events.js";
import { FAULTS as MODEM } from "../../modem/faults.js";
import { quoted } from "../output/shell.js";
import type { Surroundings } from "../parts/surroundings.js";

/** What may stand behind an option, or as an argument: some words, a file, or anything else. */
type Values = readonly string[] | "file" | undefined;

interface Row {
  name: string;
  help: string;
  options: readonly { long: string; help: string; takes: boolean; values: Values }[];
  argument: Values;
}

/** Placeholders that stand for a path. */
const PATHS = /<(file|dir|path)>/;
/** Words that may stand behind an option which takes more than them. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "--fault": [...MODEM, ...CLOUD].map(({ name }) => name),
  "--modem": ["sim", "tcp:", "serial:"],
  "--profile": CLOUD_NAMES,
};

/** The rows of the grammar. */
function rowsOf(program: Command): Row[] {
  return program.commands.map((command) => ({
    name: command.name(),
    help: command.description(),
    options: [...command.options.filter(({ hidden }) => !hidden), HELP].map(optionOf),
    argument: argumentOf(command),
  }));
}

const HELP = new Option("-h, --help", "what it takes, with examples");

function optionOf({ long, flags, description, argChoices }: Option) {
  const values = argChoices ?? WORDS[long!] ?? (PATHS.test(flags) ? ("file" as const) : undefined);
  return { long: long!, help: description, takes: /[<[]/.test(flags), values };
}

function argumentOf(command: Command): Values {
  const [argument] = command.registeredArguments;
  if (argument === undefined) return undefined;
  if (command.name() === "events") return Object.keys(EVENTS);
  return argument.argChoices ?? (/^(file|path|image)$/.test(argument.name()) ? "file" : undefined);
}

/** Of a description that which fits into a menu. */
const short = (text: string) => text.split(/[;(:]/, 1)[0]!.trim();

function bash(rows: readonly Row[]): string {
  const behind = rows.flatMap(({ name, options }) =>
    options.flatMap(({ long, takes, values }) =>
      takes ? [`    ${quoted(`${name} ${long}`)}) ${bashOf(values)};;`] : [],
    ),
  );
  const words = rows.map(
    ({ name, options, argument }) =>
      `    ${name}) case "$cur" in -*) ${bashOf(options.map(({ long }) => long))};; *) ${bashOf(argument)};; esac;;`,
  );
  return `# Completion of simkey for bash: source <(simkey completion bash)
_simkey() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then ${bashOf([...rows.map(({ name }) => name), "--help", "--version"])}; return; fi
  case "$command $prev" in
${behind.join("\n")}
    *) case "$command" in
${words.join("\n")}
    esac;;
  esac
}
complete -o default -F _simkey simkey
`;
}

function bashOf(values: Values): string {
  // Where nothing is offered, bash offers files.
  if (values === undefined || values === "file") return ":";
  return `COMPREPLY=($(compgen -W ${quoted(values.join(" "))} -- "$cur"))`;
}

function zsh(rows: readonly Row[]): string {
  const described = (entries: readonly (readonly [string, string])[]) =>
    entries.map(([word, help]) => quoted(`${word.replaceAll(":", "\\:")}:${short(help)}`)).join(" ");
  const behind = rows.flatMap(({ name, options }) =>
    options.flatMap(({ long, takes, values }) =>
      takes ? [`    ${quoted(`${name} ${long}`)}) ${zshOf(values)} ;;`] : [],
    ),
  );
  const words = rows.map(({ name, options, argument }) => {
    const list = described(options.map(({ long, help }) => [long, help]));
    return `      ${name}) words_=(${list}); _describe option words_; ${zshOf(argument)} ;;`;
  });
  return `#compdef simkey
# Completion of simkey for zsh: simkey completion zsh > ~/.zfunc/_simkey, where ~/.zfunc is in $fpath before compinit
_simkey() {
  local command="$words[2]" prev="$words[CURRENT-1]"
  local -a words_
  if (( CURRENT == 2 )); then
    words_=(${described(rows.map(({ name, help }) => [name, help]))})
    _describe command words_
    return
  fi
  case "$command $prev" in
${behind.join("\n")}
    *) case "$command" in
${words.join("\n")}
    esac ;;
  esac
}
if [ "$funcstack[1]" = _simkey ]; then _simkey "$@"; else compdef _simkey simkey; fi
`;
}

function zshOf(values: Values): string {
  if (values === undefined) return ":";
  return values === "file" ? "_files" : `compadd -- ${values.map(quoted).join(" ")}`;
}

function fish(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ name, help, options, argument }) => {
    const within = `complete -c simkey -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
    const behind = options.map(({ long, help: what, takes, values }) => {
      const taken = !takes
        ? ""
        : values === "file"
          ? " -r -F"
          : ` -x${values ? ` -a ${quoted(values.join(" "))}` : ""}`;
      return `${within} -l ${long.slice(2)}${taken} -d ${quoted(short(what))}`;
    });
    const own = argument === "file" ? [`${within} -F`] : argument ? [`${within} -a ${quoted(argument.join(" "))}`] : [];
    return [`complete -c simkey -n __fish_use_subcommand -a ${name} -d ${quoted(short(help))}`, ...behind, ...own];
  });
  return `# Completion of simkey for fish: simkey completion fish > ~/.config/fish/completions/simkey.fish
complete -c simkey -f
${lines.join("\n")}
`;
}

const MAKERS = { bash, zsh, fish } as const;
export const SHELLS = Object.keys(MAKERS) as (keyof typeof MAKERS)[];

/** Prints the script for a shell. @param program the grammar */
export function completionCommand(shell: keyof typeof MAKERS, program: Command, around: Surroundings): void {
  around.stdout(MAKERS[shell](rowsOf(program)));
}
