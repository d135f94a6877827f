// What one thing takes on the heap: a device with it beside the same without, each at its peak. Counted in what lives then, as
// walk.ts does: the smallest block grows by steps that are larger than this.

import { withoutContract } from "./built-in.js";
import { CASES, type Case } from "./cases.js";
import { updatingCloud } from "./clouds.js";
import { directoryOf, prepare } from "./measure.js";
import { SLOT_BYTES, walkOf } from "./walk.js";

export interface Difference {
  /** On the command line and in budget.json. */
  name: string;
  title: string;
  /** With it, and without. */
  of: Case;
  to: Case;
  /** Most bytes that it is to take; left out: it has no goal. */
  goal?: number;
}

const DEVICE = CASES.find(({ name }) => name === "device-1nce")!;
/** It lets ../guests/device.ts run with an app. */
const WITH_APP = { instead: { "bench/xs/guests/compose.ts": "bench/xs/guests/app/compose.ts" } };

/** The same, with slots. */
const WITH_SLOTS = { instead: { "bench/xs/guests/compose.ts": "bench/xs/guests/update/compose.ts" } };

export const DIFFERENCES: readonly Difference[] = [
  {
    name: "app-contract",
    title: "the contract of the app: the 1NCE device beside the same with telemetry and commands built in",
    of: DEVICE,
    to: { ...DEVICE, name: "device-1nce-built-in", variant: { edit: withoutContract } },
    goal: 600,
  },
  {
    name: "app-own",
    title: "an app of one's own that says nothing: the 1NCE device beside the same without",
    of: { ...DEVICE, name: "device-1nce-app", variant: WITH_APP },
    to: DEVICE,
  },
  {
    name: "update-idle",
    title: "updates while none comes: the 1NCE device on a board with two slots beside the same without",
    of: { ...DEVICE, name: "device-1nce-slots", variant: WITH_SLOTS },
    to: DEVICE,
    goal: 1_500,
  },
  {
    name: "update-running",
    title: "an update that comes: the same while it fetches an image, to the restart",
    of: {
      ...DEVICE,
      name: "device-1nce-updating",
      guest: "device-1nce-updating.ts",
      variant: WITH_SLOTS,
      cloud: updatingCloud,
    },
    to: DEVICE,
    goal: 12_000,
  },
];

/** Links both and runs them. @returns bytes @throws Error when a program fails */
export async function excessOf(engine: readonly string[], { of, to }: Difference): Promise<number> {
  const bytes = async (one: Case) => {
    await prepare(one);
    const { slots, chunks, deepest } = await walkOf(engine, directoryOf(one.name));
    return (slots + deepest.stack) * SLOT_BYTES + chunks;
  };
  return (await bytes(of)) - (await bytes(to));
}
