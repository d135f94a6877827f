// The app of the images that a desk updates from and to (scripts/qemu/updates.js). What becomes of an update is the build's word,
// `config.simkey.act`, so that two such images differ by a few bytes:
//
//   good    as it should; also where the build says nothing
//   crash   it ends the engine while it loads, as an endless recursion of anybody's would: the device never starts
//   hang    it never comes back from its loading: the watchdog is all that is left
//   sick    it says that it is not well

import build from "mc/config";
import { defineApp } from "simkey-firmware";

const { act } = build.simkey;

/** Deeper than XS's stack. */
const deeper = (depth) => deeper(depth + 1) + 1;
if (act === "crash") deeper(0);
if (act === "hang") await new Promise(() => {});

export const { start } = defineApp({
  start: () => ({ sample: () => undefined, health: () => act !== "sick" }),
});
