// Joins the firmware's parts into a device, for the chip, platform lin and Node alike. It knows no cloud: clouds.ts does.

import * as base from "./app/app.js";
import { excerpt } from "./bytes/utf8.js";
import type { CloudParts } from "./cloud/cloud.js";
import type { BootRecord } from "./device/boot-record.js";
import { checkCommands } from "./device/commands.js";
import { Device } from "./device/device.js";
import type { UpdateLoader } from "./device/update-module.js";
import { createModem, type ModemOptions } from "./modem/modem.js";
import { linkSettings } from "./modem/sim7080/config.js";
import { type Journal, RamJournal } from "./mqtt/journal.js";
import type { AppCommands } from "./platform/app.js";
import type { Log } from "./platform/events.js";
import { Failure } from "./platform/failure.js";
import type { Link } from "./platform/link.js";
import type { Platform } from "./platform/platform.js";
import type { Flash } from "./platform/storage.js";
import { type JoinableApp, joinedTable, valuesFor } from "./settings/joined.js";
import type { Config, Table } from "./settings/table.js";
import { Outbox } from "./store/outbox.js";

/** An app that names no setting and no command which every device has: anything else does not compile. */
export interface DeviceApp extends JoinableApp {
  readonly commands?: AppCommands & { readonly [N in keyof typeof base.commands]?: never };
}

/** Characters of what is wrong with an app that is left out. */
const LOAD_SHOWN = 160;

/** What may differ from device to device. */
export interface Composition extends CloudParts {
  /** Made with `tableOf(app)`, where there is an app. */
  config: Config;
  /** The device's own app. A safe start leaves it out. */
  app?: DeviceApp | undefined;
  /** Where records wait; left out: in the platform's flash, or in RAM where there is none. */
  journal?: Journal;
  /** What the board has besides a UART and a power key. */
  board?: Pick<ModemOptions, "pulses" | "supply" | "flowControl">;
  /** What is known of the starts so far; left out: nothing. */
  boot?: BootRecord | undefined;
  /** When the firmware was built, in milliseconds since 1970: what tells an earlier time is not believed. Left out: 2026. */
  builtMs?: number | undefined;
  /** What carries updates out; left out: it is loaded when it is needed. */
  updates?: UpdateLoader | undefined;
  /** Shows the AT channel. */
  trace?: ModemOptions["trace"];
}

/**
 * The outbox in flash. A partition that is worn out or too small must not keep a device from running: then records
 * wait in RAM.
 */
export function openJournal(flash: Flash | undefined, log: Log): Journal {
  if (!flash) return new RamJournal();
  try {
    return new Outbox(flash);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log("error", "no-outbox", { code: error.code, message: error.message });
    return new RamJournal();
  }
}

/**
 * The settings of a device with this app: for whoever reads, stores or documents them.
 * @throws ConfigError for an app that does not go with the device's own settings and commands
 */
export function tableOf(app: DeviceApp | undefined): Table {
  checkCommands(app?.commands, base.commands);
  return joinedTable(app?.settings);
}

/**
 * The app that a build has. One that does not load, or does not go with the device's own settings and commands, is told of and
 * left out: a device in the field must start.
 * @param load its module
 */
export async function usableApp(load: () => Promise<DeviceApp>, log: Log): Promise<DeviceApp | undefined> {
  try {
    const app = await load();
    tableOf(app);
    return app;
  } catch (error) {
    log("error", "app-fault", { part: "load", code: "app-threw", message: excerpt(String(error), LOAD_SHOWN) });
    return undefined;
  }
}

/**
 * A device on `platform`, not started yet, and its modem.
 * @throws ConfigError as `tableOf`
 */
export function composeDevice(platform: Platform, composition: Composition): { device: Device; link: Link } {
  const { app, profile, uplink, config, trace, board, boot, builtMs, updates } = composition;
  const { Serial, clock, timer, log, powerKey, keyValue, resetMemory, flash } = platform;
  const journal = composition.journal ?? openJournal(flash, log);
  const link = createModem({
    Serial,
    clock,
    timer,
    log,
    powerKey,
    trace,
    keyValue,
    rests: boot?.modemRests,
    isCold: resetMemory?.cause === "power",
    ...board,
    ...linkSettings(config),
    ...(builtMs !== undefined && { floorMs: builtMs }),
    onStage: (stage, detail) => log("info", "stage", { stage, detail }),
    onLost: (reason) => device.linkLost(reason),
  });
  const own = app && {
    table: tableOf(app),
    ...(!boot?.safe && { own: { app, values: valuesFor(app.settings, config) } }),
  };
  const device = new Device({ platform, base, ...own, link, profile, config, journal, uplink, boot, updates });
  return { device, link };
}
