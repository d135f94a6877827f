// A desk with updates, and what its device has told of them.

import type { LogEvents } from "../../firmware/platform/events.js";
import type { Act } from "../../host-sim/boot/acts.js";
import type { ImageContent } from "../../host-sim/boot/image.js";
import type { UpdateEvent } from "../../host-sim/cloud/updates/file-server.js";
import type { SimulatedKey } from "../../host-sim/cloud/updates/release.js";
import { Desk, type DeskOptions, FACTORY_IMAGE } from "../../host-sim/desk/desk.js";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** Last words on an update. */
const LAST = /confirmed|rolled-back|refused/;

export function updating(options: DeskOptions = {}) {
  /** `7 downloading 40`, `7 refused update-board`. */
  const told: string[] = [];
  const lines: string[] = [];
  const served: UpdateEvent[] = [];
  const desk = new Desk({
    seed: 5,
    ...options,
    settings: { telemetryIntervalS: 300, ...options.settings },
    updates: { onEvent: (event) => served.push(event), ...options.updates },
    watcher: {
      ...options.watcher,
      log: (level, event, fields) => {
        options.watcher?.log?.(level, event, fields);
        lines.push(`${desk.world.elapsed} ${event} ${JSON.stringify(fields)}`);
        if (event !== "update") return;
        const { update, state, percent, reason } = fields as LogEvents["update"];
        told.push([update, state, percent, reason].filter((part) => part !== undefined).join(" "));
      },
    },
  });
  const content = (seq: number, act: Act = "good", more: Partial<ImageContent> = {}): ImageContent => ({
    ...FACTORY_IMAGE,
    ...{ seq, version: `1.${seq}.0`, act },
    ...more,
  });
  return {
    ...{ desk, told, lines, served, content },
    /** Makes a release of an image. @returns its manifest */
    release: (seq: number, act: Act = "good", members: object = {}, key?: SimulatedKey, bytes = 40_000) =>
      desk.updates!.release(content(seq, act, { afterMs: 90_000 }), bytes, members, key),
    send: (manifest: string | Uint8Array, retain = false) => desk.updates!.send(desk.iccid, manifest, retain),
    /** Runs until so many last words were said. @returns whether they were */
    over: (count = 1, limitMs = 6 * HOUR) =>
      desk.run(() => told.filter((line) => LAST.test(line)).length >= count, limitMs),
    /** Seq of the image that runs. */
    get running() {
      return desk.unit.image?.seq;
    },
  };
}
