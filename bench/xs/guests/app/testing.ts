// What a project's world imports as `simkey-firmware/testing`, as far as thermometers need it.

export { Led } from "../../../../host-sim/board/pin-parts.js";
export { Sht3x } from "../../../../host-sim/board/sht3x.js";
export { defineWorld } from "../../../../host-sim/testing/world.js";
