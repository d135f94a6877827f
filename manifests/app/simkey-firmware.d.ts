// The types of what an app imports, for the compiler that mcconfig calls.
export * from "../../dist/host-sim/exports/app.js";
