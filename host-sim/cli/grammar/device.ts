// The grammar of what is done with one device: run it, talk to it, begin a project of one, build its image.

import { Argument, type Command, Option } from "commander";
import { CLOUD_NAMES, DEFAULT_CLOUD } from "../../../firmware/clouds.js";
import { SETTINGS } from "../../../firmware/settings/table.js";
import { BUILD_TARGETS, buildCommand } from "../commands/build.js";
import { newCommand } from "../commands/new.js";
import { runCommand } from "../commands/run.js";
import { UPDATE_SCENES } from "../commands/run-update.js";
import { sendCommand } from "../commands/send.js";
import { faultHelp } from "../parts/faults.js";
import { SHOWN, TRACES } from "../parts/run-options.js";
import type { Surroundings } from "../parts/surroundings.js";
import { choice, cloud, collect, list, number, worded } from "../parts/values.js";
import { PUBLISH_FORMS, TOKEN_FIELDS, TRANSPORTS } from "../parts/way.js";

const { telemetryIntervalS } = SETTINGS;

/** Adds run, send, new and build. */
export function deviceCommands(simkey: Command, around: Surroundings): void {
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
}
