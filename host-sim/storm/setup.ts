// What differs from device to device before anything goes wrong: settings, board, modem, radio, flash, how the cloud
// answers, and the harmless oddities of modems. All is drawn by the seed, each by itself: any two meet in some seed.

import { BOARDS } from "../../firmware/modem/boards.js";
import { conflictOf, restsBetween, type SleepTimes } from "../../firmware/settings/rules.js";
import { type Config, isSetting, SETTINGS } from "../../firmware/settings/table.js";
import type { AnswerStyle } from "../cloud/onboarding/answer.js";
import type { FaultName } from "../modem/faults.js";
import type { Position } from "../modem/motion.js";
import { type LinkProfile, LTE_M } from "../world/link.js";
import type { Prng } from "../world/prng.js";
import type { TicketPolicy } from "../world/tls-server.js";
import { drawMore, type SetupMore } from "./setup-more.js";
import { drawUpdates, type UpdatePlan } from "./updates-plan.js";

/** Settings that each setup names. */
const DRAWN = ["telemetryIntervalS", "keepAliveS", "power", "transport", "fallback", "session"] as const;

type BoardName = keyof typeof BOARDS;

/** A device and its surroundings. Plain data. */
export interface Setup extends SetupMore {
  /** Settings as in a device's configuration file. */
  config: Pick<Config, (typeof DRAWN)[number]> & { modemBaud: number } & Partial<Config>;
  /** Factor on all delays of the modem and its network. */
  delayScale: number;
  radio: LinkProfile;
  board: BoardName;
  /** False: the board has no power key; its modem is on from the start. */
  powerKey: boolean;
  /** The chip sleeps deeply, where it sleeps. */
  deepSleep: boolean;
  model: "SIM7080" | "SIM7070";
  /** Oddities of modems that are no faults: the firmware must take each. */
  quirks: FaultName[];
  /** Blocks of 4 KB in the outbox's partition. */
  flashBlocks: number;
  /** Parts per million that the board's quartz is off. */
  driftPpm: number;
  tokenLifeS: number;
  /** Where onboarding answers in another way than was observed. */
  style: Partial<AnswerStyle>;
  /** What the servers do with TLS sessions. */
  tickets: TicketPolicy;
  /** Nothing restarts its chip, the device itself neither: what its memory holds is then seen over the whole run. */
  steady: boolean;
  /** Mean seconds between two commands from the cloud. */
  commandEveryS: number;
  /** It has a topic for its configuration, as other clouds' devices have. */
  configTopic: boolean;
  /** 1NCE's, or a broker that takes a JWT which the device signs itself. */
  cloud: "1nce" | "jwt";
  /** What it has besides the default app: nothing, the storm's app (app.ts), or the app that the storm was given. */
  app: "none" | "storm" | "given";
  /** The updates that it is sent; undefined: none, and it has one slot. */
  updates?: UpdatePlan | undefined;
  /** Settings of that app, as in a device's configuration file. */
  appSettings: Readonly<Record<string, unknown>>;
}

const LTE_M_POOR: LinkProfile = { ...LTE_M, latencyMs: 150, jitterMs: 250, bytesPerSecond: 9_000, loss: 0.03 };
const NB_IOT: LinkProfile = { latencyMs: 900, jitterMs: 700, bytesPerSecond: 2_500, loss: 0.02, recoveryMs: 3_000 };
const DESK: LinkProfile = { ...LTE_M, latencyMs: 3, jitterMs: 2, bytesPerSecond: 125_000 };

/** Radio, and how quick modem and network are: from the edge of a cell to a simulator on a desk. */
export const SURROUNDINGS: readonly (Pick<Setup, "radio" | "delayScale"> & { name: string })[] = [
  { name: "LTE-M", radio: LTE_M, delayScale: 1 },
  { name: "LTE-M", radio: LTE_M, delayScale: 1 },
  { name: "LTE-M, poor", radio: LTE_M_POOR, delayScale: 1 },
  { name: "NB-IoT", radio: NB_IOT, delayScale: 1.5 },
  { name: "on a desk", radio: DESK, delayScale: 0.02 },
];
const BAUDS: readonly number[] = [19_200, 57_600, 115_200, 115_200, 115_200, 230_400, 460_800, 921_600, 921_600];
export const QUIRKS: readonly FaultName[] = [
  "iccid-f",
  "iccid-prefix",
  "carecv-max",
  "carecv-empty-ok",
  "carecv-two-crlf",
  "identity-odd",
  "no-blank",
  "cdnsgip-first",
  "no-power-down-text",
];
const FLASH_BLOCKS: readonly number[] = [3, 3, 4, 6, 16, 64];
const TRANSPORTS: readonly Config["transport"][] = ["mqtt", "mqtt", "mqtt", "mqtt", "mqtt", "ws", "ws", "https"];
const POWERS: readonly Config["power"][] = [
  ...new Array<Config["power"]>(16).fill("always-on"),
  ...new Array<Config["power"]>(2).fill("psm"),
  "off",
  "edrx",
];
/** Where the device sleeps, what it gathers; where it does not, whether what waits travels together. */
const RECORDS_PER_WAKE: readonly number[] = [1, 1, 1, 3, 6, 12];
/** A device with a board that cannot switch its modem is spared a tenth of the faults: most have a key. */
const BOARD_NAMES = Object.keys(BOARDS) as readonly BoardName[];
const KEYLESS = 0.1;
const MODELS: readonly Setup["model"][] = ["SIM7080", "SIM7080", "SIM7080", "SIM7070"];
const RATS: readonly Config["rat"][] = [undefined, undefined, "LTE-M", "NB-IoT", "both", "any"];
/** The network has 3, 8 and 20. */
const BANDS: readonly Config["bandsLteM"][] = [undefined, undefined, [20], [3, 8, 20], [1, 8, 28]];
const FORMS: readonly Config["publishForm"][] = ["query", "headers", "1nce"];
const ROOTS: readonly Config["missingRoot"][] = ["built-in", "fetch"];
const FRAMINGS: readonly AnswerStyle["framing"][] = ["length", "chunked", "close"];
const HOUR_S = 3_600;
const TOKEN_LIVES: readonly number[] = [HOUR_S, 4 * HOUR_S, 24 * HOUR_S];

/** How its modem moves: a walk along a parallel of latitude, half around the world in five months. */
export const TRACK: Position = { latitude: 50.1, longitude: -170, altitude: 112, speedKmh: 5.4, course: 90 };
/** Devices that look for their position. */
const PLACED = 0.25;
/** Share of the devices that have the storm's app. */
const WITH_APP = 0.5;

/** Devices whose day has a volume, and how much; and those whose card asks for a PIN. */
const BOUNDED = 0.15;
const BUDGETS_KB: readonly number[] = [200, 500, 1_500, 4_000];
const LOCKED = 0.15;

/** Servers that go on from TLS sessions, that refuse each, and that give none. */
const TICKETS: readonly TicketPolicy[] = ["resume", "resume", "refuse", "none"];

/** Devices that sign their own token, of those that speak MQTT as it is. */
const SIGNING = 0.15;

/** From so many virtual hours on, every second device is steady. */
const STEADY_FROM_H = 96;

/** Draws a setup. @param hours length of the run */
export function drawSetup(random: Prng, hours: number): Setup {
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  const between = (least: number, most: number) => least + random.below(most - least + 1);
  const { radio, delayScale } = pick(SURROUNDINGS);
  const power = pick(POWERS);
  const board = pick(BOARD_NAMES.filter((name) => "powerKey" in BOARDS[name] !== random.chance(KEYLESS)));
  const steady = hours >= STEADY_FROM_H && random.chance(0.5);
  const more = drawMore(random.split("more"));
  const setup: Setup = {
    ...more.setup,
    config: { ...drawConfig(random, power), ...drawPosition(random.split("position")) },
    delayScale,
    radio,
    board,
    powerKey: "powerKey" in BOARDS[board],
    deepSleep: restsBetween(power) && !steady && random.chance(0.4),
    model: pick(MODELS),
    quirks: QUIRKS.filter(() => random.chance(0.2)),
    flashBlocks: pick(FLASH_BLOCKS),
    driftPpm: between(-60, 60),
    tokenLifeS: pick(TOKEN_LIVES),
    style: {
      json: random.chance(0.1),
      literalLineEnds: random.chance(0.15),
      rootValue: random.chance(0.8),
      schemaSpelling: random.chance(0.15),
      framing: pick(FRAMINGS),
    },
    commandEveryS: between(300, 2_400),
    configTopic: random.chance(0.3),
    // Drawn apart, so that all else of a seed is what it was before.
    tickets: TICKETS[random.split("tickets").below(TICKETS.length)]!,
    steady,
    cloud: "1nce",
    ...drawApp(random),
  };
  const { transport, fallback } = setup.config;
  const signs = random.split("cloud").chance(SIGNING) && transport === "mqtt" && fallback === "none";
  const updates = steady ? undefined : drawUpdates(random.split("updates"), hours);
  return {
    ...setup,
    ...(updates && { updates }),
    ...(signs && { cloud: "jwt" as const }),
    config: {
      ...setup.config,
      ...drawGroups(random.split("groups"), power),
      ...drawLimits(random.split("limits")),
      ...(updates && { updateBudgetKb: updates.budgetKb }),
      ...more.settings,
    },
  };
}

/** A day's volume, and the PIN that its card asks for. */
function drawLimits(random: Prng): Partial<Pick<Config, "dataBudgetKbPerDay" | "pin">> {
  const bounded = random.chance(BOUNDED);
  const dataBudgetKbPerDay = BUDGETS_KB[random.below(BUDGETS_KB.length)]!;
  const locked = random.chance(LOCKED);
  const pin = String(random.below(10_000)).padStart(4, "0");
  return { ...(bounded && { dataBudgetKbPerDay }), ...(locked && { pin }) };
}

/** Drawn apart, so that all else of a seed is what it was before there were groups. */
function drawGroups(
  random: Prng,
  power: Config["power"],
): Partial<Pick<Config, "recordsPerWake" | "recordForm" | "psmPeriodS">> {
  const recordsPerWake = RECORDS_PER_WAKE[random.below(RECORDS_PER_WAKE.length)]!;
  const recordForm = random.chance(0.4) ? "compact" : "json";
  return { recordsPerWake, recordForm, ...(power === "psm" && recordsPerWake > 1 && { psmPeriodS: 24 * HOUR_S }) };
}

function drawApp(random: Prng): Pick<Setup, "app" | "appSettings"> {
  if (!random.chance(WITH_APP)) return { app: "none", appSettings: {} };
  return { app: "storm", appSettings: random.chance(0.5) ? { threshold: random.below(40) } : {} };
}

function drawConfig(random: Prng, power: Config["power"]): Setup["config"] {
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  const between = (least: number, most: number) => least + random.below(most - least + 1);
  const rat = pick(RATS);
  const bandsLteM = pick(BANDS);
  const keepAliveS = between(30, random.chance(0.5) ? 60 : 1_200);
  return {
    transport: pick(TRANSPORTS),
    fallback: random.chance(0.15) ? "https" : "none",
    session: random.chance(0.4) ? "persistent" : "clean",
    modemBaud: pick(BAUDS),
    publishForm: pick(FORMS),
    missingRoot: pick(ROOTS),
    power,
    ...(restsBetween(power)
      ? { telemetryIntervalS: between(600, 1_800), keepAliveS: Math.max(keepAliveS, 300) }
      : { telemetryIntervalS: between(10, 150), keepAliveS }),
    psmPeriodS: 4 * HOUR_S,
    psmActiveS: between(0, 30),
    edrxCycleS: between(5, 82),
    listenS: between(0, 20),
    commandBurst: between(1, 20),
    commandEveryS: between(1, 60),
    ...(rat !== undefined && { rat }),
    ...(bandsLteM !== undefined && { bandsLteM }),
  };
}

function drawPosition(random: Prng): Partial<Pick<Config, "positionS" | "positionWaitS">> {
  const between = (least: number, most: number) => least + random.below(most - least + 1);
  return random.chance(PLACED) ? { positionS: between(600, 5_400), positionWaitS: between(60, 120) } : {};
}
/** How a table calls the storm's app. */
export const STORM_APP = "the storm's too";
/** What a storm is given decides of each of its devices: all else is drawn. */
export interface GivenSetup {
  board: BoardName;
  /** Settings that do not change from device to device, the app's among them. */
  settings: Readonly<Record<string, unknown>>;
}

/** Settings of a device that sleeps between its records, where nobody names them: seconds. */
const SLEEPER = { telemetryIntervalS: 900, keepAliveS: 300 } as const;

type Drawn = Setup["config"] & SleepTimes;

/** With an app that is given, every so many seeds have a device by HTTPS, to which no command comes; all others hear some. */
const HTTPS_EVERY = 9;
/** And every so many at the least, from the first on, have a topic for a configuration. */
const CONFIGURED_EVERY = 2;

/** How a device with such an app speaks: few seeds are to try all of the app that the cloud can. */
function speaking(
  seed: number,
  { cloud, config, configTopic }: Setup,
): Pick<Setup, "configTopic"> & Pick<Config, "transport"> {
  // One that signs its own token needs MQTT.
  const isDeaf = seed % HTTPS_EVERY === 0 && cloud === "1nce";
  const hearing = config.transport === "https" ? "mqtt" : config.transport;
  return { transport: isDeaf ? "https" : hearing, configTopic: configTopic || seed % CONFIGURED_EVERY === 1 };
}

/** A setup as it was drawn, but for what is given. */
export function givenSetup(as: Setup, { board, settings }: GivenSetup, seed: number): Setup {
  const { transport, configTopic } = speaking(seed, as);
  const drawn = { ...as, configTopic, config: { ...as.config, transport } };
  const own = Object.entries(settings).filter(([name]) => !isSetting(name));
  const named = Object.fromEntries(Object.entries(settings).filter(([name]) => isSetting(name))) as Partial<Drawn>;
  const sleeps = restsBetween(named.power ?? "") && !restsBetween(drawn.config.power);
  let config = { ...drawn.config, ...(sleeps && SLEEPER), ...named } as Drawn;
  // What is drawn may not go with what is named.
  if (conflictOf(config) !== undefined) {
    const { power, psmPeriodS, telemetryIntervalS, recordsPerWake } = SETTINGS;
    const usual = {
      power: power.default,
      psmPeriodS: psmPeriodS.default,
      telemetryIntervalS: telemetryIntervalS.default,
      recordsPerWake: recordsPerWake.default,
    };
    config = { ...drawn.config, ...usual, ...named };
  }
  return {
    ...drawn,
    config,
    board,
    powerKey: "powerKey" in BOARDS[board],
    deepSleep: drawn.deepSleep && restsBetween(config.power),
    app: "given",
    appSettings: Object.fromEntries(own),
  };
}
