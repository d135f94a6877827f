// A storm on the page: what only somebody needs who chose one, loaded then.

export { openTrial } from "../../storm/play-trial.js";
export { drawTrial } from "../../storm/trial.js";
export { loadUpdates } from "./late-updates.js";
