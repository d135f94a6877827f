// Joins the firmware's parts into a device, for the chip, platform lin and Node alike.

import { oneNceProfile } from "./cloud/1nce-aws/profile.js";
import { oneNceUplink } from "./cloud/1nce-aws/uplink.js";
import type { Profile } from "./cloud/profile.js";
import type { UplinkFactory } from "./cloud/uplink.js";
import { type Config, linkSettings } from "./device/config.js";
import { Device } from "./device/device.js";
import { createModem, type ModemOptions } from "./modem/modem.js";
import { type Journal, RamJournal } from "./mqtt/journal.js";
import type { Link } from "./platform/link.js";
import type { Platform } from "./platform/platform.js";
import { Outbox } from "./store/outbox.js";

/** What may differ from device to device. */
export interface Composition {
  config: Config;
  /** 1NCE's own, with the roots that are built in and as the settings say, when left out. */
  profile?: Profile;
  /** What carries the messages; 1NCE's, as the settings say, when left out. */
  uplink?: UplinkFactory;
  /** Where records wait; left out: in the platform's flash, or in RAM where there is none. */
  journal?: Journal;
  /** What the board has besides a UART and a power key. */
  board?: Pick<ModemOptions, "pulses" | "supply" | "flowControl">;
  /** Shows the AT channel. */
  trace?: ModemOptions["trace"];
}

/** A device on `platform`, not started yet, and its modem. */
export function composeDevice(platform: Platform, composition: Composition): { device: Device; link: Link } {
  const { config, trace, board } = composition;
  const { Serial, clock, timer, log, powerKey, keyValue, flash } = platform;
  const journal = composition.journal ?? (flash ? new Outbox(flash) : new RamJournal());
  const { onboardingHost: host, onboardingPort: port, transport } = config;
  const profile = composition.profile ?? oneNceProfile({ host, port, transport });
  const link = createModem({
    Serial,
    clock,
    timer,
    log,
    powerKey,
    trace,
    keyValue,
    ...board,
    ...linkSettings(config),
    onStage: (stage, detail) => log("info", "stage", { stage, detail }),
    onLost: (reason) => device.linkLost(reason),
  });
  const io = { TCP: link.TCP, TLS: platform.TLS, clock, random: platform.random };
  const session = config.session === "persistent" ? { keyValue } : {};
  const uplink = composition.uplink ?? oneNceUplink({ ...config, ...session, io, log });
  const device = new Device({ platform, link, profile, config, journal, uplink });
  return { device, link };
}
