// The types of it, for the compiler that mcconfig calls.
export * from "../../host-sim/exports/sensors.js";
