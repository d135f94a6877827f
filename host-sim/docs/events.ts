// What each event of a device's log means, and each of its fields: docs/log.md is made of it. The compiler holds it against
// LogEvents, so that neither an event nor a field can be without its meaning here, nor go on having one that is gone.

import type { LogEvent, LogEvents } from "../../firmware/platform/events.js";

interface Meaning<E extends LogEvent> {
  means: string;
  fields: { readonly [F in keyof LogEvents[E]]-?: string };
}

const TOLD = { code: "the failure's code", message: "the failure and its causes, in one line" };
const MS = "milliseconds";
const SPEEDS = { wanted: "bits per second", kept: "bits per second" };

/** In the order in which they come in a device's life. */
export const EVENTS: { readonly [E in LogEvent]: Meaning<E> } = {
  start: {
    means: "the device has started",
    fields: {
      reset: "why the last life ended; where that was not its own doing, the phase it was in stands after a colon",
      starts: "starts so far without a proven connection, this one among them",
      safe: "a safe start: stored settings, own app and persistent session are left out",
    },
  },
  pausing: {
    means: "it waits before it connects, since it has died before",
    fields: { ms: MS, starts: "as in `start`" },
  },
  "safe-end-planned": { means: "a safe start has led to a proof; an ordinary start follows", fields: { ms: MS } },
  "setting-ignored": { means: "a stored setting is not one, or not allowed any more", fields: { name: "its name" } },
  "settings-left-out": {
    means: "the stored settings cannot be read, or do not work together; those it was built with are used",
    fields: { message: "why" },
  },
  "no-rung": { means: "the recovery ladder has no such rung on this board", fields: { rung: "the rung" } },
  "no-outbox": {
    means: "records wait in RAM and do not survive a restart",
    fields: { code: "the failure's code, if one is the reason", message: "why" },
  },
  "not-read": {
    means: "a value in the key-value store cannot be read, and counts as none",
    fields: { key: "its name there", message: "why" },
  },
  "not-remembered": {
    means: "the key-value store did not take a value",
    fields: { key: "its name there", message: "why" },
  },
  stuck: { means: "the device could not be put together; it tries again", fields: { message: "why", ms: MS } },
  fault: { means: "an error that nobody caught; the chip restarts", fields: { message: "the error", stack: "where" } },

  phase: { means: "the agent is in another phase", fields: { phase: "its name", failures: "since the last proof" } },
  stage: { means: "the modem is brought up", fields: { stage: "how far it is", detail: "for people" } },
  draining: { means: "no more is offered before a planned reconnect", fields: { waiting: "records in the outbox" } },
  settling: {
    means: "no more is offered before a rest, or a look for its position",
    fields: { waiting: "records in the outbox" },
  },
  resting: {
    means: "the modem rests",
    fields: {
      how: "psm, off, radio-off or awake",
      radioOnMs: "milliseconds the radio was on, in all",
      airBytes: "bytes over the air, in all, TCP/IP headers included",
      connects: "connections, in all",
      bytesPerConnect: "mean bytes of one connection",
      resumed: "TLS handshakes that went on from an earlier session, in all",
      monthBytes: "bytes in 30 days at this rate; after six hours",
      monthRadioOnS: "seconds of radio in 30 days at this rate; after six hours",
    },
  },
  asleep: { means: "it sleeps until the next record", fields: { ms: MS } },
  located: {
    means: "satellites tell where it is; the place is in the records alone",
    fields: { ms: "how long that took", accuracyM: "metres it may be off" },
  },
  "no-position": {
    means: "they do not; the last place is kept",
    fields: { ...TOLD, ms: "how long it was looked" },
  },

  online: {
    means: "the modem has an IP address",
    fields: { iccid: "the SIM's number", rat: "LTE-M, NB-IoT or GSM", plmn: "MCC-MNC of the network", rssi: "dBm" },
  },
  clock: {
    means: "the clock is set",
    fields: {
      wallMs: "milliseconds since 1970",
      source: "network or ntp",
      skewMs: "how far it was off",
      uncertaintyMs: "how far it may be off now",
    },
  },
  "link-lost": { means: "the modem lost its network, or restarted", fields: { reason: "why" } },
  "line-speed": {
    means: "the modem's line has another speed",
    fields: { from: "bits per second", to: "bits per second" },
  },
  "line-speed-refused": { means: "the modem does not know this speed", fields: SPEEDS },
  "line-speed-failed": { means: "at this speed the modem was not understood", fields: SPEEDS },
  "left-data-mode": { means: "the modem was in a data call, and was brought back", fields: {} },
  "modem-setting": { means: "a setting that the modem has saved is changed", fields: { setting: "its name" } },
  "modem-setting-refused": { means: "the modem refuses a setting", fields: { command: "the AT command" } },
  "modem-supply": {
    means: "the modem's supply is switched, or complains",
    fields: { reason: "why it could not be switched", urc: "what the modem said" },
  },
  "modem-firmware": {
    means: "the modem's firmware is known for its faults",
    fields: { firmware: "its version", advice: "what to do" },
  },
  "sim-state-unread": { means: "the modem's answer about the SIM could not be read; it goes on without", fields: {} },
  "iccid-unread": { means: "the SIM's number could not be read; it goes on without", fields: {} },
  "low-power": {
    means: "what the network grants",
    fields: { psmActiveS: "T3324, seconds", psmPeriodS: "T3412, seconds" },
  },
  "no-psm": {
    means: "the modem does not rest in PSM",
    fields: { granted: "whether the network grants it", powerKey: "whether a power key could end it" },
  },

  onboarding: { means: "1NCE is asked for a token", fields: { host: "the service's host" } },
  onboarded: {
    means: "a token has come",
    fields: {
      clientId: "the SIM's number, by the cloud",
      endpoint: "AWS IoT Core's host",
      usernameBytes: "length of the user name, which is secret",
      rootBytes: "length of the root that came with it",
      expiresAt: "milliseconds since 1970",
      kept: "whether it outlives a restart",
    },
  },
  "token-kept": { means: "the token of an earlier life still holds", fields: { ageMs: MS } },
  "sim-changed": { means: "the kept token is another SIM's, and is forgotten", fields: {} },
  "renewal-postponed": { means: "no new token could be had yet; the old one still holds", fields: TOLD },
  "fetching-root": { means: "the endpoint's root is fetched", fields: { host: "from where" } },
  "root-not-fetched": { means: "it was not; the built-in roots are used", fields: TOLD },
  signed: {
    means: "the device has signed a token of its own",
    fields: { alg: "ES256 or RS256", expiresAt: "milliseconds since 1970", ms: "how long it took" },
  },

  connecting: {
    means: "the cloud is dialled",
    fields: { host: "its name", port: "TCP port", alpn: "protocol asked for by ALPN" },
  },
  tls: {
    means: "a TLS handshake has passed every check",
    fields: { version: "of TLS", suite: "the cipher suite", resumed: "whether an earlier session goes on" },
  },
  connected: {
    means: "connected and subscribed",
    fields: { ms: "since it was dialled", filter: "topic filter of the commands" },
  },
  "second-way": { means: "MQTT cannot be had; records go out by HTTPS", fields: TOLD },

  recorded: {
    means: "a record is in the outbox",
    fields: { topic: "where it goes", seq: "its number in the outbox", bytes: "of its payload" },
  },
  accepted: { means: "an HTTPS server took a record", fields: { seq: "as in `recorded`", trace: "AWS's traceId" } },
  acked: { means: "the cloud has acknowledged a record", fields: { seq: "as in `recorded`" } },
  rejected: { means: "a record can never be sent and is lost", fields: { seq: "as in `recorded`", message: "why" } },
  "not-recorded": { means: "a record could not be kept and is lost", fields: TOLD },
  command: {
    means: "a command has come",
    fields: { topic: "on which topic", cmd: "its name", bytes: "of its payload" },
  },
  answered: { means: "its answer is in the outbox", fields: { topic: "where it goes", ok: "whether it was obeyed" } },
  "commands-refused": {
    means: "more commands come than are carried out; told at most once a minute",
    fields: { received: "in all", refused: "of these, not carried out" },
  },
  "retained-command": {
    means: "a command that the broker kept is not obeyed",
    fields: { topic: "on which topic", bytes: "of its payload" },
  },
  "data-budget": {
    means: "the day's volume (`dataBudgetKbPerDay`) is near its end, spent, or begins anew",
    fields: {
      status: "near: records are spaced; spent: none is made until the UTC day is over; ok",
      usedKb: "kilobytes on this day, TCP/IP headers included",
      budgetKb: "the setting",
    },
  },
  configured: {
    means: "a configuration from the cloud is obeyed",
    fields: { telemetryIntervalS: "the setting in effect", listenS: "the setting in effect" },
  },
  "configuration-refused": {
    means: "a configuration from the cloud is refused",
    fields: { error: "why", detail: "what of it" },
  },
  "configuration-unread": { means: "the cloud's configuration could not be fetched", fields: { message: "why" } },

  app: { means: "the device's own app says something", fields: { message: "what" } },
  "app-fault": {
    means: "the own app did what it may not, which costs nothing else; ten at once, then one each 10 s are told",
    fields: {
      part: "load, start, sample, command, timer, changed, publish or close",
      code: "app-threw, app-late, app-busy, app-value or app-refused",
      message: "what it threw, or what is wrong",
    },
  },
  "app-changed": { means: "settings of the own app have other values", fields: { names: "their names" } },

  update: {
    means: "an update has come to another state, which the cloud is told too",
    fields: {
      update: "number of the release; absent where no manifest could be read",
      state: "accepted, waiting, downloading, trial, confirmed, rolled-back or refused",
      percent: "of the file, where it is fetched",
      reason: "why, as docs/updates.md lists them",
      detail: "for people",
    },
  },
  "update-window": {
    means: "the device goes offline to fetch more of an update",
    fields: { from: "bytes that are there", length: "bytes of the file" },
  },
  "update-window-over": {
    means: "it has fetched what could be had",
    fields: {
      done: "bytes that are there, in whole sectors",
      ms: MS,
      airBytes: "bytes over the air, TCP/IP headers included",
      code: "why it is over, where the file did not end",
    },
  },
  "update-check": {
    means: "what lies in the slot was held against the digest that was signed",
    fields: { ok: "whether it is that", bytes: "bytes that were read back" },
  },
  "update-retry": { means: "the update is gone on with later", fields: { ms: MS } },

  failure: {
    means: "a step failed, or the connection was lost",
    fields: { ...TOLD, advice: "what is done about it", cause: "code of the failure at its root" },
  },
  "backing-off": {
    means: "it waits before the next attempt",
    fields: { ms: MS, failures: "since the last proof", rung: "what comes first then" },
  },
  halted: { means: "only a person can help; it looks again all the same", fields: { ms: MS } },
  climbing: { means: "a rung of the recovery ladder is carried out", fields: { rung: "the rung" } },

  memory: {
    means: 'what RAM is left, in an image with `"report": "memory"` alone',
    fields: {
      after: "the event before it",
      heapFree: "bytes of ESP-IDF's heap",
      heapLeast: "the least that was ever free",
      heapLargest: "the largest block of it",
      chunks: "bytes of XS's chunks",
      chunksPeak: "at most",
      chunksRoom: "there is room for, without another part of the block",
      slots: "XS's slots, of 16 bytes",
      slotsPeak: "at most",
      slotsRoom: "there is room for",
      untouched: "bytes of the block that were never used",
      stack: "slots of XS's stack",
      stackPeak: "used of them at most",
      tasks: "each task and the bytes of its stack that were never used",
    },
  },
};

/** The table of docs/log.md. */
export function eventTable(): string {
  const rows = (Object.entries(EVENTS) as [string, Meaning<LogEvent>][]).map(([name, { means, fields }]) => {
    const list = Object.entries(fields as Readonly<Record<string, string>>);
    return `| \`${name}\` | ${means} | ${list.map(([field, what]) => `\`${field}\`: ${what}`).join("; ")} |`;
  });
  return ["| event | means | fields |", "|---|---|---|", ...rows].join("\n");
}
