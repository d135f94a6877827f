// What was seen of one run, by the broker, at the device's edges and in its log: all that verdicts go by.
// Times are milliseconds from the device's first power-on.

import type { LogEvent } from "../../firmware/platform/events.js";
import type { CloseReason } from "../cloud/broker/events.js";
import type { AppDeed } from "../desk/app-tap.js";
import type { Logged } from "../desk/chronicle.js";
import type { Totals } from "../desk/unit.js";
import type { AskedWait } from "./asked.js";
import type { Climb } from "./climbs.js";
import type { Command } from "./downlink.js";
import type { RecordLife } from "./ledger.js";
import type { Sizes } from "./sizes.js";
import type { Trial } from "./trial.js";
import type { UpdatesSeen } from "./updates.js";
import type { Connection, Heard } from "./wire.js";

/** A PUBLISH that the firmware handed to TLS. */
export interface Sent {
  at: number;
  /** Number of the MQTT session: it may go on over several connections. */
  session: number;
  /** The broker knew the session when the connection began. */
  resumed: boolean;
  packetId: number | undefined;
  dup: boolean;
  /** Of the record it bears, or of the first of several; undefined: nobody has written such a record. */
  sequence: number | undefined;
  /** Where it bears several: the number of each. */
  group?: readonly (number | undefined)[];
  /** When its PUBACK was read; left out: it never was. */
  answeredAt?: number;
}

/** Numbers of the records in a PUBLISH. */
export const numbersIn = ({ sequence, group }: Sent): readonly (number | undefined)[] => group ?? [sequence];

/** A record that the firmware handed to TLS in an HTTP request. */
export interface Posted {
  at: number;
  sequence: number | undefined;
}

/** A request to publish, or for a WebSocket, that was answered with anything but success. */
export interface Refused {
  at: number;
  /** HTTP status. */
  status: number;
}

/** A PUBLISH that the broker took. */
export interface Arrived {
  at: number;
  /** Number of the TCP connection. */
  connection: number;
  topic: string;
  sequence: number | undefined;
}

/** What the broker decided on a CONNECT. */
export interface Admitted {
  at: number;
  connection: number;
  /** Why not; undefined: admitted. */
  denial: string | undefined;
  /** When the credentials end. */
  endsAt: number | undefined;
}

/** An answer of the onboarding service. */
export interface Onboarded {
  at: number;
  /** HTTP status. */
  status: number;
  /** Seconds that it asks to wait. */
  retryAfterS?: number;
  /** It was the clone that had asked. */
  isClone?: true;
}

export interface Closed {
  at: number;
  connection: number;
  reason: CloseReason;
  detail: string;
}

export type { Logged };

/** Lines of the log that are kept: not those of each record. A verdict can ask for no others. */
export const KEPT_EVENTS = [
  ...(["clock", "failure", "backing-off", "climbing", "phase", "connected", "halted", "rejected"] as const),
  ...(["link-lost", "start", "asleep", "configured", "not-recorded", "located", "data-budget", "signed"] as const),
  ...(["renewal-postponed", "root-not-fetched", "second-way", "update-retry"] as const),
  ...(["update-window", "update-window-over", "update-check"] as const),
] as const satisfies readonly LogEvent[];

/** The lines of one event. */
export function linesOf<E extends (typeof KEPT_EVENTS)[number]>(log: readonly Logged[], event: E): Logged<E>[] {
  return log.filter((line) => line.event === event) as Logged<E>[];
}

export interface Measured {
  at: number;
  sizes: Sizes;
}

export interface Evidence {
  trial: Trial;
  /** By sequence number. */
  records: ReadonlyMap<number, RecordLife>;
  /** Records that were kept, and unknown after a restart. */
  vanished: readonly RecordLife[];
  sent: readonly Sent[];
  posted: readonly Posted[];
  refused: readonly Refused[];
  arrived: readonly Arrived[];
  /** When a CONNECT was handed to TLS. */
  connects: readonly number[];
  /** The same of its clone, a second device with the same SIM. */
  cloneConnects: readonly number[];
  /** Every connection that the device dialled. */
  connections: readonly Connection[];
  /** Every message that the device was handed. */
  heard: readonly Heard[];
  /** Every command that the cloud sent. */
  commands: readonly Command[];
  /** Undefined: the device has no slots for updates. */
  updates?: UpdatesSeen | undefined;
  admitted: readonly Admitted[];
  closed: readonly Closed[];
  onboardings: readonly Onboarded[];
  /** What any server asked for, as the device read it. */
  askedWaits: readonly AskedWait[];
  /** Each rung that was told in the log. */
  climbs: readonly Climb[];
  /** When a record was acknowledged. */
  proofs: readonly number[];
  /** When the outbox, asked for it, had no room for one more record. */
  cramped: readonly number[];
  boots: readonly number[];
  /** Lines of the log that verdicts or figures go by. */
  log: readonly Logged[];
  /** Errors that nobody in the firmware caught, and MQTT that no broker takes. */
  crashes: readonly { at: number; message: string }[];
  /** What did not hold inside the firmware: the run ended with the first. */
  broken: readonly { at: number; what: string }[];
  /** Steps of the firmware that were looked at for that. */
  checks: number;
  /** All that the device's own app was asked, or did. */
  deeds: readonly AppDeed[];
  /** When the watchdog was fed. */
  feeds: readonly number[];
  /** Lines of the log in which a token was. */
  /** Lines of the log with a secret in them. */
  leaks: readonly { at: number; event: string; secret: string }[];
  measured: readonly Measured[];
  /** Over all boots. */
  totals: Totals;
  end: {
    phase: string;
    /** Sequence numbers that wait in the outbox, the first hundred. */
    waiting: readonly number[];
    /** How many wait in all. */
    size: number;
    dropped: number;
    /** Bytes written to flash where it was not erased. */
    overwrites: number;
  };
  /** Hash of every event and byte of the run. */
  digest: string;
}
