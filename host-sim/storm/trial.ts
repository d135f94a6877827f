// One run of a storm as plain data: everything that decides what happens in it.

import type { Fault } from "../desk/fault.js";
import { kindOf } from "../desk/kinds/index.js";
import { Prng } from "../world/prng.js";
import { drawSchedule } from "./schedule.js";
import { drawSetup, type GivenSetup, givenSetup, type Setup } from "./setup.js";

export interface Trial {
  /** The seed of everything in the world that is random besides setup and faults. */
  seed: number;
  hours: number;
  setup: Setup;
  /** In the order of their beginning. */
  faults: Fault[];
}

/** The trial of a seed. @param given what does not change from device to device */
export function drawTrial(seed: number, hours: number, given?: GivenSetup): Trial {
  const random = new Prng(`storm/${seed}`);
  const drawn = drawSetup(random.split("setup"), hours);
  const setup = given ? givenSetup(drawn, given, seed) : drawn;
  return { seed, hours, setup, faults: drawSchedule(random.split("faults"), hours, setup) };
}

/** A text that is no trial. `message` is one line for people. */
export class TrialError extends Error {}

/** Reads a trial that was written as JSON. @throws TrialError */
export function readTrial(text: string): Trial {
  try {
    const trial = JSON.parse(text) as Trial;
    for (const { at, fault, duration } of trial.faults) {
      kindOf(fault);
      if (!(at >= 0) || !(duration >= 0)) throw new RangeError(`${fault}: "at" and "duration" are milliseconds`);
    }
    // One that was written before devices had an app, or another key.
    trial.setup = {
      ...trial.setup,
      storeIsEncrypted: trial.setup.storeIsEncrypted ?? false,
      alg: trial.setup.alg ?? "ES256",
      cloud: trial.setup.cloud ?? "1nce",
      app: trial.setup.app ?? "none",
      appSettings: trial.setup.appSettings ?? {},
    };
    if (!(trial.hours >= 1) || !Number.isInteger(trial.seed)) throw new RangeError('"seed" and "hours" are numbers');
    return trial;
  } catch (error) {
    throw new TrialError(`this is no trial: ${(error as Error).message}`);
  }
}
