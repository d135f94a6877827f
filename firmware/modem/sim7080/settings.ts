// Settings that the modem saves by itself (AUTO_SAVE), as a table: what it has is read in one exchange, and only what differs is
// written, to spare its flash. Whatever the radio depends on is changed with the radio off:
// CFUN=0 → settings → CFUN=1; a stale APN otherwise stays in force and blocks registration.

import { action, type Command, query, shownText } from "../at/command.js";
import { refused } from "../at/error.js";
import { readFunctionality, readLineSpeed, setFunctionality } from "./commands/basic.js";
import {
  type BandTable,
  readBands,
  readContext,
  readMode,
  readRat,
  setBands,
  setContext,
  setMode,
  setRat,
} from "./commands/network.js";
import {
  EDRX_ACT,
  edrxOff,
  encodeActive,
  encodeCycle,
  encodePeriod,
  readEdrx,
  readPsm,
  setEdrx,
  setPsm,
} from "./commands/sleep.js";
import type { NetworkConfig, RatChoice } from "./config.js";
import { fixLineSpeed } from "./line-speed.js";
import type { Model } from "./model.js";
import { ask, type ModemSession } from "./session.js";

/** One saved setting. */
interface Setting<T> {
  readonly name: string;
  /** Neither read nor touched where it says false. */
  readonly applies?: (config: NetworkConfig) => boolean;
  readonly read: Command<T>;
  /** The commands that bring it to what is wanted; none when it is that already. `saved` undefined: it does not tell. */
  readonly write: (saved: T | undefined, config: NetworkConfig, model: Model) => readonly Command<void>[];
}

function setting<T>(given: Setting<T>): Setting<unknown> {
  return given as Setting<unknown>;
}

/** AT+CMNB values. */
const RAT: Readonly<Record<RatChoice, number>> = { "LTE-M": 1, "NB-IoT": 2, both: 3, any: 3 };

/** AT+CLTS, the network's time sets the modem's clock; saved, in force from the next boot on. */
const readNetworkTime = query("AT+CLTS?", 5000, "+CLTS:", (rest) => (/^[01]$/.test(rest) ? rest === "1" : undefined));
const useNetworkTime = action("AT+CLTS=1", 5000);

/** AT+CSCLK, whether the UART sleeps while DTR is high: nobody drives DTR here, and a saved 1 would leave it deaf. */
const readSlowClock = query("AT+CSCLK?", 5000, "+CSCLK:", (rest) => (/^[0-2]$/.test(rest) ? rest !== "0" : undefined));
const noSlowClock = action("AT+CSCLK=0", 5000);

/** Changed with the radio off. */
const RADIO_SETTINGS: readonly Setting<unknown>[] = [
  setting({
    name: "apn",
    read: readContext,
    write: (saved, { apn }) =>
      saved?.type === "IP" && saved.apn.toLowerCase() === apn.toLowerCase() ? [] : [setContext(apn)],
  }),
  setting({
    name: "mode",
    applies: ({ rat }) => rat !== undefined,
    read: readMode,
    write: (saved, { rat }, { modes }) => (saved === modes[rat!] ? [] : [setMode(modes[rat!])]),
  }),
  setting({
    name: "rat",
    applies: ({ rat }) => rat !== undefined,
    read: readRat,
    write: (saved, { rat }) => (saved === RAT[rat!] ? [] : [setRat(RAT[rat!])]),
  }),
  setting({
    name: "bands",
    applies: ({ bands }) => bands !== undefined,
    read: readBands,
    write: (saved, { bands }) =>
      Object.entries(bands!).flatMap(([table, wanted]) =>
        sameBands(saved?.get(table), wanted) ? [] : [setBands(table as BandTable, wanted)],
      ),
  }),
  setting({
    name: "psm",
    read: readPsm,
    write: (saved, { profile }) => {
      const wanted =
        profile.mode === "psm"
          ? { period: encodePeriod(profile.periodS), active: encodeActive(profile.activeS) }
          : undefined;
      const { request } = saved ?? {};
      return request?.period === wanted?.period && request?.active === wanted?.active ? [] : [setPsm(wanted)];
    },
  }),
  // Last, as some firmware refuses to tell it while nothing was ever set, and a refusal ends the line.
  setting({ name: "edrx", read: readEdrx, write: (saved, config) => edrxChanges(saved ?? new Map(), config) }),
];

/** In force without the radio. */
const OTHER_SETTINGS: readonly Setting<unknown>[] = [
  setting({ name: "network-time", read: readNetworkTime, write: (saved) => (saved ? [] : [useNetworkTime]) }),
  setting({ name: "slow-clock", read: readSlowClock, write: (saved) => (saved ? [noSlowClock] : []) }),
];

/** Reads all settings and repairs those that differ. Ends with the radio on. */
export async function applySettings(session: ModemSession): Promise<void> {
  const { channel } = session;
  const { speed, functionality, saved } = await readSaved(session);
  await fixLineSpeed(session, speed);
  for (const command of changes(session, OTHER_SETTINGS, saved)) await write(session, command);
  const radio = changes(session, RADIO_SETTINGS, saved);
  if (radio.length === 0 && functionality === 1) return;
  if (radio.length > 0 && functionality !== 0) await channel.run(setFunctionality(0));
  for (const command of radio) await write(session, command);
  session.boot.expectSmsReady();
  await channel.run(setFunctionality(1));
}

/** A modem that refuses a setting is used as it is: the network tells soon enough whether that will do. */
async function write({ channel, log }: ModemSession, command: Command<void>): Promise<void> {
  const done = await channel.run(command).then(() => true, refused);
  if (!done) log("warn", "modem-setting-refused", { command: shownText(command) });
}

/** All settings in one exchange. */
async function readSaved(session: ModemSession) {
  const settings = [...OTHER_SETTINGS, ...RADIO_SETTINGS].filter(({ applies }) => applies?.(session.config) ?? true);
  const [speed, functionality, ...values] = await ask(session, [
    readLineSpeed,
    readFunctionality,
    ...settings.map(({ read }) => read),
  ] as [Command<number>, Command<number>, ...Command<unknown>[]]);
  return { speed, functionality, saved: new Map(settings.map((entry, i) => [entry, values[i]])) };
}

/** The commands that bring `settings` to what is wanted. */
function changes(
  session: ModemSession,
  settings: readonly Setting<unknown>[],
  saved: ReadonlyMap<Setting<unknown>, unknown>,
): Command<void>[] {
  const config = askedFor(session);
  return settings.flatMap((entry) => {
    if (!saved.has(entry)) return [];
    const commands = entry.write(saved.get(entry), config, session.model);
    if (commands.length > 0) session.log("info", "modem-setting", { setting: entry.name });
    return commands;
  });
}

/** PSM is not asked for where no power key could end it: the modem would be deaf until its period is over. */
const askedFor = ({ config, powerKey }: ModemSession): NetworkConfig =>
  powerKey || config.profile.mode !== "psm" ? config : { ...config, profile: { mode: "always-on" } };

/** eDRX is saved for each technology on its own. */
function edrxChanges(saved: ReadonlyMap<number, string>, { profile, rat }: NetworkConfig): Command<void>[] {
  if (profile.mode !== "edrx") return saved.size > 0 ? [edrxOff] : [];
  const cycle = encodeCycle(profile.cycleS);
  const one = rat === "LTE-M" || rat === "NB-IoT" ? rat : undefined;
  const acts = Object.entries(EDRX_ACT).filter(([name]) => one === undefined || name === one);
  return acts.filter(([, act]) => saved.get(act) !== cycle).map(([, act]) => setEdrx(act, cycle));
}

function sameBands(saved: readonly number[] | undefined, wanted: readonly number[]): boolean {
  return saved !== undefined && saved.length === wanted.length && wanted.every((band) => saved.includes(band));
}
