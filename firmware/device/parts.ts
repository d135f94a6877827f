// What a device is built of.

import type { Profile } from "../cloud/profile.js";
import type { UplinkFactory } from "../cloud/uplink.js";
import type { Journal } from "../mqtt/journal.js";
import type { SystemApp } from "../platform/app.js";
import type { Link } from "../platform/link.js";
import type { Platform } from "../platform/platform.js";
import type { Config, Table } from "../settings/table.js";
import type { BootRecord } from "./boot-record.js";
import type { OwnAppParts } from "./own-app.js";
import type { UpdateLoader } from "./update-module.js";

export interface DeviceParts {
  platform: Pick<
    Platform,
    | "clock"
    | "timer"
    | "random"
    | "log"
    | "keyValue"
    | "TLS"
    | "restart"
    | "watchdog"
    | "sleep"
    | "device"
    | "resetMemory"
    | "keptSlots"
    | "storeIsEncrypted"
    | "update"
  >;
  /** What every device measures and obeys. */
  base: SystemApp;
  /** The app of the device's own; left out: it has none, or starts safely. */
  own?: Pick<OwnAppParts, "app" | "values"> | undefined;
  /** The settings that there are; left out: those of a device without an app. */
  table?: Table | undefined;
  link: Link;
  profile: Profile;
  config: Config;
  journal: Journal;
  uplink: UplinkFactory;
  /** What carries updates out; left out: it is loaded when it is needed. */
  updates?: UpdateLoader | undefined;
  /** What is known of the starts so far; left out: nothing, and nothing is noted. */
  boot?: BootRecord | undefined;
}
