// The types of it, for the compiler that mcconfig calls.
export * from "../../dist/host-sim/exports/sensors.js";
