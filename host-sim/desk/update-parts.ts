// What only a desk with updates needs, behind one door: a page, whose device seldom has any, loads it later
// (page/world/late-updates.ts).

import { decoder as inflated } from "../../firmware/update/formats/deflate.js";
import { decoder as patched } from "../../firmware/update/formats/delta.js";
import { UpdateRunner } from "../../firmware/update/runner.js";

/** What carries updates out: at hand, since nothing in a virtual world may wait for a module. */
export const UPDATES = { UpdateRunner, decoders: { deflate: inflated, delta: patched } };
export { imageOf } from "../boot/image.js";
export { Slots } from "../boot/slots.js";
export { digestText, manifestFor, simulatedKey } from "../cloud/updates/release.js";
export { RELEASE_KEYS, VirtualUpdates } from "../simulation/virtual-updates.js";
