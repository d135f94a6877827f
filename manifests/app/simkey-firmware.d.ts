// The types of what an app imports, for the compiler that mcconfig calls.
export * from "../../host-sim/exports/app.js";
