#!/usr/bin/env node
// The `simkey` command: what can be asked of it, and how it ends. The work is in one module a subcommand.

import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Argument, Command, CommanderError, Option } from "commander";
import { CLOUD_NAMES, DEFAULT_CLOUD } from "../../firmware/clouds.js";
import { LIFETIME_LIMIT_S } from "../../firmware/jwt/claims.js";
import { SETTINGS } from "../../firmware/settings/table.js";
import { CONTROL_HELP } from "../modem/control.js";
import { RELEASE_BOARDS } from "../update/layouts.js";
import { anonymizeCommand } from "./commands/anonymize.js";
import { atCommand } from "./commands/at.js";
import { BUILD_TARGETS, buildCommand } from "./commands/build.js";
import { cloudCommand } from "./commands/cloud.js";
import { completionCommand, SHELLS } from "./commands/completion.js";
import { decodeCommand } from "./commands/decode.js";
import { doctorCommand } from "./commands/doctor.js";
import { eventsCommand } from "./commands/events.js";
import { fleetCommand } from "./commands/fleet.js";
import { ALGORITHMS, keygenCommand, PUBLIC_FORMS, RSA_BITS } from "./commands/keygen.js";
import { modemCommand } from "./commands/modem.js";
import { newCommand } from "./commands/new.js";
import { powerCommand, seconds } from "./commands/power.js";
import { RELEASE_FORMATS, releaseCommand } from "./commands/release.js";
import { rolloutCommand, stagesOf } from "./commands/rollout.js";
import { runCommand, SHOWN, TRACES } from "./commands/run.js";
import { UPDATE_SCENES } from "./commands/run-update.js";
import { sendCommand } from "./commands/send.js";
import { settingsCommand } from "./commands/settings.js";
import { stormCommand } from "./commands/storm.js";
import { tokenCommand } from "./commands/token.js";
import { describeError, EXIT, oneLine } from "./output/errors.js";
import { EXAMPLES, type Example, START } from "./output/examples.js";
import { describeUsage } from "./output/usage.js";
import { row, wrapped } from "./output/wrap.js";
import { watchForTheEnd } from "./parts/ending.js";
import { cloudFaultHelp, faultHelp } from "./parts/faults.js";
import { screenOf } from "./parts/screen.js";
import type { Surroundings } from "./parts/surroundings.js";
import { choice, cloud, collect, list, number, oneOf } from "./parts/values.js";
import { PUBLISH_FORMS, TOKEN_FIELDS, TRANSPORTS } from "./parts/way.js";

/** Columns of help where there is no terminal. */
const HELP_COLUMNS = 80;
/** Of an example, at most, if what it does is to stand beside it. */
const EXAMPLE_COLUMNS = 46;

const CA_HELP =
  "The cloud's CA file lies in ~/.simkey (or $SIMKEY_HOME) while it runs. A simkey run whose modem is a program on this machine (tcp:127.0.0.1:…, or serial: with a pseudo terminal) trusts all that lie there, besides the roots that are built in.";
const CONTROL_TITLE = 'The control port and --scenario take these, with "modem": N where there are several:';

/** A block of help below the options. */
function block({ screen }: Surroundings, title: string, lines: readonly string[] = []): string {
  const columns = screen?.columns() ?? HELP_COLUMNS;
  const wide = screen === undefined ? Number.POSITIVE_INFINITY : columns;
  return `\n${[wrapped(title, { columns, indent: 0 }), ...lines.map((line) => wrapped(`  ${line}`, { columns: wide, indent: 6 }))].join("\n")}\n`;
}

const { telemetryIntervalS, keepAliveS } = SETTINGS;

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

  simkey
    .command("run")
    .description("run the firmware in Node until enough telemetry is acknowledged")
    .option("--modem <where>", "sim, tcp:HOST:PORT, or serial:PATH[@BAUD]", "sim")
    .option("--profile <name>", `the cloud to talk to: ${CLOUD_NAMES.join(", ")} (default: ${DEFAULT_CLOUD})`, cloud)
    .addOption(choice("--transport <way>", "how to talk to it (default: mqtt)", TRANSPORTS))
    .addOption(choice("--publish-form <form>", "1nce by https: where the token stands (default: 1nce)", PUBLISH_FORMS))
    .option("--broker <url>", "a real broker: mqtt(s)://HOST:PORT; clear text to this machine only")
    .option("--key <file>", "private key that signs the device's token: PEM, DER or JWK; see simkey keygen")
    .option("--audience <aud>", "jwt: the token's audience")
    .option("--client-id <id>", "MQTT client id; google and clearblade: projects/P/locations/R/registries/G/devices/D")
    .addOption(choice("--token-in <field>", "jwt: field that bears the token", TOKEN_FIELDS).default("password"))
    .option("--username <text>", "jwt: what stands in the other field")
    .option("--alpn <name>", "jwt: protocol to ask for by ALPN")
    .option("--topic <base>", "jwt: topics begin with this (default: the client id)")
    .option("--lifetime <s>", "life of a token the device signs, in seconds", number("--lifetime", 1, 86_400), 3600)
    .option("--onboarding <url>", "another onboarding service than 1NCE's, https://HOST[:PORT]")
    .option("--ca <file>", "PEM file with the root for the onboarding host, instead of the built-in ones")
    .option(
      "--messages <n>",
      "end after this many acknowledged telemetry messages",
      number("--messages", 1, 1_000_000),
      5,
    )
    .option(
      "--interval <s>",
      "seconds between telemetry messages (default: 1)",
      number("--interval", ...telemetryIntervalS.range),
    )
    .option("--state <dir>", "keep what a device keeps in flash in this directory, mode 700 (default: in memory)")
    .option("--fault <name[=value][@time]>", "let something go wrong; repeat for more (see below)", collect, [])
    .option(
      "--delay-scale <x>",
      "factor on the simulated delays; 0 for none, and a modem that is on already",
      number("--delay-scale", 0, 100, false),
      1,
    )
    .option("--timeout <s>", "give up after this many seconds", number("--timeout", 1, 864_000), 120)
    .option("--config <file>", "JSON file with settings of the device")
    .option("--app <file>", "the app of a device of your own (default: what simkey.json of this folder names)")
    .option(
      "--command <json>",
      'what the simulated cloud sends, such as \'{"cmd":"ping"}\'; repeat for more',
      collect,
      [],
    )
    .option(
      "--page",
      "show this run on a page at 127.0.0.1, and let it be touched there; it goes on until Ctrl-C",
      false,
    )
    .addOption(
      new Option("--update [scene]", "show an update at the desk, in virtual time, and what may become of it")
        .choices(Object.keys(UPDATE_SCENES))
        .preset("story"),
    )
    .option("--watch", "begin anew whenever a file of this folder is saved", false)
    .option("--json", "print one JSON object a line", false)
    .option("--record <file>", "write what host and modem say, as JSON lines, secrets taken out")
    .addOption(list("--trace <layers>", "show what is said: at, mqtt, http, cloud; more with commas", TRACES))
    .addOption(list("--show <what>", "show what the device's messages say: payload", SHOWN))
    .addHelpText("after", () => faultHelp(around.screen?.columns()))
    .action((options, command) => runCommand(options, around, (name) => command.getOptionValueSource(name) === "cli"));

  simkey
    .command("send")
    .description("ask a run in another terminal for what its prompt takes: ping, fault …, signal …; help tells what")
    .argument("<words...>", 'what is asked, such as ping, \'{"cmd":"status"}\', fault no-coverage, signal -110')
    .option("--to <pid>", "which run, where several are on", number("--to", 1, 2 ** 31 - 1))
    .allowUnknownOption()
    .action((words, options) => sendCommand(words, options, around));

  simkey
    .command("new")
    .description("make a project for a device of your own")
    .argument("<path>", "folder to be made; its last part is the project's name")
    .action((path) => newCommand(path, around));

  simkey
    .command("build")
    .description("make an image of the project in this folder, with the Moddable SDK")
    .addArgument(worded(new Argument("[board]", "for which board (default: the one in simkey.json)"), BUILD_TARGETS))
    .argument("[flags...]", "behind --: flags for mcconfig, such as -d, or -t deploy")
    .action((board, flags) => buildCommand(board, flags));

  simkey
    .command("modem")
    .description(
      "a simulated SIM7080G for other programs, powered on: on a TCP port, a pseudo terminal, or stdin and stdout",
    )
    .addOption(choice("--model <name>", "which modem it is", ["SIM7080", "SIM7070"]).default("SIM7080"))
    .option("--identity <text>", "what AT+CGMM tells, e.g. SIMCOM_SIM7080, which Zephyr's driver wants")
    .option("--listen <host:port>", "where to offer its UART", "127.0.0.1:7080")
    .option("--pty", "offer it as a serial port instead, through socat", false)
    .option("--link <path>", "a symbolic link to that serial port")
    .option("--stdio", "offer it on stdin and stdout instead", false)
    .option("--count <n>", "so many modems, on ports and SIMs that follow each other", number("--count", 1, 100), 1)
    .option("--replay <file>", "play back a modem that run or at --record has heard, instead of simulating one")
    .option("--control <host:port>", "take wishes as JSON lines there (see below)")
    .option("--scenario <file>", 'JSON list of wishes, each with its second: {"at":60,"do":"signal","dbm":-110}')
    .option("--cloud <host:port>", "a running simkey cloud (default: one of its own)")
    .option("--sim <n>", "number of the simulated SIM", number("--sim", 0, 999_999), 1)
    .option("--fault <name[=value]>", "let something go wrong; repeat for more", collect, [])
    .option(
      "--delay-scale <x>",
      "factor on the modem's and network's delays",
      number("--delay-scale", 0, 100, false),
      1,
    )
    .option("--latency <ms>", "the radio's, each way, in milliseconds", number("--latency", 0, 60_000), 0)
    .option(
      "--bandwidth <bytes>",
      "the radio's, each way, in bytes a second (default: no limit)",
      number("--bandwidth", 1, 1e9),
    )
    .option("--loss <percent>", "segments that come late because one was lost", number("--loss", 0, 100, false), 0)
    .addOption(choice("--rat <name>", "the only technology of the network", ["LTE-M", "NB-IoT", "GSM"]))
    .option("--signal <dbm>", "RSSI; RSRP and RSRQ follow (default: -74)", number("--signal", -140, -40))
    .option("--dial <name=host:port>", "lead this host name there, on any port; repeat for more", collect, [])
    .option("--commands", "print the commands it has, by the manual's sections, and those it has not", false)
    .option("--json", "print one JSON object a line", false)
    .addHelpText(
      "after",
      () => block(around, CA_HELP) + block(around, CONTROL_TITLE, CONTROL_HELP) + faultHelp(around.screen?.columns()),
    )
    .action((options) => modemCommand(options, around));

  simkey
    .command("cloud")
    .description("the simulated cloud: 1NCE's onboarding and AWS IoT Core's front on one TLS port")
    .option("--listen <host:port>", "where to listen", "127.0.0.1:8443")
    .option("--fault <name[=value]>", "let something go wrong; repeat for more", collect, [])
    .option("--json", "print one JSON object a line", false)
    .addHelpText("after", () => block(around, CA_HELP) + cloudFaultHelp(around.screen?.columns()))
    .action((options) => cloudCommand(options, around));

  simkey
    .command("at")
    .description("an AT console on a modem; URCs are shown as they come")
    .option("--modem <where>", "sim, tcp:HOST:PORT, or serial:PATH[@BAUD]", "sim")
    .option("--fault <name[=value]>", "let something go wrong (see simkey run --help); repeat for more", collect, [])
    .option("--record <file>", "write what host and modem say, as JSON lines, secrets taken out")
    .action((options) => atCommand(options, around));

  simkey
    .command("anonymize")
    .description("print a log or record with stand-ins for ICCID, IMEI, IMSI, numbers, addresses, cells and tokens")
    .argument("<file>", "what to read")
    .action((file) => anonymizeCommand(file, around));

  simkey
    .command("power")
    .description(
      "reckon the charge of a record and the years on two AA cells, from public currents and simulated seconds",
    )
    .option("--every <time>", "between two records, as 30m; left out: four usual rhythms", seconds)
    .option("--batch <n>", "records gathered for one wake of the modem", number("--batch", 1, 48), 1)
    .option("--listen <s>", "seconds of listening for commands", number("--listen", 0, 3_600), 2)
    .addOption(choice("--form <form>", "how a record is written", ["json", "compact"]).default("compact"))
    .option("--assume <name=value>", "another current or cell than is assumed; repeat for more", collect, [])
    .option("--json", "print one JSON object a line", false)
    .action((options) => powerCommand(options, around));

  simkey
    .command("decode")
    .description("print the records in a message that a device has published, JSON or compact, one a line")
    .argument("<payload>", "hexadecimal, base64 or JSON; - takes the bytes from stdin")
    .action((payload) => decodeCommand(payload, around));

  simkey
    .command("doctor")
    .description("check power, SIM, registration, PDP context, signal, time, DNS and TLS, and say what to do")
    .option("--modem <where>", "sim, tcp:HOST:PORT, or serial:PATH[@BAUD]", "sim")
    .option("--fault <name[=value]>", "let something go wrong (see simkey run --help); repeat for more", collect, [])
    .option(
      "--delay-scale <x>",
      "factor on the simulated delays; 0 for none",
      number("--delay-scale", 0, 100, false),
      1,
    )
    .option("--config <file>", "JSON file with settings of the device")
    .option("--ca <file>", "PEM file with the root that the endpoint's certificate leads to")
    .option("--json", "print one JSON object a line", false)
    .action((options) => doctorCommand(options, around));

  simkey
    .command("events")
    .description("explain what a device says in its log: all events, or one with its fields")
    .argument("[name]", "an event, as in the log")
    .action((name) => eventsCommand(name, around));

  simkey
    .command("settings")
    .description("explain what can be set on a device: all settings, those of this project's app too, or one")
    .argument("[name]", "a setting")
    .action((name) => settingsCommand(name, around));

  simkey
    .command("keygen")
    .description("make a key for a device that signs its own token; prints the public half, to be registered")
    .requiredOption("--out <file>", "where to write the private key (mode 600); never over another file")
    .addOption(choice("--alg <name>", "what it signs", ALGORITHMS).default("ES256"))
    .option("--bits <n>", "size of an RS256 key (default: 2048)", number("--bits", RSA_BITS.least, RSA_BITS.most))
    .addOption(choice("--public <form>", "how to print the public half", PUBLIC_FORMS).default("pem"))
    .action((options) => keygenCommand(options, around));

  simkey
    .command("token")
    .description("print a token signed with a device's key; with --verify, check one by its public key")
    .requiredOption("--key <file>", "private key as PEM, DER or JWK; to verify: public key or certificate as such")
    .option("--verify <token>", "check this token; - reads it from stdin")
    .option("--audience <aud>", "claim aud; to verify: what it must be")
    .option("--lifetime <s>", "seconds from iat to exp", number("--lifetime", 1, LIFETIME_LIMIT_S), 3600)
    .option("--issuer <text>", "claim iss")
    .option("--subject <text>", "claim sub")
    .option("--scope <text>", "claim scope")
    .option("--jti <text>", "claim jti")
    .option("--nbf", "claim nbf, equal to iat", false)
    .option("--kid <text>", "names the key in the header")
    .option("--claim <name=value>", "another claim, its value JSON or text; repeat for more", collect, [])
    .action((options) => tokenCommand(options, around));

  simkey
    .command("release")
    .description("sign an image and pack it: its manifests and files, with their sizes and whether a slot holds them")
    .argument("<image>", "the app of a build, e.g. build/simkey.bin")
    .requiredOption("--key <file>", "P-256 private key that releases are signed by: PEM, DER or JWK; see simkey keygen")
    .requiredOption("--kid <name>", "the key's name, as images have it built in")
    .option("--seq <n>", "number of the release: must be the one that the image says", number("--seq", 1, 2 ** 31 - 1))
    .addOption(choice("--board <name>", "what it is for", Object.keys(RELEASE_BOARDS)).makeOptionMandatory())
    .requiredOption("--url <https://…>", "folder that the files will lie in")
    .option("--base <file>", "the image that devices run now: makes a patch of it as well")
    .option("--out <dir>", "where to write the files and manifests", "release")
    .option("--min-base <n>", "least seq of the image that is followed", number("--min-base", 0, 2 ** 31 - 1))
    .option("--not-before <time>", "nothing is fetched before, e.g. 2027-01-31T08:00:00Z")
    .option("--spread <s>", "seconds over which devices begin", number("--spread", 0, 7 * 86_400))
    .addOption(list("--format <names>", "only these, instead of all that fit", RELEASE_FORMATS))
    .option("--json", "print one JSON object a line", false)
    .action((image, options) => releaseCommand(image, options, around));

  simkey
    .command("rollout")
    .description("tell a fleet of a release, stage by stage; stops when too many fail, and goes on where it ended")
    .argument("<manifest>", "what simkey release wrote, e.g. release/esp32-breakout-7.deflate.jws")
    .requiredOption("--devices <file>", "ICCIDs, one a line")
    .requiredOption("--broker <url>", "mqtt(s)://HOST:PORT; a secret goes in clear to this machine only")
    .option("--username <text>", "user name")
    .option("--password-file <file>", "its first line is the password")
    .option("--ca <file>", "PEM file with the broker's root (default: those that Node trusts)")
    .option("--cert <file>", "the operator's certificate, PEM, as AWS IoT Core wants one")
    .option("--cert-key <file>", "its private key, PEM")
    .option("--alpn <name>", "protocol to ask for by ALPN")
    .option("--client-id <id>", "MQTT client id", "simkey-rollout")
    .option("--topic <pattern>", "where a device hears of updates; it reports below", "{device}/update")
    .option("--stages <list>", "per cent of the devices", stagesOf, [5, 25, 100])
    .option("--stop-at <percent>", "failures of those who were told", number("--stop-at", 0, 100, false), 5)
    .option("--patience <h>", "hours that a stage waits for silent devices", number("--patience", 0, 8_784, false), 24)
    .option("--quorum <percent>", "of a stage that must have confirmed by then", number("--quorum", 0, 100, false), 50)
    .option("--state <file>", "where it keeps who was told (default: beside the manifest)")
    .option("--no-retain", "tell only those who listen, or whose session lasts")
    .option("--json", "print one JSON object a line", false)
    .action((manifest, options) => rolloutCommand(manifest, options, around));

  simkey
    .command("fleet")
    .description("many devices on one real broker, over real sockets, without modems")
    .requiredOption("--broker <url>", "mqtt(s)://HOST:PORT; a secret goes in clear to this machine only")
    .option("--devices <n>", "how many", number("--devices", 1, 25_000), 100)
    .option("--first <n>", "number of the first device", number("--first", 0, 100_000_000), 0)
    .option(
      "--index-from-env <name>",
      "variable with this process's index among many: --first moves on by --devices each",
    )
    .option("--client-id <pattern>", "{index} is the device's number, {index:6} with zeros in front", "simkey-{index}")
    .option("--topic <pattern>", "topics begin with this (default: the client id)")
    .option("--username <pattern>", "user name")
    .option("--password-file <file>", "its first line is everybody's password")
    .option("--key <pattern>", "private key that signs a JWT (PEM, DER, JWK), one for all or one for each {index}")
    .option("--audience <aud>", "the JWT's audience")
    .addOption(choice("--token-in <field>", "field that bears the JWT", TOKEN_FIELDS).default("password"))
    .option("--lifetime <s>", "life of a JWT, in seconds", number("--lifetime", 1, 86_400), 3600)
    .option("--ca <file>", "PEM file with the root that the broker's certificate leads to")
    .option("--alpn <name>", "protocol to ask for by ALPN")
    .option("--ramp <n>", "connections a second at most", number("--ramp", 0.1, 1_000, false), 50)
    .option(
      "--interval <s>",
      "seconds between a device's records",
      number("--interval", ...telemetryIntervalS.range),
      10,
    )
    .option("--keep-alive <s>", "MQTT keep-alive", number("--keep-alive", ...keepAliveS.range), keepAliveS.default)
    .option("--duration <s>", "how long, in seconds", number("--duration", 1, 864_000), 60)
    .option("--every <s>", "seconds between two lines of counters", number("--every", 1, 3_600), 1)
    .option("--json", "print one JSON object a line", false)
    .action((options) => fleetCommand(options, around));

  simkey
    .command("storm")
    .description("many devices in virtual time with faults at every seam, and every promise checked on each")
    .option("--seeds <n>", "how many devices", number("--seeds", 1, 1_000_000), 20)
    .option("--hours <h>", "virtual hours of each", number("--hours", 1, 8_784), 24)
    .option("--seed <s>", "the first seed; the others follow it", number("--seed", 0, 1e9), 1)
    .option("--threads <n>", "how many at a time", number("--threads", 0, 64), 2)
    .option("--app <file>", "all devices have this app (default: the one of the project in this folder)")
    .option("--resume <file>", "keep results here, and go on where an earlier run ended; {index} is the process's")
    .option("--index-from-env <name>", "variable with this process's index among many: --seed moves on by --seeds each")
    .option("--merge <dir>", "run nothing: join the results that lie there, *.jsonl, into one summary")
    .option("--schedule <file>", "run one device with the faults of this file instead (see --shrink)")
    .option("--shrink", "look for the fewest faults that break a promise, and write them to storm-SEED.json", false)
    .option("--json", "print one JSON object a line", false)
    .action((options) => stormCommand(options, around));

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

/** Lines to type, with what each does. */
function examples({ screen }: Surroundings, title: string, list: readonly Example[]): string {
  const columns = screen?.columns() ?? HELP_COLUMNS;
  const term = Math.max(...list.map(([line]) => line.length));
  const rows = list.map(([line, what]) => row(line, what, { columns, left: 4, term: Math.min(term, EXAMPLE_COLUMNS) }));
  return title === "Start here:" ? `${title}\n${rows.join("\n")}\n` : `\n${title}\n${rows.join("\n")}`;
}

/** An argument that is one of some words. */
function worded(argument: Argument, words: readonly string[]): Argument {
  return argument.choices(words).argParser((text: string) => oneOf(`<${argument.name()}>`, words, text));
}

/**
 * Runs the command.
 * @param args arguments behind the program's name
 * @param version of the package
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage
 */
export async function main(args: readonly string[], around: Surroundings, version?: string): Promise<number> {
  const grammar = program(around, version);
  try {
    await grammar.parseAsync(args, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.ok;
      if (error.code !== "commander.help") around.stderr(`simkey: ${describeUsage(error, grammar, args)}\n`);
      return EXIT.usage;
    }
    const { line, code } = describeError(error);
    if (line !== "") around.stderr(`simkey: ${oneLine(line)}\n`);
    return code;
  }
}

// npm links the command, so the two paths must be compared resolved.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { version } = createRequire(import.meta.url)("../../../package.json") as { version: string };
  const ending = watchForTheEnd();
  const around: Surroundings = {
    stdin: process.stdin,
    stdout: (text) => process.stdout.write(text),
    stdoutBytes: (bytes) => process.stdout.write(bytes),
    stderr: (text) => process.stderr.write(text),
    env: process.env,
    ...(process.stdout.isTTY && { screen: screenOf(process) }),
    get interrupted() {
      return ending.interrupted();
    },
  };
  const code = await main(process.argv.slice(2), around, version);
  process.exitCode = ending.code() ?? code;
}
