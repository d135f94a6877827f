// Updates in a storm, played on the desk as they were planned (updates-plan.ts), and seen for the verdicts.

import { encodeBase64Url } from "../../firmware/bytes/base64.js";
import type { UpdateReport } from "../../firmware/update/report.js";
import type { ImageContent } from "../boot/image.js";
import type { Logged } from "../desk/chronicle.js";
import type { CloudEvent, Desk, DeskUpdates } from "../desk/desk.js";
import { FACTORY_IMAGE } from "../desk/desk.js";
import { digestText, imageOf, RELEASE_KEYS, simulatedKey } from "../desk/update-parts.js";
import { Prng } from "../world/prng.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import type { PlannedRelease, UpdatePlan } from "./updates-plan.js";

/** What was seen of updates. Times are milliseconds from the first power-on. */
export interface UpdatesSeen {
  /** Releases that were sent: the digest of each one's image, and whether a device may run it. */
  released: { at: number; seq: number; digest: string; isGood: boolean }[];
  /** Each start of the chip: the image that it started. */
  starts: { at: number; seq: number; board: string; digest: string; isTrial: boolean }[];
  /** When an image was confirmed. */
  confirmed: { at: number; seq: number }[];
  /** Reports at the broker. */
  reports: { at: number; seq: number | undefined; state: string; reason: string | undefined }[];
  /** Windows of a download: of which update, and the payload that they took. */
  windows: { at: number; seq: number; bytes: number }[];
  /** There was nothing to start. */
  isBrick: boolean;
}

/** The updates of a run. */
export class UpdatesPlayed {
  readonly seen: UpdatesSeen = { released: [], starts: [], confirmed: [], reports: [], windows: [], isBrick: false };
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
    };
  }

  /** Plans all that is to come. */
  play(desk: Desk): void {
    this.#desk = desk;
    const { scheduler, startMs } = this.#world;
    // What the factory has put in is as good as signed.
    const factory = digestText(desk.slots!.factory);
    this.seen.released.push({ at: 0, seq: FACTORY_IMAGE.seq, digest: factory, isGood: true });
    for (const release of this.#plan.releases) {
      scheduler.at(startMs + release.at, () => this.#send(release, desk));
      const { cut } = release;
      if (cut) scheduler.at(startMs + release.at + cut.afterMs, () => this.#cut(cut, desk));
    }
  }

  #send(release: PlannedRelease, desk: Desk): void {
    const { seq, act, afterMs, bytes, wrong, retained, fault } = release;
    const updates = desk.updates!;
    const board = wrong === "board" ? "another-board" : FACTORY_IMAGE.board;
    const content: ImageContent = { ...FACTORY_IMAGE, seq, version: `1.${seq}.0`, board, act, afterMs };
    const image = imageOf(content, bytes);
    const key = wrong === "key" ? stranger() : RELEASE_KEYS[seq % 2]!;
    const other = imageOf({ ...content, version: "of somebody else" }, bytes);
    const format = desk.slots!.isBrick ? "image" : release.format;
    const manifest = updates.releaseOf(image, content, {}, { key, format, base: desk.slots!.running, other });
    for (const old of this.#plan.releases) if (old.fault) updates.files.mend(old.fault.fault);
    if (fault) updates.files.fail(fault.fault, fault.value, fault.times);
    this.seen.released.push({
      at: this.#world.elapsed,
      seq,
      digest: digestText(image),
      isGood: wrong !== "key" && wrong !== "board",
    });
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
    const { update, state, reason } = JSON.parse(Buffer.from(event.payload).toString()) as UpdateReport;
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

/** Somebody who signs under the name of a release key. */
const stranger = () => ({ ...simulatedKey("a stranger's"), kid: RELEASE_KEYS[0].kid });
