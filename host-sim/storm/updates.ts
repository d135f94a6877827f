// Updates in a storm, played on the desk as they were planned (updates-plan.ts), and seen for the verdicts.

import { encodeBase64Url } from "../../firmware/bytes/base64.js";
import type { UpdateCode } from "../../firmware/update/error.js";
import type { UpdateReport } from "../../firmware/update/report.js";
import type { ImageContent } from "../boot/image.js";
import type { Logged } from "../desk/chronicle.js";
import type { CloudEvent, Desk, DeskUpdates } from "../desk/desk.js";
import { FACTORY_IMAGE } from "../desk/desk.js";
import { digestText, imageOf, RELEASE_KEYS, simulatedKey } from "../desk/update-parts.js";
import { Prng } from "../world/prng.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import type { PlannedRelease, UpdatePlan } from "./updates-plan.js";
import { type PlannedWrong, versionOf, WRONG } from "./updates-wrong.js";
import { wrongManifest } from "./wrong-manifest.js";

/** What was seen of updates. Times are milliseconds from the first power-on. */
export interface UpdatesSeen {
  /** Releases that were sent: the digest of each one's image, and whether a device may run it. */
  released: { at: number; seq: number; digest: string; isGood: boolean }[];
  /** Each start of the chip: the image that it started. */
  starts: { at: number; seq: number; board: string; digest: string; isTrial: boolean }[];
  /** When an image was confirmed. */
  confirmed: { at: number; seq: number }[];
  /**
   * Manifests that were sent, as text: the number and version in each, and why it is not to be obeyed, whatever the device has
   * come to. Reports tell them apart by their versions.
   */
  sent: {
    at: number;
    text: string;
    seq: number;
    version: string;
    refusal?: UpdateCode;
    later?: PlannedRelease["later"];
  }[];
  /** Paths that the server of images was asked for. */
  asked: { at: number; path: string }[];
  /** Reports at the broker. */
  reports: { at: number; seq: number | undefined; state: string; reason: string | undefined }[];
  /** Windows of a download: of which update, and the payload that they took. */
  windows: { at: number; seq: number; bytes: number }[];
  /** There was nothing to start. */
  isBrick: boolean;
}

/** The updates of a run. */
export class UpdatesPlayed {
  readonly seen: UpdatesSeen = {
    ...{ released: [], starts: [], confirmed: [], sent: [], asked: [], reports: [], windows: [] },
    isBrick: false,
  };
  /** For the desk. */
  readonly desk: DeskUpdates;
  readonly #plan: UpdatePlan;
  readonly #world: VirtualWorld;
  /** Payload over the air as a window began. */
  #window: { seq: number; before: number } | undefined;
  #desk: Desk | undefined;
  #accepted = 0;

  constructor(plan: UpdatePlan, world: VirtualWorld, seed: number) {
    const { seen } = this;
    const noise = new Prng(`slots/${seed}`);
    this.#plan = plan;
    this.#world = world;
    this.desk = {
      random: () => noise.unit(),
      onStart: ({ seq, board }, digest, isTrial) => {
        this.#windowEnds();
        seen.starts.push({ at: world.elapsed, seq, board, digest: encodeBase64Url(digest), isTrial });
      },
      onConfirm: ({ seq }) => seen.confirmed.push({ at: world.elapsed, seq }),
      onEvent: ({ path }) => seen.asked.push({ at: world.elapsed, path }),
    };
  }

  /** Plans all that is to come. */
  play(desk: Desk): void {
    this.#desk = desk;
    const { scheduler, startMs } = this.#world;
    // What the factory has put in is as good as signed.
    const factory = digestText(desk.slots!.factory);
    this.seen.released.push({ at: 0, seq: FACTORY_IMAGE.seq, digest: factory, isGood: true });
    for (const [i, release] of this.#plan.releases.entries()) {
      scheduler.at(startMs + release.at, () => this.#send(release, i, desk));
      const { cut } = release;
      if (cut) scheduler.at(startMs + release.at + cut.afterMs, () => this.#cut(cut, desk));
    }
    for (const [i, wrong] of (this.#plan.wrong ?? []).entries()) {
      scheduler.at(startMs + wrong.at, () => this.#sendWrong(wrong, i, desk));
    }
  }

  #sendWrong(planned: PlannedWrong, number: number, desk: Desk): void {
    const { wrong, seq, retained } = planned;
    const text = wrongManifest(planned, number);
    const refusal = wrong === "older" ? undefined : WRONG[wrong];
    this.seen.sent.push({
      at: this.#world.elapsed,
      text,
      seq,
      version: versionOf(number),
      ...(refusal && { refusal }),
    });
    desk.updates!.send(desk.iccid, text, retained);
  }

  #send(release: PlannedRelease, number: number, desk: Desk): void {
    const { seq, act, afterMs, bytes, wrong, retained, fault, later } = release;
    const updates = desk.updates!;
    const board = wrong === "board" ? "another-board" : FACTORY_IMAGE.board;
    const content: ImageContent = { ...FACTORY_IMAGE, seq, version: `1.${seq}.${number}`, board, act, afterMs };
    const image = imageOf(content, bytes);
    const key = wrong === "key" ? stranger() : RELEASE_KEYS[seq % 2]!;
    const other = imageOf({ ...content, version: "of somebody else" }, bytes);
    const format = desk.slots!.isBrick ? "image" : release.format;
    const notBefore = later && Math.floor((this.#world.now + later.afterMs) / 1_000);
    const members = later ? { notBefore, spreadS: later.spreadS } : {};
    const manifest = updates.releaseOf(image, content, members, { key, format, base: desk.slots!.running, other });
    for (const old of this.#plan.releases) if (old.fault) updates.files.mend(old.fault.fault);
    if (fault) updates.files.fail(fault.fault, fault.value, fault.times);
    this.seen.released.push({
      at: this.#world.elapsed,
      seq,
      digest: digestText(image),
      isGood: wrong !== "key" && wrong !== "board",
    });
    const { version } = content;
    const refusal = wrong === "key" ? "update-signature" : wrong === "board" ? "update-board" : undefined;
    const at = this.#world.elapsed;
    this.seen.sent.push({ at, text: manifest, seq, version, ...(refusal && { refusal }), ...(later && { later }) });
    updates.send(desk.iccid, manifest, retained);
  }

  #cut({ flash, steps }: NonNullable<PlannedRelease["cut"]>, desk: Desk): void {
    const { slots, otadata } = desk.slots!;
    if (flash === "otadata") otadata.cutAfter(steps);
    else for (const slot of slots) slot.cutAfter(steps);
  }

  /** A line of the device's log. */
  log(logged: Logged): void {
    if (logged.event === "update" && logged.fields.state === "accepted") this.#accepted = logged.fields.update ?? 0;
    if (logged.event === "update-window") this.#window = { seq: this.#accepted, before: this.#moved };
    if (logged.event === "update-window-over") this.#windowEnds();
  }

  /** Something that the cloud sees. */
  saw(event: CloudEvent): void {
    if (event.type !== "publish" || !event.topic.endsWith("/update/state")) return;
    const report = reportIn(event.payload);
    if (report === undefined) return;
    const { update, state, reason } = report;
    this.seen.reports.push({ at: this.#world.elapsed, seq: update, state, reason });
  }

  /** By the modem's own count: what a device does not read is paid for too. */
  get #moved(): number {
    return this.#desk!.unit.modem.carriedBytes;
  }

  #windowEnds(): void {
    const window = this.#window;
    this.#window = undefined;
    if (!window) return;
    this.seen.windows.push({ at: this.#world.elapsed, seq: window.seq, bytes: this.#moved - window.before });
  }
}

/** A report of the device's; undefined: it is none, which other verdicts notice. */
function reportIn(payload: Uint8Array): UpdateReport | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString());
    return typeof value === "object" && value !== null ? (value as UpdateReport) : undefined;
  } catch {
    return undefined;
  }
}

/** Somebody who signs under the name of a release key. */
const stranger = () => ({ ...simulatedKey("a stranger's"), kid: RELEASE_KEYS[0].kid });
