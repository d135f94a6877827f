// Composition root on platform lin: the firmware as the SDK builds it, on XS, with a modem on a serial device or TCP port.
// What it is to do it reads from `simkey.json` in its directory, and its app, if there is one, is the module `app`;
// it prints JSON lines as `simkey run --json` does, and ends.

import build from "mc/config";
import { type JsonShape, readJson } from "../../../bytes/json.js";
import type { CloudOrder } from "../../../cloud/cloud.js";
import { CLOUDS, cloudNamed, DEFAULT_CLOUD, loadCloud } from "../../../clouds.js";
import { composeDevice, tableOf, usableApp } from "../../../compose.js";
import { BootRecord } from "../../../device/boot-record.js";
import type { Device } from "../../../device/device.js";
import { builtAt } from "../../../modem/sim7080/config.js";
import { configure } from "../../../settings/configure.js";
import { namesIn, type Table } from "../../../settings/table.js";
import type { LogValue } from "../../events.js";
import type { Link } from "../../link.js";
import { nativeTls } from "../../native/tls/stream.js";
import type { Platform } from "../../platform.js";
import { xsClock, xsTimer } from "../clock.js";
import { builtKey } from "../own-key.js";
import { nativeRandom } from "../random.js";
import { NativeTlsSession } from "../tls-session.js";
import { linSerial } from "./serial.js";
import { fileFlash, fileKeyValue, processSlots, readFile } from "./storage.js";

/** `simkey.json`. */
interface Order {
  /** `tcp:ADDRESS:PORT` or the path of a device. */
  modem: string;
  /** End after so many acknowledged telemetry messages and answered commands. */
  messages: number;
  commands: number;
  /** Give up after so many seconds. */
  timeoutS: number;
  /** Settings of the device. */
  settings: Record<string, unknown>;
  /** Left out: 1NCE. The roots are those of the onboarding host then. */
  cloud?: CloudOrder;
}

/** What a project's manifests say: that there is an app, and a simulated board for it. */
interface Built {
  app?: boolean;
  simulatedBoard?: boolean;
}

/** The names in it. @param table the settings that there are */
const orderWith = (table: Table) =>
  ({
    modem: "plain",
    messages: "plain",
    commands: "plain",
    timeoutS: "plain",
    settings: namesIn(table, Object.keys(table)),
    cloud: {
      name: "plain",
      host: "plain",
      port: "plain",
      roots: "plain",
      alg: "plain",
      signer: "plain",
      kid: "plain",
      lifetimeS: "plain",
      clientId: "plain",
      audience: "plain",
      field: "plain",
      other: "plain",
      alpn: "plain",
      topic: "plain",
      project: "plain",
      location: "plain",
      registry: "plain",
      device: "plain",
      systemKey: "plain",
    } satisfies Record<keyof CloudOrder, "plain">,
  }) as const satisfies Record<keyof Order, JsonShape>;

/** The simulator's global: the way to the program that runs this. */
declare const screen: { postMessage(message: string): void };

export default async function main(): Promise<void> {
  const clock = xsClock();
  const report = (event: string, fields: Readonly<Record<string, LogValue>> = {}) =>
    trace(`${JSON.stringify({ t: clock.monotonic(), event, ...fields })}\n`);
  const end = (code: number) => screen.postMessage(`exit ${code}`);
  const built = (build.simkey ?? {}) as Built;
  const app = built.app
    ? await usableApp(
        () => import("app" as string),
        (_, event, fields) => report(event, fields),
      )
    : undefined;
  const table = tableOf(app);
  // What is missing or of another kind fails where it is used: whoever starts this writes the file for it.
  const order = readJson(readFile("simkey.json")!, orderWith(table), { bytes: 65_536, depth: 3 }) as unknown as Order;
  const onFault = (error: unknown) => {
    const stack = error instanceof Error ? error.stack : undefined;
    report("fault", { message: String(error), stack });
    end(1);
  };
  const timer = xsTimer(onFault);

  let ending = false;
  const finish = async (reason?: string) => {
    if (ending) return;
    ending = true;
    if (reason === undefined) {
      device.stop();
      await device.ended;
    }
    const { uartTxBytes, uartRxBytes, airTxBytes, airRxBytes, atCommands } = link.counters();
    const { firstPubackAt: firstPubackMs, counters } = device;
    const bytes = { uartTxBytes, uartRxBytes, airTxBytes, airRxBytes, atCommands };
    const verdict = reason === undefined ? { ok: true } : { ok: false, reason };
    report("summary", { ...verdict, ...counters, ...bytes, firstPubackMs });
    end(reason === undefined ? 0 : 1);
  };

  const TLS = nativeTls(NativeTlsSession, (about) => report("tls", about));
  const board = built.simulatedBoard
    ? (await import("simulated-board" as string)).boardOn(() => clock.monotonic())
    : undefined;
  const platform: Platform = {
    clock,
    timer,
    random: nativeRandom(),
    TLS,
    Serial: linSerial(order.modem, onFault),
    keyValue: fileKeyValue(),
    keptSlots: processSlots(),
    ...(board && { device: board.device }),
    flash: fileFlash("outbox.flash", { blockLength: 4096, blocks: 16, writeAlign: 16 }),
    log: (level, event, fields) => {
      report(event, { level, ...fields });
      const { acked, answered } = device.counters;
      if (acked - answered >= order.messages && answered >= order.commands) void finish();
    },
  };
  const { cloud: wanted = { name: DEFAULT_CLOUD } } = order;
  let device: Device;
  let link: Link;
  try {
    const config = configure({ ...CLOUDS[cloudNamed(wanted.name)].settings, ...order.settings }, table);
    const cloud = await loadCloud(wanted, await builtKey(wanted));
    const keys = cloud.keys?.(platform);
    if (keys?.exists === false) report("key-generated", { publicKey: keys.generate?.().pem });
    const parts = cloud.partsFor({ config, platform });
    // Nothing keeps a word over the end of a process: every start is one by power.
    const boot = new BootRecord(platform);
    ({ device, link } = composeDevice(platform, { app, config, boot, builtMs: builtAt(build.builtOn), ...parts }));
    boot.tell();
    timer.set(() => void finish(`not done within ${order.timeoutS} s`), order.timeoutS * 1000);
    device.start();
  } catch (error) {
    onFault(error);
  }
}
