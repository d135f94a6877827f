// Tells the cloud what becomes of an update. Rule: what the cloud must hear is kept until it lies in the outbox.

import { crc32 } from "../bytes/crc32.js";
import { storyOf } from "../platform/failure.js";
import type { CurrentUpdate } from "./current.js";
import type { UpdateCode, UpdateError } from "./error.js";
import type { UpdateReport } from "./report.js";

export class Reports {
  readonly #current: CurrentUpdate;

  constructor(current: CurrentUpdate) {
    this.#current = current;
  }

  /** @returns its number in the outbox; undefined: it is not there */
  say(report: UpdateReport): number | undefined {
    const { parts, onlineAt } = this.#current;
    const { owner, platform } = parts;
    const sequence = onlineAt === undefined ? undefined : owner.report(report);
    if (sequence === undefined) return undefined;
    const { update, state, percent, reason, detail } = report;
    platform.log("info", "update", { update, state, percent, reason, detail });
    return sequence;
  }

  /** What is still to be told. */
  tell(): void {
    const { memory } = this.#current;
    const { tell, tellSeq, reason } = memory.record;
    if (tell === undefined) return;
    const report = { ...this.head(tellSeq), state: tell, ...(reason !== undefined && { reason }) };
    if (this.say(report) !== undefined) memory.change({ tell: undefined });
  }

  /** It waits: told once for each reason. */
  waits(reason: UpdateCode): void {
    const current = this.#current;
    if (current.waitsFor === reason) return;
    const { seq } = current.memory.record;
    if (this.say({ ...this.head(seq), state: "waiting", reason }) !== undefined) current.waitsFor = reason;
  }

  /** How much of the file is there, by tens of per cent. */
  percent(done: number, length: number): void {
    const { memory } = this.#current;
    const { toldPercent, seq } = memory.record;
    const percent = Math.floor((10 * done) / length) * 10;
    if (percent <= toldPercent) return;
    const told = this.say({ ...this.head(seq), state: "downloading", percent });
    if (told !== undefined) memory.change({ toldPercent: percent });
  }

  /**
   * The last word on the update that is under way: it is given up. That counts as a try, and the message is not heard again
   * where the broker keeps it.
   * @param undo its image is not to be tried again
   */
  give(error: UpdateError, undo = false): void {
    const current = this.#current;
    const { manifest, memory } = current;
    const { seq, tries, undone } = memory.record;
    const { message } = memory;
    current.parts.platform.log("warn", "failure", { code: error.code, message: storyOf(error), cause: undefined });
    current.manifest = undefined;
    memory.end({
      tries: tries + 1,
      // A budget may be raised: its rule looks at the message each time.
      ...(message && error.code !== "update-budget" && { heard: crc32(message) }),
      ...{ tell: "refused", reason: error.code, tellSeq: seq },
      ...(undo && manifest && { undone: [manifest.sha256, ...undone] }),
    });
    this.tell();
  }

  private head(seq: number): Pick<UpdateReport, "update" | "version"> {
    const { manifest, parts } = this.#current;
    const { identity } = parts.update;
    const named = manifest?.seq === seq ? manifest : identity.seq === seq ? identity : undefined;
    return { update: seq, ...(named && { version: named.version }) };
  }
}
