// Joins the firmware's parts into a device, as firmware/main.ts does on the chip.

import { oneNceProfile } from "../../firmware/cloud/1nce-aws/profile.js";
import { mqttUplink } from "../../firmware/cloud/mqtt-uplink.js";
import type { Profile } from "../../firmware/cloud/profile.js";
import { type Config, linkSettings } from "../../firmware/device/config.js";
import { Device } from "../../firmware/device/device.js";
import type { ModemOptions } from "../../firmware/modem/modem.js";
import { createModem } from "../../firmware/modem/modem.js";
import { type Journal, RamJournal } from "../../firmware/mqtt/journal.js";
import { AWS_IOT_LIMITS, type MqttLimits } from "../../firmware/mqtt/limits.js";
import type { Link } from "../../firmware/platform/link.js";
import type { Platform } from "../../firmware/platform/platform.js";

/** What may differ from device to device. */
export interface Composition {
  config: Config;
  /** 1NCE's own, with the roots that are built in, when left out. */
  profile?: Profile;
  /** Left out: AWS IoT Core's under 1NCE's policy, which has no iot:RetainPublish. */
  limits?: MqttLimits;
  /** Where records wait; left out: in RAM. */
  journal?: Journal;
  /** Shows the AT channel. */
  trace?: ModemOptions["trace"];
}

/** A device on `platform`, not started yet, and its modem. */
export function composeDevice(platform: Platform, composition: Composition): { device: Device; link: Link } {
  const { config, trace, journal = new RamJournal(), limits = { ...AWS_IOT_LIMITS, retain: false } } = composition;
  const { Serial, clock, timer, log, powerKey, keyValue } = platform;
  const profile = composition.profile ?? oneNceProfile({ host: config.onboardingHost, port: config.onboardingPort });
  const link = createModem({
    Serial,
    clock,
    timer,
    log,
    powerKey,
    trace,
    keyValue,
    ...linkSettings(config),
    onStage: (stage, detail) => log("info", "stage", { stage, detail }),
    onLost: (reason) => device.linkLost(reason),
  });
  const uplink = mqttUplink({ limits, keepAliveS: config.keepAliveS });
  const device = new Device({ platform, link, profile, config, journal, uplink });
  return { device, link };
}
