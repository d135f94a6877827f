// Who may change a setting, for people. A cloud does so by its configuration, which few clouds keep.

import { CLOUD_NAMES, CLOUDS } from "../../../firmware/clouds.js";
import { type Setting, WHO } from "../../../firmware/settings/kinds.js";

/** Clouds that keep a configuration of each device: those with a topic for it. */
export const CONFIGURING = CLOUD_NAMES.filter((name) => "config" in CLOUDS[name].topics(""));

/** Commands by which any cloud changes a setting (firmware/app/commands.ts). */
const COMMANDS = new Map([["telemetryIntervalS", "by the command interval"]]);

/** All who may change a setting, as a list; behind `cloud`, by what. */
export function changersOf(name: string, { by }: Setting): string {
  const all = WHO.slice(0, WHO.indexOf(by) + 1).join(", ");
  if (by !== "cloud") return all;
  const means = [`by a configuration of ${CONFIGURING.join(" or ")}`, COMMANDS.get(name)].filter(Boolean);
  return `${all} (${means.join("; ")})`;
}
