// What only a desk with updates needs, behind one door: a page, whose device seldom has any, loads it later
// (page/world/late-updates.ts).

export { UpdateRunner } from "../../firmware/update/runner.js";
export { Slots } from "../boot/slots.js";
export { RELEASE_KEYS, VirtualUpdates } from "../simulation/virtual-updates.js";
