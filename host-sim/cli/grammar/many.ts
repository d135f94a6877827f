// The grammar of what concerns many devices: releases and who is told of them, load on a broker, a storm of faults.

import type { Command } from "commander";
import { SETTINGS } from "../../../firmware/settings/table.js";
import { RELEASE_BOARDS } from "../../update/layouts.js";
import { fleetCommand } from "../commands/fleet.js";
import { RELEASE_FORMATS, releaseCommand } from "../commands/release.js";
import { rolloutCommand, stagesOf } from "../commands/rollout.js";
import { SEEDS, stormCommand } from "../commands/storm.js";
import type { Surroundings } from "../parts/surroundings.js";
import { choice, list, number } from "../parts/values.js";
import { TOKEN_FIELDS } from "../parts/way.js";

const { telemetryIntervalS, keepAliveS } = SETTINGS;

/** Adds release, rollout, fleet and storm. */
export function manyCommands(simkey: Command, around: Surroundings): void {
  simkey
    .command("release")
    .description("sign an image and pack it: its manifests and files, with their sizes and whether a slot holds them")
    .argument("<image>", "the app of a build, e.g. build/esp32c3.bin")
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
    .option("--client-id <id>", "MQTT client id (default: one for each manifest)")
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
    .option(
      "--seeds <n>",
      `how many devices (default: ${SEEDS}; with --merge: as many as there are)`,
      number("--seeds", 1, 1_000_000),
    )
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
}
