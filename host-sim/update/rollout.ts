// A rollout in stages: who is told of a release, and when no more are. Does no IO: what devices report and the time come in, who
// is to be told goes out. Its state is plain data, so that it can be kept in a file and gone on with.
//
// Rules: the devices come in an order that the release and their names give, so that a stage is a sample of them; a stage is
// over when each of its devices has said its last word, or when it has waited long enough and enough have confirmed; once
// the share of failures among those who were told is too large, nobody is told any more.

import { createHash } from "node:crypto";

/** What a device has come to. `told`: nothing heard yet; `has`: it has this release, or a newer one. */
export type DeviceState =
  | "told"
  | "accepted"
  | "waiting"
  | "downloading"
  | "trial"
  | "confirmed"
  | "has"
  | "refused"
  | "rolled-back";

/** The last words: nothing comes after, but that a device which has failed runs the release in the end. */
const GOOD: readonly DeviceState[] = ["confirmed", "has"];
const BAD: readonly DeviceState[] = ["refused", "rolled-back"];
const ON_THE_WAY: readonly DeviceState[] = ["accepted", "waiting", "downloading", "trial"];
const isOver = (state: DeviceState) => GOOD.includes(state) || BAD.includes(state);

export interface RolloutPlan {
  /** Number of the release, and SHA-256 of its manifest in hexadecimal. */
  seq: number;
  manifest: string;
  devices: readonly string[];
  /** Per cent of the devices that each stage reaches, upwards, the last one 100. */
  stages: readonly number[];
  /** Nobody is told any more when more than this share of those who were told has failed, in per cent. */
  stopAt: number;
  /** A stage that has waited this long goes on without the silent ones, in milliseconds … */
  patienceMs: number;
  /** … if this share of it has confirmed, in per cent. */
  quorum: number;
}

/** What is kept. */
export interface RolloutState {
  seq: number;
  manifest: string;
  /** Number of the stage, from 0 on, and how long it has waited while a command was at it, in milliseconds. */
  stage: number;
  waitedMs: number;
  /** Those who were told, by their name, as pairs: names come from outside. */
  devices: [name: string, state: DeviceState, reason?: string][];
}

export type Verdict = { verdict: "going" } | { verdict: "done" } | { verdict: "stopped"; why: "failures" | "silence" };

export interface Tally {
  told: number;
  confirmed: number;
  failed: number;
  /** Have said nothing, or are on the way. */
  open: number;
}

/** A report of a device (firmware/update/report.ts), as far as it matters here. */
export interface HeardReport {
  update?: number | undefined;
  state: string;
  reason?: string | undefined;
}

/** The report in a message; undefined for anything else. */
export function reportIn(payload: string): HeardReport | undefined {
  try {
    const { update, state, reason } = JSON.parse(payload) as Record<string, unknown>;
    if (typeof state !== "string") return undefined;
    return {
      state,
      ...(typeof update === "number" && { update }),
      ...(typeof reason === "string" && { reason }),
    };
  } catch {
    return undefined;
  }
}

export class Rollout {
  readonly #plan: RolloutPlan;
  readonly #order: readonly string[];
  readonly #devices: Map<string, { state: DeviceState; reason: string | undefined }>;
  #stage: number;
  #since: number;

  /**
   * @param now wall milliseconds
   * @param before what was kept of this rollout
   * @throws RangeError for the state of another release, or of devices that are not in the list
   */
  constructor(plan: RolloutPlan, now: number, before?: RolloutState) {
    this.#plan = plan;
    this.#order = inOrder(plan);
    if (before !== undefined && (before.manifest !== plan.manifest || before.seq !== plan.seq)) {
      throw new RangeError(`the state is that of another manifest, of release ${before.seq}`);
    }
    const known = new Set(plan.devices);
    const stranger = before?.devices.find(([name]) => !known.has(name));
    if (stranger !== undefined) throw new RangeError(`the state has ${stranger[0]}, which is not among the devices`);
    this.#devices = new Map(before?.devices.map(([name, state, reason]) => [name, { state, reason }]));
    this.#stage = Math.min(before?.stage ?? 0, plan.stages.length - 1);
    this.#since = now - Math.max(0, before?.waitedMs ?? 0);
  }

  /** Number of the stage, from 1 on. */
  get stage(): number {
    return this.#stage + 1;
  }

  /** Devices of the stages so far. */
  get reached(): readonly string[] {
    const share = this.#plan.stages[this.#stage]!;
    return this.#order.slice(0, Math.ceil((this.#order.length * share) / 100));
  }

  /** Those who are to be told now. */
  toTell(): string[] {
    if (this.#stopped() !== undefined) return [];
    return this.reached.filter((name) => !this.#devices.has(name));
  }

  /** A device is being told. It may report before the broker has acknowledged the message. */
  told(name: string): void {
    if (!this.#devices.has(name)) this.#devices.set(name, { state: "told", reason: undefined });
  }

  /** The broker has not acknowledged the message: a device that has said nothing is to be told again. */
  missed(name: string): void {
    if (this.#devices.get(name)?.state === "told") this.#devices.delete(name);
  }

  /**
   * A device has reported.
   * @returns what it has come to; undefined where that is nothing new, or not about this release
   */
  heard(name: string, { update, state, reason }: HeardReport): DeviceState | undefined {
    const device = this.#devices.get(name);
    if (device === undefined) return undefined;
    // A device that cannot read the manifest cannot say which it was.
    if (update !== undefined ? update !== this.#plan.seq : state !== "refused") return undefined;
    const next = nextState(state, reason);
    if (next === undefined || next === device.state) return undefined;
    // What had no network in its trial is tried again: that it runs in the end counts, that it is on the way does not.
    if (isOver(device.state) && !(BAD.includes(device.state) && GOOD.includes(next))) return undefined;
    device.state = next;
    device.reason = reason;
    return next;
  }

  /** Goes on to the next stage where this one is over. @returns whether it has */
  advance(now: number): boolean {
    if (this.#stopped() !== undefined || this.#stage + 1 >= this.#plan.stages.length) return false;
    if (!this.#isStageOver(now)) return false;
    this.#stage++;
    this.#since = now;
    return true;
  }

  verdict(now: number): Verdict {
    const why = this.#stopped();
    if (why !== undefined) return { verdict: "stopped", why };
    const isLast = this.#stage + 1 === this.#plan.stages.length;
    if (this.#isStageOver(now)) return { verdict: isLast ? "done" : "going" };
    const isSilent = this.#hasWaited(now) && this.toTell().length === 0;
    return isSilent ? { verdict: "stopped", why: "silence" } : { verdict: "going" };
  }

  tally(): Tally {
    const states = [...this.#devices.values()].map(({ state }) => state);
    const count = (of: readonly DeviceState[]) => states.filter((state) => of.includes(state)).length;
    const [told, confirmed, failed] = [states.length, count(GOOD), count(BAD)];
    return { told, confirmed, failed, open: told - confirmed - failed };
  }

  /** Reasons of the failures, and how often each. */
  reasons(): [reason: string, count: number][] {
    const counts = new Map<string, number>();
    for (const { state, reason = "no reason" } of this.#devices.values()) {
      if (BAD.includes(state)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    return [...counts].sort(([, a], [, b]) => b - a);
  }

  /** Those who were told and do not run it: a retained message makes them try, and those who have failed, again. */
  without(): string[] {
    return [...this.#devices].filter(([, { state }]) => !GOOD.includes(state)).map(([name]) => name);
  }

  /** @param now wall milliseconds */
  save(now: number): RolloutState {
    const { seq, manifest } = this.#plan;
    const devices = [...this.#devices].map(([name, { state, reason }]): RolloutState["devices"][number] =>
      reason === undefined ? [name, state] : [name, state, reason],
    );
    return { seq, manifest, stage: this.#stage, waitedMs: Math.max(0, now - this.#since), devices };
  }

  #stopped(): "failures" | undefined {
    const { told, failed } = this.tally();
    return failed > 0 && (100 * failed) / told > this.#plan.stopAt ? "failures" : undefined;
  }

  #hasWaited(now: number): boolean {
    return now - this.#since >= this.#plan.patienceMs;
  }

  #isStageOver(now: number): boolean {
    const states = this.reached.map((name) => this.#devices.get(name)?.state);
    if (states.every((state) => state !== undefined && isOver(state))) return true;
    const good = states.filter((state) => state !== undefined && GOOD.includes(state)).length;
    const isTold = states.every((state) => state !== undefined);
    return isTold && this.#hasWaited(now) && (100 * good) / states.length >= this.#plan.quorum;
  }
}

function nextState(state: string, reason: string | undefined): DeviceState | undefined {
  // It has the release, or a newer one: a rollout that is begun anew meets many such.
  if (state === "refused" && reason === "update-seq") return "has";
  return [...ON_THE_WAY, "confirmed" as const, ...BAD].find((known) => known === state);
}

/** The devices by a number that the release and their names make: the first few are no one place's or batch's. */
function inOrder({ devices, manifest }: RolloutPlan): string[] {
  const number = (name: string) => createHash("sha256").update(`${manifest} ${name}`).digest("hex");
  return devices
    .map((name) => [number(name), name] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, name]) => name);
}
