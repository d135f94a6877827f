// What is measured, as a table, and what is to be reached.

import { TransferServer } from "../transfer-server.js";
import type { Budget } from "./budget.js";
import { DEVICE_VALUES, googleCloud, jwtCloud, oneNceCloud, oneNceHttpCloud, RSA_VALUES, rsaKey } from "./clouds.js";
import type { Cloud } from "./journey.js";
import { onboardingAnswers } from "./onboarding.js";
import { MODDABLE_CLIENT, type Preload, type Variant } from "./program.js";

/** One program. Its figures are the smallest heap, the instructions, and those of each piece of work that it tells. */
export interface Case {
  /** On the command line, in budget.json and in the JSON output. */
  name: string;
  title: string;
  /** The program, in guests/. */
  guest: string;
  /** What is in flash; `bundle`: nothing, and the program is one module. */
  preload: Preload | "bundle";
  /** What of firmware/clouds.ts its image holds. */
  holds?: readonly string[];
  /** How it is otherwise than it is written. */
  variant?: Variant;
  /** The world in which its journey is recorded, for a program that has one. */
  cloud?: () => Cloud;
  /** What is in its key-value store. */
  values?: Readonly<Record<string, Uint8Array>>;
  /** Files that it reads. */
  inputs?: () => Readonly<Record<string, Uint8Array>>;
  /** It runs with the stack and the native stack of the image that ships, and both heaps grow by its steps. */
  asImage?: boolean;
  /** Most bytes of heap that it is to take. */
  heapGoal?: number;
  /** Most instructions that a piece of its work is to take. */
  workGoals?: Readonly<Record<string, number>>;
  /** What is measured beside ours. */
  peer?: string;
}

const ONE_NCE = ["cloud/1nce-aws/cloud"];
const JWT = ["cloud/jwt-broker/cloud", "cloud/own-key/es256"];
const GOOGLE = ["cloud/google/cloud", "cloud/own-key/es256"];
const GOOGLE_RS256 = ["cloud/google/cloud", "cloud/own-key/rs256"];
/** The curve in RAM has no table of the base point's multiples. */
const NO_TABLE: Variant = {
  edit: (path, source) =>
    path === "firmware/jwt/p256.ts"
      ? source.replace("TABLE_WINDOW: number = 4", "TABLE_WINDOW: number = 1")
      : undefined,
};
const transferCloud = (): Cloud => ({
  servers: [{ host: "transfer.test", port: 9, core: new TransferServer(1460) }],
});

export const CASES: readonly Case[] = [
  { name: "idle", title: "a program that does nothing", guest: "idle.ts", preload: "simkey" },
  {
    name: "at-channel",
    title: "AT channel: a modem switched on, registered, 3 connections of 160 bytes out and 1460 in",
    guest: "at-channel.ts",
    preload: "simkey",
    cloud: transferCloud,
  },
  {
    name: "parse-none",
    title: "1NCE's answer taken in pieces of 512 bytes and thrown away",
    guest: "parse-none.ts",
    preload: "simkey",
    inputs: onboardingAnswers,
  },
  {
    name: "parse-csv",
    title: "the answer as CSV, its 5 fields read as they arrive",
    guest: "parse-csv.ts",
    preload: "simkey",
    inputs: onboardingAnswers,
  },
  {
    name: "parse-json",
    title: "the answer as JSON, gathered and given to JSON.parse",
    guest: "parse-json.ts",
    preload: "simkey",
    inputs: onboardingAnswers,
    peer: "JSON.parse",
  },
  {
    name: "onboarding-csv",
    title: "onboarding from CSV: HTTP answer to checked token, with the root certificate as DER",
    guest: "onboarding-csv.ts",
    preload: "simkey",
    inputs: onboardingAnswers,
  },
  {
    name: "onboarding-json",
    title: "the same token by JSON.parse",
    guest: "onboarding-json.ts",
    preload: "simkey",
    inputs: onboardingAnswers,
    peer: "JSON.parse",
  },
  { name: "mqtt-codec", title: "MQTT codec", guest: "mqtt-codec.ts", preload: "simkey" },
  { name: "mqtt-codec-ram", title: "MQTT codec, nothing preloaded", guest: "mqtt-codec.ts", preload: "nothing" },
  {
    name: "mqtt-packet",
    title: "mqtt-packet 9.0.2, nothing preloaded",
    guest: "mqtt-packet.js",
    preload: "bundle",
    peer: "mqtt-packet",
  },
  {
    name: "mqtt-session",
    title: "MQTT session: 8 messages with QoS 1",
    guest: "mqtt-session.ts",
    preload: "simkey",
    heapGoal: 11_000,
    workGoals: { "publish to PUBACK": 3_000 },
  },
  { name: "es256", title: "ES256 with window 1", guest: "es256.ts", preload: "simkey", variant: NO_TABLE },
  {
    name: "es256-flash",
    title: "ES256 with window 4, its table and noble in flash",
    guest: "es256.ts",
    preload: "all",
  },
  {
    name: "es256-default",
    title: "ES256 with noble's own window",
    guest: "es256-default.ts",
    preload: "simkey",
    peer: "noble's window",
  },
  {
    name: "rs256-flash",
    title: "RS256 with a key of 2048 bits and noble's SHA-256 in flash, blinded",
    guest: "rs256.ts",
    preload: "all",
    inputs: rsaKey,
  },
  {
    name: "device-1nce",
    title: "the whole 1NCE device, without TLS",
    guest: "device-1nce.ts",
    preload: "simkey",
    holds: ONE_NCE,
    cloud: oneNceCloud,
    heapGoal: 36_000,
  },
  {
    name: "device-1nce-ws",
    title: "the same with MQTT in WebSockets",
    guest: "device-1nce-ws.ts",
    preload: "simkey",
    holds: ONE_NCE,
    cloud: oneNceHttpCloud,
  },
  {
    name: "device-1nce-https",
    title: "the same by HTTPS",
    guest: "device-1nce-https.ts",
    preload: "simkey",
    holds: ONE_NCE,
    cloud: oneNceHttpCloud,
    heapGoal: 44_000,
  },
  {
    name: "device-1nce-record",
    title: "the 1NCE device online, a record at a time",
    guest: "device-1nce-record.ts",
    preload: "simkey",
    holds: ONE_NCE,
    cloud: oneNceCloud,
    workGoals: { "a record": 45_000 },
  },
  {
    name: "device-1nce-ram",
    title: "the whole 1NCE device, without TLS, nothing preloaded",
    guest: "device-1nce.ts",
    preload: "nothing",
    holds: ONE_NCE,
    cloud: oneNceCloud,
  },
  {
    name: "device-jwt",
    title: "the whole JWT device, without TLS",
    guest: "device-jwt.ts",
    preload: "simkey",
    variant: NO_TABLE,
    holds: JWT,
    cloud: jwtCloud,
    values: DEVICE_VALUES,
  },
  {
    name: "device-jwt-flash",
    title: "the whole JWT device, without TLS, noble in flash, as the manifests have it",
    guest: "device-jwt.ts",
    preload: "all",
    holds: JWT,
    cloud: jwtCloud,
    values: DEVICE_VALUES,
    heapGoal: 40_000,
  },
  {
    name: "device-jwt-ram",
    title: "the whole JWT device, without TLS, nothing preloaded",
    guest: "device-jwt.ts",
    preload: "nothing",
    variant: NO_TABLE,
    holds: JWT,
    cloud: jwtCloud,
    values: DEVICE_VALUES,
  },
  {
    name: "device-google-flash",
    title: "the whole device in Google's dialect, without TLS, noble in flash, as the manifests have it",
    guest: "device-google.ts",
    preload: "all",
    holds: GOOGLE,
    cloud: googleCloud,
    values: DEVICE_VALUES,
  },
  {
    name: "device-google-rs256-flash",
    title: "the same with an RSA key of 2048 bits",
    guest: "device-google-rs256.ts",
    preload: "all",
    holds: GOOGLE_RS256,
    cloud: googleCloud,
    values: RSA_VALUES,
  },
];

/** What of the SDK is measured beside ours where MODDABLE says where it is; in no budget, since every SDK has its own. */
export const SDK_PEERS: readonly Case[] =
  MODDABLE_CLIENT === undefined
    ? []
    : [
        {
          name: "moddable-client",
          title: "Moddable's own MQTT client: the same messages, without journal, resend or limits",
          guest: "moddable-client.js",
          preload: "simkey",
          peer: "Moddable",
        },
      ];

/** A figure of one case as a share of another's. */
export interface Ratio {
  metric: string;
  of: readonly [name: string, figure: string];
  to: readonly [name: string, figure: string];
  /** Case whose figure is taken off both first. */
  beyond?: string;
  atMost: number;
}

export const RATIOS: readonly Ratio[] = [
  {
    metric: "heap to parse 1NCE's answer, CSV to JSON.parse",
    of: ["parse-csv", "heap"],
    to: ["parse-json", "heap"],
    beyond: "parse-none",
    atMost: 0.333,
  },
  {
    metric: "instructions of a QoS 1 PUBLISH, ours to mqtt-packet's",
    of: ["mqtt-codec", "encode PUBLISH"],
    to: ["mqtt-packet", "encode PUBLISH"],
    atMost: 0.1,
  },
];

/** A ratio's value; undefined when a case that it needs was not measured. */
export function shareOf({ of, to, beyond }: Ratio, measured: Budget): number | undefined {
  const figure = ([name, key]: Ratio["of"]) => measured[name]?.[key] ?? Number.NaN;
  const base = beyond === undefined ? 0 : figure([beyond, of[1]]);
  const value = (figure(of) - base) / (figure(to) - base);
  return Number.isNaN(value) ? undefined : value;
}
