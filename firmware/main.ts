// Composition root for the chip: builds platform, board and device from what the manifest's `config` says, and starts.
//
//   "config": { "simkey": { "board": "…", "settings": { … } } }                      1NCE
//   "config": { "simkey": { "board": "…", "settings": { … }, "jwt": { … } } }        a broker that takes a JWT
//   "config": { "simkey": { "board": "…", "console": false } }                      nobody is heard on the console

import build from "mc/config";
import { composeDevice } from "./compose.js";
import { Console } from "./device/console.js";
import { storedConfig } from "./device/stored-settings.js";
import type { JwtBuild } from "./jwt-device.js";
import { axp2101Supply } from "./modem/axp2101.js";
import { BOARDS, type Board, keyOver } from "./modem/boards.js";
import { builtAt } from "./modem/sim7080/config.js";
import type { Clock } from "./platform/clock.js";
import { xsClock, xsTimer } from "./platform/moddable/clock.js";
import { consoleLog, readConsole, type Typing, writeConsole } from "./platform/moddable/esp32/console.js";
import { outputPin, registerDevice } from "./platform/moddable/esp32/pins.js";
import { flashPartition, nvsKeyValue } from "./platform/moddable/esp32/storage.js";
import { restart, sleep, watchdog } from "./platform/moddable/esp32/system.js";
import { Port } from "./platform/moddable/esp32/uart-port.js";
import { nativeRandom } from "./platform/moddable/random.js";
import { Session } from "./platform/moddable/tls-session.js";
import { nativeTls } from "./platform/native/tls/stream.js";
import { nativeSerial } from "./platform/native/uart/serial.js";
import type { Platform } from "./platform/platform.js";
import type { Log } from "./platform/system.js";

interface Build {
  board: keyof typeof BOARDS;
  settings?: Record<string, unknown>;
  jwt?: JwtBuild;
  /** False: nothing that is typed is heard, as befits a device in the field; the log still comes. */
  console?: boolean;
}

/** UART 0 is the console. */
const MODEM_UART = 1;
/** Label of the outbox in the partition table. */
const OUTBOX = "outbox";
/** The chip restarts after this many telemetry intervals without proven progress, and this long on top: the ladder goes first. */
const WATCHDOG = { intervals: 3, extraS: 2 * 3600 };

export default async function main(): Promise<void> {
  const clock = xsClock();
  const typing: Typing = { typed: "" };
  const log = consoleLog(clock, typing);
  const onFault = (error: unknown) => {
    log("error", "fault", { message: String(error), stack: error instanceof Error ? error.stack : undefined });
    restart();
  };
  try {
    await run(build.simkey as Build, clock, log, onFault, typing);
  } catch (error) {
    onFault(error);
  }
}

async function run(
  { board: name, settings = {}, jwt, console: hears = true }: Build,
  clock: Clock,
  log: Log,
  onFault: (error: unknown) => void,
  typing: Typing,
): Promise<void> {
  const board: Board = BOARDS[name];
  const timer = xsTimer(onFault);
  const keyValue = nvsKeyValue();
  const config = storedConfig(keyValue, settings, log);
  // The cloud may change it while the device runs, and the watchdog has to follow.
  let intervalS = () => config.telemetryIntervalS;
  const flash = flashPartition(OUTBOX);
  if (!flash) log("error", "no-outbox", { message: `no partition "${OUTBOX}": records wait in RAM` });
  const { powerKey, pmu, flowControl } = board;
  const platform: Platform = {
    clock,
    timer,
    log,
    keyValue,
    random: nativeRandom(),
    TLS: nativeTls(Session, (about) => log("debug", "tls", about)),
    Serial: nativeSerial(Port, { port: MODEM_UART, ...board.uart }, timer, onFault),
    ...(flash && { flash }),
    ...(powerKey && { powerKey: keyOver(outputPin(powerKey.pin), powerKey) }),
    sleep,
    restart,
    watchdog: watchdog(() => (WATCHDOG.intervals * intervalS() + WATCHDOG.extraS) * 1000),
  };
  // Only an image with manifests/jwt.json contains it.
  const own = jwt && (await import("./jwt-device.js")).jwtParts(platform, config, jwt);
  const { device, link } = composeDevice(platform, {
    config,
    builtMs: builtAt(build.builtOn),
    ...(own && { profile: own.profile, uplink: own.uplink }),
    board: {
      flowControl,
      ...(powerKey && { pulses: powerKey }),
      ...(pmu && { supply: axp2101Supply(registerDevice(pmu)) }),
    },
  });
  intervalS = () => device.settings.telemetryIntervalS;
  const console = new Console({
    keyValue,
    settings: config,
    status: () => ({ phase: device.phase, ...device.counters, ...link.counters() }),
    ...(own && { keys: own.keys }),
  });
  const typed = (bytes: Uint8Array) => {
    const { text, restart: wanted } = console.receive(bytes);
    typing.typed = console.typed;
    writeConsole(text);
    if (wanted) restart();
  };
  if (hears) readConsole(timer, typed);
  device.start();
}
