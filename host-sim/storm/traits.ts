// What was drawn for a device, in words, for a table over many seeds: a row for all that differs from device to device before
// anything goes wrong. What a device has no use for is said to be of none, so that a count is one of devices that it mattered to.

import { restsBetween } from "../../firmware/settings/rules.js";
import type { Config } from "../../firmware/settings/table.js";
import { SETTINGS } from "../../firmware/settings/table.js";
import { QUIRKS, type Setup, STORM_APP, SURROUNDINGS } from "./setup.js";

const APPS = { none: "the default app", storm: STORM_APP, given: "the one that it was given too" } as const;
const TICKETS = { resume: "resumed", refuse: "refused", none: "none given" } as const;
const LEFT_OUT = "left out";
const HOUR_S = 3_600;
/** A longer name is told by its length: the table is read by people. */
const NAME_SHOWN = 34;

const yes = (is: boolean | undefined) => (is ? "yes" : "no");
const listed = (bands: readonly number[] | undefined) => bands?.join(" ") ?? LEFT_OUT;

function named(name: string | undefined): string {
  if (name === undefined) return LEFT_OUT;
  return name.length <= NAME_SHOWN ? name : `${name.length} characters`;
}

/** A number in steps that a table can show. @param steps the most of each, the last one of all */
function upTo(value: number, unit: string, ...steps: readonly number[]): string {
  const most = steps.find((step) => value <= step);
  return most === undefined ? `over ${steps.at(-1)} ${unit}` : most === 0 ? `0 ${unit}` : `to ${most} ${unit}`;
}

/** All that was drawn, by name. */
export function traitsOf(setup: Setup): Record<string, string> {
  return {
    ...settingTraits(setup),
    ...powerTraits(setup),
    ...nameTraits(setup),
    ...outfitTraits(setup),
    ...updateTraits(setup),
  };
}

/** Settings of the way to the cloud, and of what goes over it. */
function settingTraits({ config, tickets, storeIsEncrypted }: Setup): Record<string, string> {
  const { commandBurst = SETTINGS.commandBurst.default, commandEveryS = SETTINGS.commandEveryS.default } = config;
  return {
    transport: config.transport,
    fallback: config.fallback,
    session: config.session,
    "TLS sessions": TICKETS[tickets],
    "TLS sessions are kept in": config.tlsSessions ?? LEFT_OUT,
    "encrypted store": yes(storeIsEncrypted),
    "form of a publish": config.publishForm ?? LEFT_OUT,
    "missing root": config.missingRoot ?? LEFT_OUT,
    "line speed": String(config.modemBaud),
    "access technology": config.rat ?? LEFT_OUT,
    bands: listed(config.bandsLteM),
    "bands of NB-IoT": listed(config.bandsNbIot),
    "keep-alive": upTo(config.keepAliveS, "s", 60, 600, 1_200),
    "interval of telemetry": upTo(config.telemetryIntervalS, "s", 60, 150, 900, 1_800),
    "form of a record": config.recordForm ?? "json",
    "commands at once": upTo(commandBurst, "", 5, 10, 20).trim(),
    "then one each": upTo(commandEveryS, "s", 10, 30, 60),
    "day's volume, KB": String(config.dataBudgetKbPerDay || "not bounded"),
    "card asks for a PIN": yes(config.pin !== undefined),
  };
}

/** What its modem and its chip do between two wakes, and what it looks for. */
function powerTraits({ config, deepSleep }: Setup): Record<string, string> {
  const { power, positionS = 0 } = config;
  const psm = (value: string) => (power === "psm" ? value : "no psm");
  const { psmActiveS = 0, psmPeriodS = 0, edrxCycleS = 0, listenS = 0 } = config;
  return {
    power,
    "psm: period, h": psm(String(psmPeriodS / HOUR_S)),
    "psm: active time": psm(upTo(psmActiveS, "s", 0, 10, 30)),
    "edrx: cycle": power === "edrx" ? upTo(edrxCycleS, "s", 20, 40, 82) : "no edrx",
    "listens before it rests": restsBetween(power) ? upTo(listenS, "s", 0, 10, 20) : "does not rest",
    "records a wake": String(config.recordsPerWake ?? 1),
    "sends at once when": config.sendAtOnceWhen ?? "never",
    "deep sleep": yes(deepSleep),
    "looks for its position": positionS === 0 ? "no" : upTo(positionS, "s", 1_800, 3_600, 5_400),
    "and for so long": positionS === 0 ? "does not look" : upTo(config.positionWaitS ?? 0, "s", 90, 120),
  };
}

/** Names that it talks to, and whom it trusts. */
function nameTraits({ config, cloud, alg }: Setup): Record<string, string> {
  const { onboardingHost, onboardingPort = SETTINGS.onboardingPort.default } = config;
  return {
    cloud: cloud === "jwt" ? `a JWT of its own, ${alg}` : "1NCE",
    "access point name": named(config.apn),
    "onboarding host": named(onboardingHost),
    "onboarding port": String(onboardingPort),
    "endpoints that it takes": patternShown(config.endpointPattern),
    "NTP host": named(config.ntpHost),
  };
}

/** A pattern with as many of its last characters as there is room for. */
function patternShown(pattern: Config["endpointPattern"] | undefined): string {
  return pattern === undefined || pattern.startsWith("*") ? named(pattern) : "one name";
}

/** The device, and what stands around it. */
function outfitTraits({ config, radio, delayScale, ...setup }: Setup): Record<string, string> {
  const like = JSON.stringify({ radio, delayScale });
  const where = SURROUNDINGS.find(
    (each) => like === JSON.stringify({ radio: each.radio, delayScale: each.delayScale }),
  );
  const { style, appSettings } = setup;
  const quirks = QUIRKS.map((quirk) => [`quirk ${quirk}`, yes(setup.quirks.includes(quirk))] as const);
  return {
    radio: where?.name ?? "another",
    model: setup.model,
    ...Object.fromEntries(quirks),
    board: setup.board,
    "power key": yes(setup.powerKey),
    "quartz is off by": upTo(Math.abs(setup.driftPpm), "ppm", 20, 40, 60),
    "flash, KB": String(4 * setup.flashBlocks),
    "chip left running": yes(setup.steady),
    "token's life, h": String(setup.tokenLifeS / HOUR_S),
    "onboarding answers as": style.json ? "JSON" : "CSV",
    "and frames it by": style.framing ?? LEFT_OUT,
    "with a root": yes(style.rootValue !== false && !style.json),
    "with literal line ends": yes(style.literalLineEnds),
    "spelt as in the schema": yes(style.schemaSpelling),
    "topic for a configuration": yes(setup.configTopic),
    "commands come each": upTo(setup.commandEveryS / 60, "min", 10, 20, 30, 40),
    app: APPS[setup.app],
    "settings of the app": Object.keys(appSettings).join(" ") || "none",
  };
}

/** What of updates it goes through. */
function updateTraits({ config, updates }: Setup): Record<string, string> {
  const used = (value: string) => (updates === undefined ? "is not updated" : value);
  return {
    "is updated": yes(updates !== undefined),
    "an update's volume, KB": used(String(config.updateBudgetKb ?? LEFT_OUT)),
    "hosts of updates": used(patternShown(config.updateHost)),
    "roots of updates": used(config.updateRoots ?? LEFT_OUT),
  };
}
