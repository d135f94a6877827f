// Composition root for the chip: builds platform, board and device from what the manifest's `config` says, and starts.
//
//   "config": { "simkey": { "board": "…", "settings": { … } } }                                  1NCE
//   "config": { "simkey": { "board": "…", "settings": { … }, "cloud": { "name": "jwt", … } } }   another of clouds.ts
//   "config": { "simkey": { "board": "…", "console": false } }                                   a console that is deaf
//   "config": { "simkey": { "board": "…", "update": { "release": "…", "keys": [ … ] } } }        updates: docs/updates.md
//   "config": { "simkey": { "board": "…", "desk": true, "report": "memory" } }                   on a desk: manifests/desk
//
// An app of one's own is the module `app`, in an image that includes manifests/app.json.

import build from "mc/config";
import { knownKey } from "./bytes/known.js";
import type { CloudOrder } from "./cloud/cloud.js";
import { CLOUDS, DEFAULT_CLOUD, loadCloud } from "./clouds.js";
import { composeDevice, type DeviceApp, tableOf, usableApp } from "./compose.js";
import { BootRecord } from "./device/boot-record.js";
import { Console } from "./device/console.js";
import type { Device } from "./device/device.js";
import { storedConfig, storedSettings } from "./device/stored-settings.js";
import type { ConsoleKeys } from "./jwt/device-key.js";
import { AXP2101_ADDRESS, AXP2101_HZ, axp2101Supply } from "./modem/axp2101.js";
import { BOARDS, type Board, keyOver } from "./modem/boards.js";
import { builtAt } from "./modem/sim7080/config.js";
import type { Log } from "./platform/events.js";
import type { Link } from "./platform/link.js";
import { xsClock, xsTimer } from "./platform/moddable/clock.js";
import { consoleLog, readConsole, type Typing, writeConsole } from "./platform/moddable/esp32/console.js";
import { ioProvider, outputPin } from "./platform/moddable/esp32/device.js";
import { flashPartition, nvsKeyValue } from "./platform/moddable/esp32/storage.js";
import {
  keptSlots,
  resetMemory,
  restart,
  sleep,
  storeIsEncrypted,
  watchdog,
} from "./platform/moddable/esp32/system.js";
import { Port } from "./platform/moddable/esp32/uart-port.js";
import { chipUpdate } from "./platform/moddable/esp32/update.js";
import { nativeUpdate } from "./platform/moddable/esp32/update-native.js";
import { builtKey } from "./platform/moddable/own-key.js";
import { nativeRandom } from "./platform/moddable/random.js";
import { NativeTlsSession } from "./platform/moddable/tls-session.js";
import { nativeTls } from "./platform/native/tls/stream.js";
import { nativeSerial } from "./platform/native/uart/serial.js";
import type { Platform } from "./platform/platform.js";
import type { ImageState } from "./platform/update.js";
import { configure, safeConfig } from "./settings/configure.js";
import { type Config, isSetting, type Table } from "./settings/table.js";
import type { UpdateBuild } from "./update/build.js";

interface Build {
  board: keyof typeof BOARDS;
  settings?: Record<string, unknown>;
  /** Left out: 1NCE. Its modules are in the image that includes its manifest, see manifests/clouds. */
  cloud?: CloudOrder;
  /** False: nothing that is typed is heard, as befits a device in the field; the log still comes. */
  console?: boolean;
  /** What the image is, and whose updates it takes; left out: none. */
  update?: UpdateBuild;
  /** There is an app: manifests/app.json says so. */
  app?: boolean;
  /** It trusts what a desk does, and each line of its log says so: manifests/desk. */
  desk?: boolean;
  /** What RAM is left is told after each step: manifests/desk/memory.json. */
  report?: "memory";
}

/** What a device is made of: the build, its app, and the settings that there are with it. */
interface Made {
  order: Build;
  app: DeviceApp | undefined;
  table: Table;
  /** Settings of the build. */
  built: Readonly<Record<string, unknown>>;
}

/** What the device talks to when the build says nothing. */
const CLOUD: CloudOrder = { name: DEFAULT_CLOUD };
/** UART 0 is the console. */
const MODEM_UART = 1;
/** Label of the outbox in the partition table. */
const OUTBOX = "outbox";
/**
 * The chip restarts after this many telemetry intervals without proven progress, and this long on top: the ladder goes first.
 * A day's volume that is spent makes a device silent for longer.
 */
const WATCHDOG = { intervals: 3, extraS: 2 * 3600 };

/** Before each line of the log of an image that is none for a device in the field. */
const DESK = "desk";

/** What the boot loader holds of an image on trial (platform/update.ts). */
const ON_TRIAL: ImageState = "pending";
/** An image on trial that stands still is to be undone soon behind the trial's end, in milliseconds. */
const TRIAL_WATCHDOG_MS = 660_000;

/** What could not be composed at all is tried again after this, in milliseconds: time for a person at the console. */
const STUCK_MS = 60_000;

/** What there is of the device: nothing before it is composed. */
interface Running {
  config?: Config;
  device?: Device;
  link?: Link;
  keys?: ConsoleKeys;
}

/** The console comes first, and hears whatever becomes of the rest. */
export default async function main(): Promise<void> {
  const order = build.simkey as Build;
  const clock = xsClock();
  const typing: Typing = { typed: "" };
  const log = await reported(order, consoleLog(clock, typing, { mark: order.desk === true ? DESK : undefined }));
  const keyValue = nvsKeyValue((key, error) => log("error", "not-read", { key, message: String(error) }));
  const boot = new BootRecord({ resetMemory, keyValue, log });
  const onFault = (error: unknown) => {
    log("error", "fault", { message: String(error), stack: error instanceof Error ? error.stack : undefined });
    boot.fault();
    restart();
  };
  const timer = xsTimer(onFault);
  const running: Running = {};
  // What is loaded next may be what stands still: an image on trial is undone then, too.
  const dog = watchdog(() => patienceMs(running));
  const made = await madeOf(order, log);
  const console = new Console({
    keyValue,
    built: made.built,
    table: made.table,
    get settings() {
      return running.config ?? {};
    },
    get keys() {
      return running.keys;
    },
    get updates() {
      return running.device?.updates;
    },
    status: () => {
      const { device, link } = running;
      const { reset, starts, safe } = boot;
      return { phase: device?.phase ?? "off", reset, starts, safe, ...device?.counters, ...link?.counters() };
    },
  });
  const typed = (bytes: Uint8Array) => {
    const { text, restart: wanted } = console.receive(bytes);
    typing.typed = console.typed;
    writeConsole(text);
    if (!wanted) return;
    boot.intend("console");
    restart();
  };
  if (order.console !== false) readConsole(timer, typed);
  boot.tell();
  try {
    const random = nativeRandom();
    await new Promise<void>((goOn) => boot.pause({ timer, random }, goOn));
    const platform = platformOf(order, { clock, timer, log, keyValue, random, watchdog: dog }, onFault);
    await start(made, platform, boot, running);
  } catch (error) {
    log("error", "stuck", { message: String(error), ms: STUCK_MS });
    timer.set(() => onFault(error), STUCK_MS);
  }
}

function platformOf(
  { board: name, update: updateBuild }: Build,
  base: Pick<Platform, "clock" | "timer" | "log" | "keyValue" | "random" | "watchdog">,
  onFault: (error: unknown) => void,
): Platform {
  const board: Board = BOARDS[name];
  const { timer, log } = base;
  const flash = flashPartition(OUTBOX);
  if (!flash) log("error", "no-outbox", { message: `no partition "${OUTBOX}": records wait in RAM` });
  const { powerKey } = board;
  const update = chipUpdate(updateBuild, name, nativeUpdate, flashPartition);
  return {
    ...base,
    TLS: nativeTls(NativeTlsSession, (about) => log("debug", "tls", about)),
    Serial: nativeSerial(Port, { port: MODEM_UART, ...board.uart }, timer, onFault),
    ...(flash && { flash }),
    ...(update && { update }),
    ...(powerKey && { powerKey: keyOver(outputPin(powerKey.pin), powerKey) }),
    resetMemory,
    keptSlots,
    storeIsEncrypted: storeIsEncrypted(),
    sleep,
    restart,
  };
}

/** How long the watchdog waits, in milliseconds. The cloud may change the interval while the device runs: asked each time. */
function patienceMs({ device, config }: Running): number {
  if (device?.onTrial ?? nativeUpdate.state() === ON_TRIAL) return TRIAL_WATCHDOG_MS;
  const { telemetryIntervalS } = device?.settings ?? config ?? configure();
  const quietMs = Math.max(WATCHDOG.intervals * telemetryIntervalS * 1000, device?.dueInMs ?? 0);
  return quietMs + WATCHDOG.extraS * 1000;
}

/** The log, with what the build wants told beside it. */
async function reported({ report }: Build, log: Log): Promise<Log> {
  if (report === undefined) return log;
  const { withMemoryReport } = await import("./platform/moddable/memory/report.js");
  return withMemoryReport(log);
}

/** Loads the app, if there is one. By a name that only the image knows, for the compiler. */
async function madeOf(order: Build, log: Platform["log"]): Promise<Made> {
  const app = order.app ? await usableApp(() => import("app" as string), log) : undefined;
  const table = tableOf(app);
  // Without its app a device does not know the app's settings, and goes on.
  const isKnown = ([name]: [string, unknown]) => isSetting(name, table) || !order.app || app !== undefined;
  // biome-ignore lint/plugin: the names are the build's
  const built = Object.fromEntries(Object.entries(builtSettings(order)).filter(isKnown));
  return { order, app, table, built };
}

/**
 * The settings of the build, and beneath them those that go with its cloud. A cloud that is none is told of when it
 * is loaded.
 */
function builtSettings({ cloud = CLOUD, settings }: Build): Readonly<Record<string, unknown>> {
  const name = knownKey(CLOUDS, cloud.name);
  return { ...(name !== undefined && CLOUDS[name].settings), ...settings };
}

/**
 * Starts with the settings that are stored; where these do not compose, with those that are built in.
 * @throws whatever these throw
 */
async function start(made: Made, platform: Platform, boot: BootRecord, running: Running): Promise<void> {
  const { keyValue, log } = platform;
  const { built, table } = made;
  if (boot.safe) {
    await compose(made, platform, safeConfig(configure(built, table)), boot, running);
  } else {
    try {
      await compose(made, platform, storedConfig(keyValue, built, log, table), boot, running);
    } catch (error) {
      if (Object.keys(storedSettings(keyValue, table)).length === 0) throw error;
      const message = `${String(error)}; the stored settings are left out: see get, and unset what is wrong`;
      log("error", "settings-left-out", { message });
      await compose(made, platform, configure(built, table), boot, running);
    }
  }
  running.device!.start();
}

async function compose(
  { order, app }: Made,
  platform: Platform,
  config: Config,
  boot: BootRecord,
  running: Running,
): Promise<void> {
  const board: Board = BOARDS[order.board];
  const { flowControl, powerKey, pmu } = board;
  const ports = ioProvider(board);
  const withPorts: Platform = app ? { ...platform, device: ports } : platform;
  const openPmu = () => new ports.io.SMBus({ ...ports.I2C.default, address: AXP2101_ADDRESS, hz: AXP2101_HZ });
  const wanted = order.cloud ?? CLOUD;
  const cloud = await loadCloud(wanted, await builtKey(wanted));
  const { device, link } = composeDevice(withPorts, {
    app,
    config,
    boot,
    builtMs: builtAt(build.builtOn),
    ...cloud.partsFor({ config, platform }),
    board: {
      flowControl,
      ...(powerKey && { pulses: powerKey }),
      ...(pmu && { supply: axp2101Supply(openPmu) }),
    },
  });
  Object.assign(running, { config, device, link, keys: cloud.keys?.(platform) });
}
