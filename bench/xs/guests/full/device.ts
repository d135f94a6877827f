// A whole device with all that an image may hold, at once: the app of examples/thermometer, the satellite receiver, a console at
// which somebody types while the device is connected, and an update by a packed file, to the restart. What it takes is what the
// block of a manifest is cut from: ../../blocks.ts.

import * as app from "project/app";
import type { CloudOrder } from "../../../../firmware/cloud/cloud.js";
import { CLOUDS, cloudNamed, loadCloud } from "../../../../firmware/clouds.js";
import { composeDevice, tableOf } from "../../../../firmware/compose.js";
import { BootRecord } from "../../../../firmware/device/boot-record.js";
import { Console } from "../../../../firmware/device/console.js";
import type { Device } from "../../../../firmware/device/device.js";
import type { ConsoleKeys } from "../../../../firmware/jwt/device-key.js";
import type { Link } from "../../../../firmware/platform/link.js";
import type { Platform } from "../../../../firmware/platform/platform.js";
import { configure } from "../../../../firmware/settings/configure.js";
import { board } from "../board.js";
import { PORTS } from "./ports.js";
import { slotsFor } from "./slots.js";

/** What a device is built with. */
export interface FullBuild {
  cloud: CloudOrder;
  settings?: Readonly<Record<string, unknown>>;
  /** Whether an update comes; by HTTPS none does, nor by Google's dialect. */
  isUpdated?: boolean;
}

const INTERVAL_S = 10;
/** Records behind which somebody types, and a device without updates ends. */
const TYPED_BEHIND = 3;
const ENDS_BEHIND = 14;
/** Milliseconds between two lines. */
const LINE_MS = 1_500;
const LINES = ["help", "status", "get", "set apn iot.example", "nothing of the kind", "key public", "key public jwk"];

/** Runs it. */
export function runFull({ cloud: order, settings, isUpdated = false }: FullBuild): void {
  let acked = 0;
  let device: Device;
  let link: Link;
  let keys: ConsoleKeys | undefined;
  const base = board((event) => {
    if (event !== "acked") return;
    acked++;
    if (acked === TYPED_BEHIND) type(LINES);
    if (acked === ENDS_BEHIND && !isUpdated) base.timer.set(() => device.stop(), 0);
  });
  const restart = () => {
    host.print(JSON.stringify({ restarted: true, acked }));
    host.end();
  };
  const slots = isUpdated && { update: slotsFor(lengthOf("file")), restart };
  const platform: Platform = { ...base, device: PORTS, ...slots };
  const boot = new BootRecord(platform);
  const config = configure(
    { ...CLOUDS[cloudNamed(order.name)].settings, telemetryIntervalS: INTERVAL_S, positionS: 60, ...settings },
    tableOf(app),
  );
  const console = new Console({
    keyValue: platform.keyValue,
    built: { telemetryIntervalS: INTERVAL_S, ...settings },
    table: tableOf(app),
    get settings() {
      return config;
    },
    get keys() {
      return keys;
    },
    get updates() {
      return device.updates;
    },
    status: () => ({ phase: device.phase, starts: boot.starts, ...device.counters, ...link.counters() }),
  });

  /** A line at a time, as a person types them. */
  function type(lines: readonly string[]): void {
    const [line, ...others] = lines;
    if (line === undefined) return;
    const bytes = Uint8Array.from(`${line}\r\n`, (letter) => letter.charCodeAt(0));
    const { text } = console.receive(bytes);
    if (line.startsWith("key") && !text.includes("\nok\n") && keys) host.print(JSON.stringify({ fault: text }));
    base.timer.set(() => type(others), LINE_MS);
  }

  loadCloud(order).then(
    (cloud) => {
      keys = cloud.keys?.(platform);
      ({ device, link } = composeDevice(platform, { config, app, boot, ...cloud.partsFor({ config, platform }) }));
      device.ended.then(() => {
        host.print(JSON.stringify({ acked, restarted: false }));
        host.end();
      });
      device.start();
    },
    (error) => {
      host.print(JSON.stringify({ fault: String(error) }));
      host.end();
    },
  );
}

/** Bytes of a file of the bench: they are told beside it. */
const lengthOf = (file: string) => new DataView(host.input(`${file}-length`, 0, 4)!).getUint32(0, true);
