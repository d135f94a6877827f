// `simkey run --update`: an update at the desk, from its manifest to its last word, with what may come between. In virtual
// time, so that a quarter of an hour takes a second: the firmware, its modem, the boot loader, the broker and the server of
// images are those of the storm.

import type { LogEvent, LogFields } from "../../../firmware/platform/events.js";
import type { Act } from "../../boot/acts.js";
import { Desk, FACTORY_IMAGE } from "../../desk/desk.js";
import { deskEntry, type Entry } from "../output/entry.js";
import type { Report } from "../output/report.js";

/** What happens to the update, by the option's word. */
export const UPDATE_SCENES = {
  story: "a good image with a power cut in the middle of its download, and a bad one after it",
  good: "a good image",
  "power-cut": "a good image, and the power goes in the middle of its download",
  crash: "an image that crashes",
  deaf: "an image that never connects",
  sick: "an image whose app says that it is not well",
  "other-board": "a release for another board",
  stranger: "a release that a stranger has signed",
} as const;
export type UpdateScene = keyof typeof UPDATE_SCENES;

interface Step {
  act: Act;
  cut?: boolean;
  board?: string;
  stranger?: boolean;
  /** What must come of it. */
  end: string;
}

const GOOD: Step = { act: "good", end: "confirmed" };
const CUT: Step = { ...GOOD, cut: true };
const CRASH: Step = { act: "crash", end: "rolled-back" };

const STEPS: Readonly<Record<UpdateScene, readonly Step[]>> = {
  story: [CUT, CRASH],
  good: [GOOD],
  "power-cut": [CUT],
  crash: [CRASH],
  deaf: [{ act: "deaf", end: "rolled-back" }],
  sick: [{ act: "sick", end: "rolled-back" }],
  "other-board": [{ act: "good", board: "another-board", end: "refused" }],
  stranger: [{ act: "good", stranger: true, end: "refused" }],
};

const SEED = 7;
const IMAGE_BYTES = 64_000;
/** A link as NB-IoT has it: so that there is something to be seen. */
const RADIO = { latencyMs: 300, jitterMs: 100, bytesPerSecond: 2_500, loss: 0.01, recoveryMs: 2_000 };
const LIMIT_MS = 3 * 3_600_000;
/** Events that tell of the update; others only where somebody asks for all, with `--json`. */
const TOLD: ReadonlySet<string> = new Set<LogEvent>([
  "start",
  "connected",
  "update",
  "update-window",
  "update-window-over",
  "update-check",
  "update-retry",
]);

/** @returns what did not come as it must; undefined: all did */
export async function runUpdate(scene: UpdateScene, json: boolean, report: Report): Promise<string | undefined> {
  let last = "";
  const tell = (what: string) => report(deskEntry(Math.round(desk.world.elapsed), "update-scene", { what }));
  const desk: Desk = new Desk({
    seed: SEED,
    settings: { telemetryIntervalS: 120 },
    board: { up: RADIO, down: RADIO },
    updates: {
      onStart: ({ seq, version }, _, isTrial) =>
        tell(`the boot loader starts image ${seq}, version ${version}${isTrial ? ": its one attempt" : ""}`),
    },
    watcher: {
      log: (level, event, fields) => {
        const told = fields as LogFields;
        if (event === "update" && typeof told.state === "string") last = told.state;
        if (json || TOLD.has(event)) report({ t: Math.round(desk.world.elapsed), event, level, ...told } as Entry);
      },
    },
  });
  desk.start();
  await desk.online();
  for (const [i, step] of STEPS[scene].entries()) {
    const { act, end, cut, board = FACTORY_IMAGE.board, stranger } = step;
    const seq = 2 + i;
    last = "";
    const content = { ...FACTORY_IMAGE, seq, version: `1.${seq}.0`, board, act, afterMs: 5_000 };
    const manifest = desk.updates!.release(content, IMAGE_BYTES);
    tell(`release ${seq} is sent: ${nameOf(step)}`);
    // Another signature than its own.
    desk.updates!.send(desk.iccid, stranger ? manifest.replace(/[^.]+$/, "A".repeat(86)) : manifest);
    if (cut) {
      await desk.run(() => desk.unit.agent.phase === "updating", LIMIT_MS);
      await desk.run(13_000);
      tell("the power goes, for 10 s");
      desk.unit.dip(10_000);
    }
    const isOver = () => ["confirmed", "rolled-back", "refused"].includes(last);
    await desk.run(isOver, LIMIT_MS);
    await desk.run(() => desk.snapshot().outbox?.waiting === 0, LIMIT_MS);
    if (last !== end) return `release ${seq} came to "${last || "nothing"}" instead of "${end}"`;
    tell(`image ${desk.unit.image!.seq} runs`);
  }
  return undefined;
}

const nameOf = ({ act, cut, board, stranger }: Step) =>
  stranger
    ? UPDATE_SCENES.stranger
    : board !== undefined
      ? UPDATE_SCENES["other-board"]
      : act === "crash" || act === "deaf" || act === "sick"
        ? UPDATE_SCENES[act]
        : UPDATE_SCENES[cut ? "power-cut" : "good"];
