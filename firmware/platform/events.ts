// All that a device says of itself, by name: the contract between the firmware and whoever reads its log. The desk's
// sentences, the storm's verdicts and docs/log.md are checked against it by the compiler. No field is ever a secret.

import type { Advice } from "./failure.js";
import type { LinkStage } from "./link.js";

/** A failure that did not stop the device. */
type Told = {
  /** As in the failure's class, e.g. `at-timeout`. */
  code: string;
  /** One line for people, with the causes underneath. */
  message: string;
};

/** What of an app did something wrong. */
export type AppPart =
  | "load"
  | "start"
  | "sample"
  | "command"
  | "timer"
  | "changed"
  | "publish"
  | "close"
  | "health"
  | "may-update";
/**
 * What is wrong with what an app did:
 * - `app-threw`: it threw, or a promise of its was rejected
 * - `app-late`: it was not ready when its time was over
 * - `app-busy`: what it began before has not settled
 * - `app-value`: what it said is no JSON, holds NaN, or is too long
 * - `app-refused`: it asked for what the device does not grant now
 */
export type AppFaultCode = "app-threw" | "app-late" | "app-busy" | "app-value" | "app-refused";

/** The events, and the fields of each. Times are in ms; wall times in ms since 1970. */
export interface LogEvents {
  // How it started
  start: { reset: string; starts: number; safe?: boolean | undefined };
  pausing: { ms: number; starts: number };
  "safe-end-planned": { ms: number };
  "setting-ignored": { name: string };
  "settings-left-out": { message: string };
  "no-rung": { rung: string };
  "no-outbox": { code?: string | undefined; message: string };
  "not-read": { key: string; message: string };
  "not-remembered": { key: string; message: string };
  stuck: { message: string; ms: number };
  fault: { message: string; stack?: string | undefined };

  // What it does
  phase: { phase: string; failures: number };
  stage: { stage: LinkStage; detail: string };
  draining: { waiting: number };
  settling: { waiting: number };
  resting: {
    how: string | undefined;
    radioOnMs: number;
    airBytes: number;
    connects: number;
    bytesPerConnect: number;
    resumed: number;
    monthBytes: number | undefined;
    monthRadioOnS: number | undefined;
  };
  asleep: { ms: number };

  // Where it is; the place itself is in the records alone
  located: { ms: number; accuracyM: number | undefined };
  "no-position": Told & { ms: number };

  // Modem and network
  online: {
    iccid?: string | undefined;
    rat?: string | undefined;
    plmn?: string | undefined;
    rssi?: number | undefined;
  };
  clock: {
    wallMs: number;
    source: "network" | "ntp";
    skewMs?: number | undefined;
    uncertaintyMs?: number | undefined;
  };
  "link-lost": { reason: string };
  "line-speed": { from: number | undefined; to: number };
  "line-speed-refused": { wanted: number; kept: number };
  "line-speed-failed": { wanted: number; kept: number };
  "left-data-mode": NoFields;
  "modem-setting": { setting: string };
  "modem-setting-refused": { command: string };
  "modem-supply": { reason?: string | undefined; urc?: string | undefined };
  "modem-firmware": { firmware: string; advice: string };
  "sim-state-unread": NoFields;
  "iccid-unread": NoFields;
  "low-power": {
    psmActiveS: number | undefined;
    psmPeriodS: number | undefined;
  };
  "no-psm": { granted: boolean; powerKey: boolean };

  // Credentials
  onboarding: { host: string };
  onboarded: {
    clientId: string;
    endpoint: string;
    usernameBytes: number;
    rootBytes: number;
    expiresAt: number;
    kept: boolean;
  };
  "token-kept": { ageMs: number };
  "sim-changed": NoFields;
  "renewal-postponed": Told;
  "fetching-root": { host: string };
  "root-not-fetched": Told;
  signed: { alg: string; expiresAt: number; ms: number };

  // Connections
  connecting: { host: string; port: number; alpn: string | undefined };
  tls: { version: string; suite: string; resumed: boolean };
  connected: { ms: number; filter: string };
  "second-way": Told;

  // Records, commands, configuration
  recorded: { topic: string; seq: number; bytes: number };
  accepted: { seq: number; trace: string | undefined };
  acked: { seq: number };
  rejected: { seq: number; message: string };
  "not-recorded": Told;
  command: { topic: string; cmd: string; bytes: number };
  answered: { topic: string; ok: boolean };
  "commands-refused": { received: number; refused: number };
  "retained-command": { topic: string; bytes: number };
  "data-budget": { status: "ok" | "near" | "spent"; usedKb: number; budgetKb: number };
  configured: { telemetryIntervalS: number; listenS: number };
  "configuration-refused": { error: string; detail: string };
  "configuration-unread": { message: string };

  // The device's own app
  app: { message: string };
  "app-fault": { part: AppPart; code: AppFaultCode; message: string };
  "app-changed": { names: string };

  // Updates
  update: {
    update: number | undefined;
    state: string;
    percent?: number | undefined;
    reason?: string | undefined;
    detail?: string | undefined;
  };
  "update-window": { from: number; length: number };
  "update-window-over": { done: number; ms: number; airBytes: number; code?: string | undefined };
  "update-check": { ok: boolean; bytes: number };
  "update-retry": { ms: number };

  // Failure and recovery
  failure: Told & { advice?: Advice | undefined; cause: string | undefined };
  "backing-off": { ms: number; failures: number; rung: string };
  halted: { ms: number };
  climbing: { rung: string };

  // On a desk
  memory: {
    after: string;
    heapFree: number;
    heapLeast: number;
    heapLargest: number;
    chunks: number;
    chunksPeak: number;
    chunksRoom: number;
    slots: number;
    slotsPeak: number;
    slotsRoom: number;
    untouched: number;
    stack: number;
    stackPeak: number;
    tasks: string;
  };
}

/** The name says it all. */
type NoFields = Record<never, never>;

/** The name of an event of the log. */
export type LogEvent = keyof LogEvents;
/** An event with its own fields, for whoever tells events apart by their names. */
export type Logged = { [E in LogEvent]: { event: E; fields: LogEvents[E] } }[LogEvent];
export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogValue = string | number | boolean | undefined;
/** What a log is handed, for one that takes any event. */
export type LogFields = Readonly<Record<string, LogValue>>;

/** One line of the device's log. `fields` hold numbers and short strings for programs; never a secret. */
export type Log = <E extends LogEvent>(level: LogLevel, event: E, fields: LogEvents[E]) => void;
