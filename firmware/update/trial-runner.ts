// Carries the trial of a new image out, as trial.ts has it: from the restart into the image to its being confirmed or undone.
//
// Rule: what is to be known after a restart is kept before the boot loader is told.

import { crc32 } from "../bytes/crc32.js";
import { type Failure, storyOf } from "../platform/failure.js";
import type { CurrentUpdate } from "./current.js";
import { type UpdateCode, UpdateError } from "./error.js";
import type { Intake } from "./intake.js";
import { jwsOf, readManifest } from "./manifest.js";
import { UPDATE_KEY } from "./memory.js";
import type { Reports } from "./reports.js";
import { stepTrial, TRIAL_MS, type TrialAction, type TrialEvent, trialFrom } from "./trial.js";

/** Failures that come before the cloud has had its say: of the modem, the network, the way. */
const isOnTheWay = ({ code }: Failure) =>
  /^(at|modem|sim|registration|pdp|time|socket|link)-|^tls-closed$|^http-(timeout|connection)$/.test(code);

export class TrialRunner {
  readonly #current: CurrentUpdate;
  readonly #reports: Reports;
  readonly #intake: Pick<Intake, "takeHeld">;

  constructor(current: CurrentUpdate, reports: Reports, intake: Pick<Intake, "takeHeld">) {
    this.#current = current;
    this.#reports = reports;
    this.#intake = intake;
  }

  /** The device has ended, and restarts: the boot loader is told. */
  commit(): void {
    const { memory, manifest, parts } = this.#current;
    const { record } = memory;
    if (record.stage !== "ready" || manifest === undefined) return;
    try {
      // Both are kept before: whatever comes between, the next start knows what to make of it.
      memory.change({ stage: "trial", tries: record.tries + 1, tell: undefined, reason: undefined });
      parts.update.setBoot();
    } catch (error) {
      this.#reports.give(new UpdateError("update-boot", "the boot loader refuses the image", error), true);
    }
  }

  /** The image that runs is on trial. */
  begin(): void {
    const current = this.#current;
    const { platform, update } = current.parts;
    const { stage, seq } = current.memory.record;
    current.trial = trialFrom(platform.clock.monotonic());
    if (stage === "trial" && seq !== update.identity.seq) {
      this.undo("update-seq");
      return;
    }
    platform.timer.set(() => this.step({ type: "time" }), TRIAL_MS);
  }

  /** Something has happened; nothing follows where there is no trial. */
  step(event: TrialEvent): void {
    const current = this.#current;
    if (current.trial === undefined) return;
    const [state, actions] = stepTrial(current.trial, event, current.parts.platform.clock.monotonic());
    current.trial = state;
    for (const action of actions) this.act(action);
  }

  /** The device has failed at something. */
  failed(failure: Failure): void {
    if (this.#current.trial) this.step({ type: "failed", onTheWay: isOnTheWay(failure) });
  }

  /** The boot loader has decided: this image is the new one, confirmed, or the old one again. */
  ended(): void {
    const { memory, parts } = this.#current;
    const { owner, update, platform } = parts;
    const { record } = memory;
    if (record.seq === update.identity.seq) {
      this.stays();
      return;
    }
    const cause = platform.resetMemory?.cause ?? "power";
    const isPower = cause === "power" || cause === "brown-out";
    const reason = record.reason ?? (isPower ? "update-power" : "update-reset");
    const byHand = reason === "update-reset" && owner.reset === "console";
    const isItsOwn = !byHand && reason !== "update-power" && reason !== "update-network";
    memory.end({
      // What is not its fault may be tried again: the slot still holds it.
      ...(isItsOwn ? { undone: [this.imageDigest(), ...record.undone] } : { done: record.done }),
      ...{ tell: "rolled-back", reason, tellSeq: record.seq },
    });
  }

  private act(action: TrialAction): void {
    const { owner, update } = this.#current.parts;
    const { seq, version } = update.identity;
    if (action.do === "report") {
      const sequence = this.#reports.say({ update: seq, version, state: "trial" });
      if (sequence !== undefined) this.step({ type: "reported", sequence });
    } else if (action.do === "ask") {
      owner.askHealth((isWell) => this.step({ type: "health", isWell }));
    } else if (action.do === "confirm") this.confirm();
    else this.undo(action.reason);
  }

  private confirm(): void {
    const current = this.#current;
    current.parts.update.markValid();
    current.trial = undefined;
    this.stays();
    this.#reports.tell();
    this.#intake.takeHeld();
  }

  /** The image that runs was confirmed. */
  private stays(): void {
    const { memory, parts } = this.#current;
    const { seq } = parts.update.identity;
    const { message } = memory;
    memory.end({
      confirmed: Math.max(seq, memory.record.confirmed),
      ...(message && { heard: crc32(jwsOf(message)) }),
      ...{ tell: "confirmed", tellSeq: seq, reason: undefined },
    });
  }

  private undo(reason: UpdateCode): void {
    const { memory, parts } = this.#current;
    const { owner, update, platform } = parts;
    platform.log("error", "failure", { code: reason, message: "the new image is undone", cause: undefined });
    try {
      memory.change({ stage: "trial", reason });
    } catch (error) {
      // Why is less than that.
      platform.log("error", "not-remembered", { key: UPDATE_KEY, message: String(error) });
    }
    owner.onUndo();
    try {
      update.markInvalid();
    } catch (error) {
      // There is no other image to go back to: a device that runs is better than none.
      platform.log("error", "failure", { code: "update-boot", message: storyOf(error), cause: undefined });
      this.confirm();
    }
  }

  /** Of the image that was on trial, as its manifest has it. */
  private imageDigest(): Uint8Array {
    const { memory, parts } = this.#current;
    const { update } = parts;
    const { message } = memory;
    try {
      if (message) return readManifest(message, update.keys, update.verify).sha256;
    } catch {
      // The file's own serves as well where it is the image.
    }
    return memory.record.digest;
  }
}
