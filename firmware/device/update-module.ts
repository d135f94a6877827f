// What carries updates out, as a device is given it.

import type { UpdateParts } from "../update/owner.js";
import type { UpdateRunner } from "../update/runner.js";

/** What carries updates out. A desk has it at hand, the chip loads it. */
export interface UpdateModule {
  readonly UpdateRunner: new (parts: UpdateParts) => UpdateRunner;
  readonly decoders?: UpdateParts["decoders"];
}
export type UpdateLoader = () => UpdateModule | Promise<UpdateModule>;
