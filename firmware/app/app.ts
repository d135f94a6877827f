// The default app: what every device measures and obeys, with an app of its own or without. The contract is platform/app.ts.

export { commands } from "./commands.js";
export { sample } from "./signal.js";
