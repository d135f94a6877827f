// The grammar of what stands on the desk, modem and cloud, and of what is read from a device, its log and its records.

import type { Command } from "commander";
import { CONTROL_HELP } from "../../modem/control.js";
import { anonymizeCommand } from "../commands/anonymize.js";
import { atCommand } from "../commands/at.js";
import { cloudCommand } from "../commands/cloud.js";
import { decodeCommand } from "../commands/decode.js";
import { doctorCommand } from "../commands/doctor.js";
import { eventsCommand } from "../commands/events.js";
import { modemCommand } from "../commands/modem.js";
import { powerCommand, seconds } from "../commands/power.js";
import { settingsCommand } from "../commands/settings.js";
import { cloudFaultHelp, faultHelp } from "../parts/faults.js";
import type { Surroundings } from "../parts/surroundings.js";
import { choice, collect, number } from "../parts/values.js";
import { block } from "./help.js";

const CA_HELP =
  "The cloud's CA file lies in ~/.simkey (or $SIMKEY_HOME) while it runs. A simkey run whose modem is a program on this machine (tcp:127.0.0.1:…, or serial: with a pseudo terminal) trusts all that lie there, besides the roots that are built in.";
const CONTROL_TITLE = 'The control port and --scenario take these, with "modem": N where there are several:';

/** Adds modem, cloud, at, anonymize, power, decode, doctor, events and settings. */
export function deskCommands(simkey: Command, around: Surroundings): void {
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
    .option(
      "--endpoint <host[:port]>",
      "shake hands with this broker too, and say whether it gives TLS session tickets",
    )
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
}
