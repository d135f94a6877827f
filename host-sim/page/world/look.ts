// How everything on the page's desk is at one moment: what its gauges show.

import type { AgentState } from "../../desk/agent-seen.js";
import type { Desk } from "../../desk/desk.js";
import type { Entry } from "../../desk/entry.js";
import type { ActiveFault } from "../../desk/fault-player.js";
import type { ModemSnapshot } from "../../modem/sim7080.js";
import type { PartSeen } from "./parts.js";

export interface Look {
  /** Milliseconds since the first power-on; of the world's clock, since 1970. */
  elapsed: number;
  now: number;
  boots: number;
  agent: AgentState;
  modem: ModemSnapshot;
  /** Client id: the SIM's ICCID. */
  clientId: string;
  /** When the token ends, milliseconds since 1970; undefined: there is none. */
  tokenEndsAt: number | undefined;
  /** Public land mobile network and cell, as the device was told. */
  plmn: string | undefined;
  outbox: { waiting: number; dropped: number } | undefined;
  counters: { recorded: number; acked: number; received: number; answered: number; reconnects: number } | undefined;
  /** Bytes over the air so far, and in 30 days at that rate. */
  airBytes: number;
  monthBytes: number | undefined;
  /** Seconds of modem time in each state, and an estimate of the charge in milliampere hours. */
  charge: Charge;
  faults: readonly ActiveFault[];
  /** Of the answers to commands, by id: the latest. */
  answers: readonly Answer[];
  /** Of its board; left out: it has none that anybody could turn. */
  parts?: readonly PartSeen[] | undefined;
}

/** An answer to a command. */
export interface Answer {
  id: string;
  t: number;
  ok: boolean;
  /** As JSON. */
  text: string;
}

export interface Charge {
  mAh: number;
  /** Seconds with the modem on, and off or asleep. */
  onS: number;
  offS: number;
}

/**
 * Milliamperes at 3.8 V in each part of the time: a rough picture, not a measurement. Modem: SIM7080G hardware design V1.04 §6.6
 * (LTE-M, data transfer at middling power; idle; power down); chip: ESP32 datasheet §4.6, without radio at 80 MHz, deep sleep.
 */
export const CURRENT_MA = { busy: 110, attached: 14, off: 0.01, chip: 25, chipAsleep: 0.15 } as const;
/** Phases in which the modem is about to send or receive much of the time. */
const BUSY: ReadonlySet<string> = new Set(["linking", "clock", "credentials", "connecting", "climbing", "draining"]);

const MONTH_MS = 30 * 86_400_000;
/** Before so long nothing is said of a month. */
const RATE_AFTER_MS = 10 * 60_000;
const ANSWERS_MOST = 20;

/** What is only told, and no snapshot has. */
export class Memory {
  /** Entries so far. */
  count = 0;
  tokenEndsAt: number | undefined;
  plmn: string | undefined;
  answers: readonly Answer[] = [];
  #phase = "off";
  #since = 0;
  readonly #ms = { busy: 0, attached: 0, asleep: 0 };

  note(entry: Entry): void {
    this.count++;
    if (entry.lane === "phase") this.#enter(entry.name, entry.t);
    else if (entry.lane === "log" && entry.name === "onboarded") this.tokenEndsAt = Number(entry.expiresAt);
    else if (entry.lane === "log" && entry.name === "online") this.plmn = entry.plmn as string | undefined;
    else if (entry.lane === "cloud" && entry.name === "publish" && isForAnswers(entry.topic))
      this.answers = withAnswer(this.answers, entry.t, entry.text ?? "");
  }

  charge(elapsed: number): Charge {
    const { busy, attached, asleep } = this.#with(elapsed);
    const { busy: busyMa, attached: attachedMa, off, chip, chipAsleep } = CURRENT_MA;
    const mAms = busy * (busyMa + chip) + attached * (attachedMa + chip) + asleep * (off + chipAsleep);
    return { mAh: mAms / 3_600_000, onS: (busy + attached) / 1_000, offS: asleep / 1_000 };
  }

  #enter(phase: string, t: number): void {
    Object.assign(this.#ms, this.#with(t));
    this.#phase = phase;
    this.#since = t;
  }

  #with(t: number) {
    const kind =
      this.#phase === "asleep" || this.#phase === "off" ? "asleep" : BUSY.has(this.#phase) ? "busy" : "attached";
    return { ...this.#ms, [kind]: this.#ms[kind] + Math.max(0, t - this.#since) };
  }
}

/** Whether a topic is one that answers to commands come by. */
export const isForAnswers = (topic: unknown): boolean => /\/responses$/.test(String(topic));

/** The latest answers, with one more; without, where a message is none. @param t when it came, in milliseconds */
export function withAnswer(answers: readonly Answer[], t: number, text: string): readonly Answer[] {
  try {
    const { id, ok } = JSON.parse(text) as { id?: unknown; ok?: unknown };
    return [...answers, { id: String(id), t, ok: ok === true, text }].slice(-ANSWERS_MOST);
  } catch {
    return answers;
  }
}

/** Looks at a desk. */
export function lookAt(desk: Desk, memory: Memory): Look {
  const { world, unit } = desk;
  const { agent, counters, outbox, modem, boots, faults } = desk.snapshot();
  const { airTxBytes, airRxBytes } = unit.totals;
  const airBytes = airTxBytes + airRxBytes;
  const { elapsed } = world;
  return {
    ...{ elapsed, now: world.now, boots, agent, modem, faults, airBytes },
    ...{ clientId: desk.iccid, tokenEndsAt: memory.tokenEndsAt, plmn: memory.plmn, answers: memory.answers },
    outbox: outbox && { waiting: outbox.waiting, dropped: outbox.dropped },
    counters: counters && {
      ...{ recorded: counters.recorded, acked: counters.acked, received: counters.received },
      ...{ answered: counters.answered, reconnects: counters.reconnects },
    },
    monthBytes: elapsed < RATE_AFTER_MS ? undefined : Math.round((airBytes * MONTH_MS) / elapsed),
    charge: memory.charge(elapsed),
  };
}
