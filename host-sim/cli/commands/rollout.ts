// `simkey rollout MANIFEST`: tells a fleet of a release, stage by stage, and stops when too many fail. Its state is in a file:
// the same command goes on where it ended.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { OperatorLink, type OperatorLinkOptions } from "../../update/operator-link.js";
import { Rollout, type RolloutPlan, type RolloutState, reportIn } from "../../update/rollout.js";
import { readNamedFile, UsageError } from "../output/errors.js";
import { isLoopback } from "../parts/address.js";
import type { Surroundings } from "../parts/surroundings.js";
import { parseBroker } from "../parts/way.js";

export interface RolloutOptions {
  devices: string;
  broker: string;
  username?: string;
  passwordFile?: string;
  ca?: string;
  cert?: string;
  certKey?: string;
  alpn?: string;
  clientId?: string;
  topic: string;
  stages: number[];
  stopAt: number;
  patience: number;
  quorum: number;
  state?: string;
  retain: boolean;
  json: boolean;
}

/** A rollout that did not reach everybody. */
class RolloutError extends Error {}

const DEVICE = "{device}";
const KEEP_ALIVE_S = 60;
const HOUR_MS = 3_600_000;
/** How often it is looked whether a stage is over for its time, and the state is written at most, in milliseconds. */
const TICK_MS = 1_000;
/** Waits before another connection, in milliseconds. */
const AGAIN_MS = { first: 1_000, most: 60_000 };
/** Messages that wait for their PUBACK at a time. */
const AT_A_TIME = 50;

/** A list of stages, as `5,25,100`. @throws UsageError */
export function stagesOf(text: string): number[] {
  const stages = text.split(",").map(Number);
  const isRising = stages.every((share, i) => share > (stages[i - 1] ?? 0) && share <= 100);
  if (isRising && stages.at(-1) === 100) return stages;
  throw new UsageError(`--stages must rise to 100, as 5,25,100 does, not "${text}"`);
}

/** @throws UsageError; RolloutError when it was stopped; Error when the broker refuses it at the first try */
export async function rolloutCommand(path: string, options: RolloutOptions, around: Surroundings): Promise<void> {
  const manifest = readNamedFile(path, "MANIFEST").trim();
  const stateFile = options.state ?? `${path}.rollout.json`;
  const plan = planOf(manifest, options);
  const say = (event: string, text: string, fields: object = {}) =>
    around.stdout(options.json ? `${JSON.stringify({ at: Date.now(), event, ...fields })}\n` : `${text}\n`);
  const rollout = rolloutFrom(plan, stateFile);
  const run = new Run({ manifest, rollout, options, stateFile, say, way: linkOptions(options, plan) });
  void around.interrupted.then(() => run.interrupt());
  await run.whole();
}

/** @throws UsageError */
function planOf(manifest: string, options: RolloutOptions): RolloutPlan {
  const devices = devicesIn(readNamedFile(options.devices, "--devices"));
  if (!options.topic.includes(DEVICE)) throw new UsageError(`--topic must hold ${DEVICE}, not "${options.topic}"`);
  const { stages, stopAt, quorum, patience } = options;
  return {
    ...{ seq: seqOf(manifest), manifest: createHash("sha256").update(manifest).digest("hex"), devices },
    ...{ stages, stopAt, quorum, patienceMs: patience * HOUR_MS },
  };
}

/** @throws UsageError for what is no manifest; its signature is the devices' business */
function seqOf(manifest: string): number {
  try {
    const payload = Buffer.from(manifest.split(".")[1] ?? "", "base64url").toString();
    const { seq } = JSON.parse(payload) as { seq?: unknown };
    if (Number.isInteger(seq)) return seq as number;
  } catch {
    // Told below.
  }
  throw new UsageError("MANIFEST: not a manifest; simkey release writes such, with names that end in .jws");
}

/** Names of devices, one a line. @throws UsageError */
function devicesIn(text: string): string[] {
  const names = text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "");
  const wrong = names.find((name) => !/^[A-Za-z0-9._:-]{1,128}$/.test(name));
  if (wrong !== undefined) throw new UsageError(`--devices: "${wrong}" is no name of a device: one ICCID a line`);
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new UsageError(`--devices has ${name} twice`);
    seen.add(name);
  }
  if (names.length === 0) throw new UsageError("--devices names no device");
  return names;
}

/** @throws UsageError for a state that is not that of this rollout */
function rolloutFrom(plan: RolloutPlan, file: string): Rollout {
  try {
    const before = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as RolloutState) : undefined;
    return new Rollout(plan, Date.now(), before);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${file}: ${error.message}; choose another with --state`);
    throw new UsageError(`${file} is not the state of a rollout; choose another with --state`);
  }
}

/** @throws UsageError for options that do not go together, and for a secret that would go over a network in clear */
function linkOptions(
  options: RolloutOptions,
  plan: RolloutPlan,
): Omit<OperatorLinkOptions, "session" | "onMessage" | "onClosed"> {
  const { scheme, host, port } = parseBroker(options.broker, ["mqtt", "mqtts"]);
  const { username, passwordFile, ca, cert, certKey, alpn } = options;
  // Each rollout has a session of its own, where its devices' reports wait for it.
  const clientId = options.clientId ?? `simkey-rollout-${plan.manifest.slice(0, 8)}`;
  const isClear = scheme === "mqtt";
  if (isClear && (ca ?? cert ?? certKey ?? alpn) !== undefined) {
    throw new UsageError("--ca, --cert, --cert-key and --alpn go with mqtts://");
  }
  if ((cert === undefined) !== (certKey === undefined)) throw new UsageError("--cert and --cert-key go together");
  if (passwordFile !== undefined && username === undefined) throw new UsageError("--password-file needs --username");
  if (isClear && passwordFile !== undefined && !isLoopback(host)) {
    throw new UsageError(`no secret is sent to ${host} in clear: use mqtts://, or a broker on 127.0.0.1`);
  }
  const file = (name: string | undefined, option: string) =>
    name === undefined ? undefined : readNamedFile(name, option);
  const [caText, certText, keyText] = [file(ca, "--ca"), file(cert, "--cert"), file(certKey, "--cert-key")];
  const password = file(passwordFile, "--password-file")?.split(/\r?\n/, 1)[0];
  return {
    ...{ host, port, clientId, keepAliveS: KEEP_ALIVE_S },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(!isClear && {
      tls: {
        ...(caText !== undefined && { ca: caText }),
        ...(certText !== undefined && { cert: certText }),
        ...(keyText !== undefined && { key: keyText }),
        ...(alpn !== undefined && { alpn }),
      },
    }),
  };
}

type Say = (event: string, text: string, fields?: object) => void;

/** One run of the command: connections, one after the other, until the rollout is over. */
class Run {
  readonly #manifest: string;
  readonly #rollout: Rollout;
  readonly #options: RolloutOptions;
  readonly #way: ReturnType<typeof linkOptions>;
  readonly #stateFile: string;
  readonly #say: Say;
  #isInterrupted = false;
  #isChanged = true;
  /** Ends a wait. */
  #wake = () => {};

  constructor(parts: {
    manifest: string;
    rollout: Rollout;
    options: RolloutOptions;
    way: ReturnType<typeof linkOptions>;
    stateFile: string;
    say: Say;
  }) {
    this.#manifest = parts.manifest;
    this.#rollout = parts.rollout;
    this.#options = parts.options;
    this.#way = parts.way;
    this.#stateFile = parts.stateFile;
    this.#say = parts.say;
  }

  interrupt(): void {
    this.#isInterrupted = true;
    this.#wake();
  }

  async whole(): Promise<void> {
    this.#begun();
    let waitMs = AGAIN_MS.first;
    let wasOpen = false;
    while (!this.#isOver) {
      try {
        await this.#connection(() => {
          wasOpen = true;
          waitMs = AGAIN_MS.first;
        });
      } catch (error) {
        // What is wrong from the beginning does not mend itself.
        if (!wasOpen) throw error;
        this.#say("lost", `connection lost: ${(error as Error).message}; again in ${waitMs / 1000} s`, { waitMs });
        await this.#pause(waitMs);
        waitMs = Math.min(2 * waitMs, AGAIN_MS.most);
      }
    }
    // How long it has waited, too.
    this.#isChanged = true;
    this.#keep();
    if (this.#rollout.verdict(Date.now()).verdict !== "going") await this.#forget();
    this.#ended();
  }

  get #isOver(): boolean {
    return this.#isInterrupted || this.#rollout.verdict(Date.now()).verdict !== "going";
  }

  /** One connection, until the rollout is over. @throws Error when it ends before */
  async #connection(onOpen: () => void): Promise<void> {
    let lost: Error | undefined;
    const link = await OperatorLink.open({
      ...this.#way,
      session: "kept",
      onMessage: (topic, payload) => this.#heard(topic, payload),
      onClosed: (why) => {
        lost = why;
        this.#wake();
      },
    });
    try {
      await link.subscribe(`${this.#topicOf("+")}/state`);
      onOpen();
      while (!this.#isOver) {
        await this.#tell(link);
        this.#keep();
        if (this.#isOver) break;
        if (lost !== undefined) throw lost;
        if (this.#rollout.advance(Date.now())) this.#begun();
        else await this.#pause(TICK_MS);
      }
      this.#keep();
      if (this.#rollout.verdict(Date.now()).verdict === "stopped") await this.#withdraw(link);
    } finally {
      link.close();
    }
  }

  /** Ends the session that the broker has kept: nothing is waited for any more. */
  async #forget(): Promise<void> {
    try {
      const link = await OperatorLink.open({ ...this.#way, onMessage: () => {}, onClosed: () => {} });
      link.close();
    } catch {
      // It was here a moment ago, and drops the session in its own time.
    }
  }

  async #tell(link: OperatorLink): Promise<void> {
    const names = this.#rollout.toTell();
    for (let i = 0; i < names.length && !this.#isInterrupted; i += AT_A_TIME) {
      await Promise.all(
        names.slice(i, i + AT_A_TIME).map(async (name) => {
          this.#rollout.told(name);
          try {
            await link.publish(this.#topicOf(name), this.#manifest, this.#options.retain);
          } catch (error) {
            this.#rollout.missed(name);
            throw error;
          }
        }),
      );
      this.#isChanged = true;
      this.#keep();
    }
    if (names.length > 0) this.#say("told", `${names.length} devices told`, { devices: names.length });
  }

  /** Takes back what the broker would still hand to those who do not run it. */
  async #withdraw(link: OperatorLink): Promise<void> {
    const names = this.#options.retain ? this.#rollout.without() : [];
    for (const name of names) await link.publish(this.#topicOf(name), "", true);
    if (names.length > 0)
      this.#say("withdrawn", `${names.length} retained messages taken back`, { devices: names.length });
  }

  #heard(topic: string, payload: string): void {
    const name = this.#deviceOf(topic);
    const report = name === undefined ? undefined : reportIn(payload);
    if (name === undefined || report === undefined) return;
    const state = this.#rollout.heard(name, report);
    if (state === undefined) return;
    this.#isChanged = true;
    const { reason } = report;
    this.#say("device", `${name}  ${state}${reason === undefined ? "" : `: ${reason}`}`, {
      device: name,
      state,
      reason,
    });
    this.#wake();
  }

  #topicOf(name: string): string {
    return this.#options.topic.replaceAll(DEVICE, name);
  }

  #deviceOf(topic: string): string | undefined {
    const [before, after] = `${this.#options.topic}/state`.split(DEVICE, 2) as [string, string];
    const name = topic.slice(before.length, topic.length - after.length);
    return `${before}${name}${after}` === topic && !name.includes("/") ? name : undefined;
  }

  #begun(): void {
    const { stage, reached } = this.#rollout;
    const { stages } = this.#options;
    const text = `stage ${stage} of ${stages.length}: ${reached.length} devices (${stages[stage - 1]} %)`;
    this.#say("stage", text, { stage, stages: stages.length, devices: reached.length });
  }

  /** @throws RolloutError unless everybody was reached */
  #ended(): void {
    const { told, confirmed, failed, open } = this.#rollout.tally();
    const verdict = this.#rollout.verdict(Date.now());
    const reasons = this.#rollout.reasons();
    const what = this.#isInterrupted && verdict.verdict === "going" ? "interrupted" : verdict.verdict;
    const why = reasons.map(([reason, count]) => `${reason} ${count}`).join(", ");
    const sum = `${told} told, ${confirmed} confirmed, ${failed} failed${why && ` (${why})`}, ${open} open`;
    this.#say("summary", `${what}: ${sum}`, { verdict: what, told, confirmed, failed, open, reasons });
    if (what === "interrupted") throw new RolloutError("not over yet; the same command goes on from here");
    if (verdict.verdict !== "stopped") return;
    throw new RolloutError(
      verdict.why === "failures"
        ? `stopped: more than ${this.#options.stopAt} % failed (${failed} of ${told}); no more devices are told`
        : `stopped: after ${this.#options.patience} h less than ${this.#options.quorum} % have confirmed`,
    );
  }

  /** Writes the state: whole, or not at all. */
  #keep(): void {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    writeFileSync(`${this.#stateFile}.new`, `${JSON.stringify(this.#rollout.save(Date.now()))}\n`);
    renameSync(`${this.#stateFile}.new`, this.#stateFile);
  }

  #pause(ms: number): Promise<void> {
    if (this.#isInterrupted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
