// All kinds of fault, by name.

import type { FaultKind, FaultValue } from "../fault.js";
import { APP_KINDS, PART_KINDS } from "./app.js";
import { CHIP_KINDS, CLOCK_KINDS, FLASH_KINDS } from "./board.js";
import { BROKER_KINDS } from "./broker.js";
import { AT_KINDS, MODEM_KINDS } from "./modem.js";
import { NETWORK_KINDS, ONBOARDING_KINDS, SOCKET_KINDS, TLS_KINDS } from "./network.js";

export const KINDS: Readonly<Record<string, FaultKind>> = {
  ...AT_KINDS,
  ...MODEM_KINDS,
  ...NETWORK_KINDS,
  ...SOCKET_KINDS,
  ...TLS_KINDS,
  ...ONBOARDING_KINDS,
  ...BROKER_KINDS,
  ...CLOCK_KINDS,
  ...FLASH_KINDS,
  ...CHIP_KINDS,
  ...PART_KINDS,
  ...APP_KINDS,
};

/** @throws RangeError for a name that is none */
export function kindOf(name: string): FaultKind {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind === undefined) throw new RangeError(`no fault is called "${name}"; known: ${Object.keys(KINDS).join(", ")}`);
  return kind;
}

/** What lets other faults bite: what goes wrong with connecting shows only when a connection is made. */
const TRIGGERS: readonly (readonly [trigger: string, bites: RegExp])[] = [
  ["broker-token-revoked", /^(onboarding-|tls-(cut|mute)-onboarding|broker-token-(short|over))|=onboarding$/],
  ["broker-hangs-up", /^(tls-|socket-(refused|hang|half-close|open-)|network-(dns|name-gone)|modem-dies-opening)/],
  ["broker-hangs-up", /^broker-(refuses|busy|silent|closes|drops|no-suback|late-suback|suback-failure)/],
  ["network-pdp-drop", /^network-pdp-(refused|silent)/],
  ["modem-restart", /^(at-(first-lost|echo)|modem-(boot-slow|sim-busy)|network-slow)/],
  ["chip-restart", /^(clock-(unset|wrong)|app-start-throws)/],
];

/** The kind of fault that lets one bite, if it needs any. */
export function triggerOf(name: string, value: FaultValue | undefined): string | undefined {
  return TRIGGERS.find(([, bites]) => bites.test(`${name}=${value}`))?.[0];
}
