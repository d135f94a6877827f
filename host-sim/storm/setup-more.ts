// What was drawn of a device's settings later than the rest: names and ports of what it talks to, where TLS sessions wait, what
// wakes the modem early, whom it trusts for updates, and what it signs by. Drawn from a stream of its own, so that all else of a
// seed is what it was before. The names are those that the cloud around it answers to (rig.ts): none of them may end anything.

import type { JwtAlgorithm } from "../../firmware/jwt/token.js";
import type { Config } from "../../firmware/settings/table.js";
import { ENDPOINT_HOST } from "../cloud/names.js";
import { UPDATE_HOST } from "../cloud/updates/file-server.js";
import type { Prng } from "../world/prng.js";

/** What else differs from device to device. Plain data. */
export interface SetupMore {
  /** What lies in its key-value store is encrypted. */
  storeIsEncrypted: boolean;
  /** What a device with a key of its own signs by. */
  alg: JwtAlgorithm;
}

type SettingsMore = Some<
  | ("tlsSessions" | "sendAtOnceWhen" | "bandsNbIot" | "apn" | "onboardingHost" | "onboardingPort")
  | ("endpointPattern" | "ntpHost" | "updateHost" | "updateRoots")
>;
/** Speeds that no other draw has. */
interface Speed {
  modemBaud?: number;
}
type Some<K extends keyof Config> = Partial<Pick<Config, K>>;

/** The longest names that the settings take. */
const LONGEST_HOST = `${"h".repeat(56)}.example`;
const LONGEST_APN = `${"a".repeat(63)}.${"b".repeat(36)}`;

const SESSIONS: readonly Some<"tlsSessions">[] = [
  {},
  {},
  {},
  { tlsSessions: "off" },
  ...twice({ tlsSessions: "flash" }),
];
/** How often the store of a device is encrypted, and of one that wants its sessions there. */
const ENCRYPTED = 0.1;
const ENCRYPTED_WHERE_WANTED = 0.75;
/** Of the device's own numbers, of its app's where it has one, and of none that is there. */
const CONDITIONS: readonly Some<"sendAtOnceWhen">[] = [
  ...new Array<object>(6).fill({}),
  ...twice({ sendAtOnceWhen: "temperature>28" }),
  { sendAtOnceWhen: "humidity<45.5" },
  { sendAtOnceWhen: "uptime>5400" },
  { sendAtOnceWhen: "rssi<-60" },
  { sendAtOnceWhen: "nothing>0" },
];
/** The network has 3, 8 and 20. */
const BANDS: readonly Some<"bandsNbIot">[] = [
  {},
  {},
  { bandsNbIot: [20] },
  { bandsNbIot: [3, 8, 20] },
  { bandsNbIot: [1, 8, 28] },
];
const APNS: readonly Some<"apn">[] = [{}, {}, {}, { apn: "internet.m2m" }, { apn: LONGEST_APN }];
const ONBOARDINGS: readonly Some<"onboardingHost" | "onboardingPort">[] = [
  {},
  {},
  {},
  { onboardingPort: 8443 },
  { onboardingHost: "onboarding.example" },
  { onboardingHost: LONGEST_HOST, onboardingPort: 65_535 },
];
/** All fit the endpoint's name; case does not matter (RFC 4343). */
const PATTERNS: readonly Some<"endpointPattern">[] = [
  {},
  {},
  {},
  { endpointPattern: ENDPOINT_HOST },
  { endpointPattern: "*.iot.eu-central-1.amazonaws.com" },
  { endpointPattern: "*.AMAZONAWS.com" },
];
const NTP_HOSTS: readonly Some<"ntpHost">[] = [
  {},
  {},
  { ntpHost: "time.google.com" },
  { ntpHost: "192.0.2.123" },
  { ntpHost: LONGEST_HOST },
];
const UPDATE_HOSTS: readonly Some<"updateHost">[] = [
  {},
  {},
  { updateHost: UPDATE_HOST },
  { updateHost: "*.s3.eu-central-1.amazonaws.com" },
];
const ROOTS: readonly Some<"updateRoots">[] = [{}, {}, { updateRoots: "isrg" }, { updateRoots: "build" }];
const SPEEDS: readonly Speed[] = [...new Array<Speed>(10).fill({}), { modemBaud: 9_600 }, { modemBaud: 38_400 }];
const RSA = 0.4;

/** Draws them. */
export function drawMore(random: Prng): { settings: SettingsMore & Speed; setup: SetupMore } {
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  const sessions = pick(SESSIONS);
  const wanted = sessions.tlsSessions === "flash" ? ENCRYPTED_WHERE_WANTED : ENCRYPTED;
  return {
    setup: { storeIsEncrypted: random.chance(wanted), alg: random.chance(RSA) ? "RS256" : "ES256" },
    settings: {
      ...sessions,
      ...pick(CONDITIONS),
      ...pick(BANDS),
      ...pick(APNS),
      ...pick(ONBOARDINGS),
      ...pick(PATTERNS),
      ...pick(NTP_HOSTS),
      ...pick(UPDATE_HOSTS),
      ...pick(ROOTS),
      ...pick(SPEEDS),
    },
  };
}

function twice<const T>(item: T): [T, T] {
  return [item, item];
}
